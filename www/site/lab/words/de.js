/** Was das Labor sagt, auf Deutsch. @type {import('./en.js').Messages} */
export default {
  lab: {
    title: 'dermdistill-Labor: ein Netz lernt, während Sie zusehen',
    description: 'Ein kleines Netz im Browser nachtrainieren und destillieren, Term für Term. Nichts verlässt dieses Gerät.',
    heading: 'Ein Netz lernt, während Sie zusehen',
    parts: 'Teile des Labors',
    loading: 'Wird geladen …',
    loadingFile: 'Das Netz wird geladen: {loaded} von {total}',
    ready: 'Bereit. Fügen Sie Beispiele aus mindestens zwei Klassen hinzu.',
    projector: 'Groß, für einen Projektor',
    save: 'Als CSV speichern',
    numbers: 'Die Zahlen als Tabelle',
    technical: 'In den Worten des Programms: {message}',

    examples: {
      heading: 'Beispiele',
      lead: 'Ziehen Sie Nahaufnahmen in die Klasse, zu der sie gehören, oder wählen Sie sie aus; Eingefügtes kommt in das Fach, das den Fokus hat. Sie bleiben in diesem Tab.',
      draw: 'Gezeichnete Beispiele hinzufügen',
      drawnNote: 'Gezeichnete Beispiele sind synthetisch: von dieser Seite gemacht, Bilder von nichts.',
      add: 'Hinzufügen',
      addTo: 'Bilder hinzufügen: {name}',
      camera: 'Kamera',
      cameraTo: 'Kamera: {name}',
      count: { one: '{count} Beispiel', other: '{count} Beispiele' },
      picture: 'Bild {n}, {code}',
      heldPicture: 'Bild {n}, {code}, zurückgehalten',
      held: 'Prüfbild',
    },

    lesson: {
      heading: 'Lektion',
      back: 'Zurück',
      next: 'Weiter',
      pages: {
        start: {
          title: '1. Ein Schüler, der schon etwas kann',
          text: [
            'Der Schüler ist das veröffentlichte Netz: 2,2 Millionen Zahlen, gelernt aus Dermatoskop-Bildern. Fügen Sie Beispiele hinzu, mindestens je eines aus zwei Klassen; die gezeichneten genügen.',
            'Drücken Sie „Ein Schritt“: Der Stapel läuft durch das Netz, der Verlust wird berechnet, sein Gradient sagt, in welche Richtung jede Zahl gehen soll, und jede bewegt sich ein wenig.',
          ],
        },
        labels: {
          title: '2. Nur die Klassen',
          text: [
            'Mit CE erfährt der Schüler nur eines: die richtige Klasse. Starten Sie und sehen Sie L1 fallen, dann vergleichen Sie ein Bild vorher und jetzt.',
            'Ab zehn Beispielen wird ein Fünftel zurückgehalten. Bleibt deren Wert stehen, während der Verlust fällt, lernt der Schüler seine Beispiele auswendig. Die andere Kurve zeigt, was er vergisst.',
          ],
        },
        teacher: {
          title: '3. Ein Lehrer sagt mehr als eine Klasse',
          text: [
            'Eine Klasse sagt „Nävus“. Ein Lehrer sagt „Nävus, ein wenig wie ein Melanom, gar nicht wie eine Gefäßläsion“. KD verlangt vom Schüler, alledem zuzustimmen.',
            'Wählen Sie ein Bild und erhöhen Sie die Temperatur T: Kleine Wahrscheinlichkeiten treten hervor, und mit ihnen, was der Lehrer über die falschen Klassen weiß.',
          ],
        },
        relations: {
          title: '4. Beziehungen statt Antworten',
          text: [
            'D-KD vergleicht, wie die beiden Netze die Bilder eines Stapels anordnen: welche weit auseinander liegen, welchen Winkel drei von ihnen bilden, welche Kanäle zusammen aufleuchten.',
            'Diese Zahlen hängen nicht davon ab, wie viele Kanäle ein Netz hat; so kann ein kleiner Schüler einem großen Lehrer folgen. Sehen Sie zu, wie die beiden Abstandsmatrizen einander ähnlich werden.',
          ],
        },
        turned: {
          title: '5. Gedrehte Bilder',
          text: [
            'SSD-KD zeigt jedes Bild aufrecht und um ein Viertel, die Hälfte und drei Viertel gedreht. Welches gedrehte Bild zu welchem aufrechten gehört, weiß man ganz ohne Klassen.',
            'Dafür braucht es einen Lehrer, dessen Datei einen Projektionskopf hat. In den Ähnlichkeitsmatrizen ist eine Zeile ein gedrehtes Bild; die markierte Zelle ist sein eigenes aufrechtes.',
          ],
        },
      },
    },

    rungs: {
      legend: 'Was vom Schüler verlangt wird',
      'ce': 'CE: nur die Klassen',
      'kd': 'KD: dazu die Antworten des Lehrers',
      'd-kd': 'D-KD: dazu, wie er Bilder und Kanäle in Beziehung setzt',
      'ssd-kd': 'SSD-KD: dazu, was er aus gedrehten Bildern macht',
    },

    terms: {
      cross_entropy: {
        title: 'L1, Klassen',
        asks: 'Gib der richtigen Klasse eine hohe Wahrscheinlichkeit. Jede Klasse wiegt gleich, wie viele Beispiele sie auch hat.',
      },
      softened: {
        title: 'L2, weiche Antworten',
        asks: 'Beantworte aufrechte Bilder wie der Lehrer, die falschen Klassen in seinen Verhältnissen. Die Temperatur T hebt kleine Wahrscheinlichkeiten hervor.',
      },
      transferred: {
        title: 'L3, gedrehte Bilder',
        asks: 'Beantworte auch die gedrehten Bilder wie der Lehrer.',
      },
      similarity: {
        title: 'L4, Ähnlichkeiten',
        asks: 'Ein gedrehtes Bild gleicht seinem aufrechten: Finde unter allen Bildern des Stapels dieselben Ähnlichkeiten wie der Lehrer.',
      },
      distance: {
        title: 'Abstände',
        asks: 'Bilder, die für den Lehrer weit auseinander liegen, sollen es auch für den Schüler, jeder gemessen an seinem mittleren Abstand.',
      },
      angle: {
        title: 'Winkel',
        asks: 'Drei Bilder bilden für beide denselben Winkel.',
      },
      gram: {
        title: 'Beziehungen der Kanäle',
        asks: 'Kanäle, die beim Lehrer zusammen aufleuchten, leuchten auch beim Schüler zusammen auf.',
      },
    },

    teacher: {
      legend: 'Lehrer',
      shipped: 'das mitgelieferte Netz selbst',
      released: 'der veröffentlichte Lehrer, ein ResNet-50, mit seinen Köpfen (Download: {size})',
      unreleased: 'Diese Veröffentlichung hat keinen eigenen Lehrer zum Herunterladen.',
      loading: 'Der Lehrer wird geladen: {loaded} von {total}',
      file: 'Datei eines Lehrers wählen',
      isShipped: 'Der Lehrer ist das mitgelieferte Netz selbst; es hat keinen Projektionskopf, SSD-KD braucht einen Lehrer mit einem.',
      isReleased: 'Der Lehrer ist das veröffentlichte ResNet-50 mit seinem Projektionskopf.',
      isFile: 'Der Lehrer ist {name}.',
      answers: 'Der Lehrer antwortet: {done} von {total} Ansichten.',
      headless: 'SSD-KD braucht einen Lehrer, dessen Datei einen Projektionskopf hat; das mitgelieferte Netz hat keinen. Wählen Sie einen anderen Lehrer oder die Stufe darunter.',
    },

    handles: {
      scope: { label: 'Was lernt', 'last-stage': 'letzte Stufe', 'head': 'letzte Schicht', 'whole': 'ganzes Netz' },
      batch: { label: 'Bilder je Schritt' },
      rate: { label: 'Lernrate', own: 'die der Methode' },
      norms: { label: 'BatchNorm', frozen: 'Statistik eingefroren', batch: 'Statistik des Stapels' },
    },

    run: {
      start: 'Start',
      pause: 'Pause',
      step: 'Ein Schritt',
      undo: 'Lauf zurücknehmen',
      reset: 'Mitgelieferte Gewichte',
      undone: 'Der letzte Lauf ist zurückgenommen.',
      nothing: 'Es gibt keinen Lauf, der sich zurücknehmen ließe.',
      shipped: 'Die Gewichte sind wieder die mitgelieferten.',
    },

    files: {
      heading: 'Mitnehmen oder zurückbringen',
      save: 'Gewichte speichern',
      load: 'Gewichte laden',
      loaded: 'Ab jetzt wird auf {name} weitergelernt.',
      carries: 'Gespeicherte Gewichte können Spuren der Bilder enthalten, aus denen sie entstanden. Sie sind als verändert gekennzeichnet; auf der Kommandozeile liest sie dieses Programm:',
      forget: 'Alles vergessen',
      forgotten: 'Die Bilder und was aus ihnen gelernt wurde, sind vergessen.',
    },

    kept: {
      heading: 'Auf diesem Gerät',
      nothing: 'Nichts Gelerntes wird behalten: Wird dieser Tab geschlossen, ist es vergessen.',
      keep: 'Gelerntes behalten',
      delete: 'Alles auf diesem Gerät Behaltene löschen',
      about: 'Behalten werden die geänderten Zahlen und ein heruntergeladener Lehrer, niemals ein Bild. Geänderte Zahlen können Auskunft über die Bilder geben, die sie geändert haben.',
      kept: 'Das Gelernte wird auf diesem Gerät behalten, zurzeit {size}, und es geht weiter, wenn diese Seite wieder geöffnet wird. Bilder werden nicht behalten: Fügen Sie dann dieselben wieder hinzu.',
      resumed: 'Auf diesem Gerät lag, was bei einem früheren Besuch gelernt wurde; von dort geht es weiter. Bilder werden nicht behalten: Fügen Sie dieselben in derselben Reihenfolge wieder hinzu.',
      forgotten: 'Gelöscht: Gelerntes, Downloads, die Website für den Gebrauch ohne Internet, die Wahl der Farben. Das Gelernte bleibt in diesem Tab, bis er geschlossen wird.',
      remains: 'Es konnte nicht gelöscht werden. Schließen Sie andere Tabs dieser Website und versuchen Sie es erneut, oder löschen Sie die Daten dieser Website im Browser.',
      full: 'Auf diesem Gerät ist kein Platz, um Gelerntes zu behalten. Es bleibt in diesem Tab und geht hier weiter; was vorher behalten wurde, ist unversehrt.',
      refused: 'Dieser Browser lässt es nicht behalten, oder ein anderer Tab behält an seiner Stelle, oder es wurde gelöscht. Das Gelernte bleibt in diesem Tab und geht hier weiter.',
      broken: 'Was auf diesem Gerät liegt, ist nicht zu gebrauchen: Es ist beschädigt oder begann mit anderen Gewichten. Dieser Tab beginnt mit den mitgelieferten Gewichten; gelöscht wurde nichts.',
    },

    limits: {
      heading: 'Was eine Handvoll Bilder kann und was nicht',
      list: [
        'Ein Netz, das aus zehn Bildern lernt, lernt zehn Bilder. Es wird besser bei Bildern wie diesen und schlechter bei anderen.',
        'Unter zehn Beispielen wird nichts zurückgehalten; also sagt nichts, ob es mehr gelernt hat als die Beispiele selbst. Bei zwei zurückgehaltenen Bildern macht eine Antwort die Hälfte des Wertes aus.',
        'In einem Stapel aus einem Bild gibt es nichts zu vergleichen: Ähnlichkeiten entfallen, und die Statistik von BatchNorm wäre die dieses einen Bildes.',
        'Was es vergisst, zeigt eine kleine Prüfmenge aus Zeichnungen, deren Klassen die Antworten des mitgelieferten Netzes sind. Das ist ein Zeichen, kein Maß des Könnens.',
        'Gespeicherte Gewichte können Spuren der Bilder enthalten, die sie sahen. Geben Sie sie nur weiter, wie Sie die Bilder weitergäben.',
        'Dies führt das Lernen vor; es ist kein Weg zu einer besseren Antwort über einen Hautfleck.',
      ],
    },

    happens: {
      heading: 'Was geschieht',
      none: 'Noch kein Schritt.',
      step: 'Schritt {step}: Verlust {loss}, davor {correct} von {images} richtig, {time}, {memory}.',
      matched: 'Gedrehte Bilder dem eigenen zugeordnet: {share}.',
      heldBack: 'Zurückgehalten: {share} von {n} richtig.',
      retained: 'Prüfmenge: {share} von {n} wie zuvor.',
    },

    charts: {
      now: 'In diesem Stapel: {weight} × {value} = {weighted}.',
      skipped: 'Dieser Stapel ließ ihm nichts zu vergleichen.',
      label: '{title}: {first} im ersten gezeigten Schritt, {last} im letzten von {steps}. Die Tabelle enthält jede Zahl.',
      matched: 'Gedrehte Bilder, dem eigenen zugeordnet',
      matchedAsks: 'Der Anteil der gedrehten Bilder, die der Schüler ihrem eigenen aufrechten am ähnlichsten findet.',
      forgetting: 'Zurückgehaltene und Prüfmenge',
      forgettingAsks: 'Durchgezogen, volle Punkte: richtige Antworten unter den zurückgehaltenen Beispielen (ab zehn Beispielen). Gestrichelt, hohle Punkte: Zeichnungen der Prüfmenge, die noch so beantwortet werden wie vom mitgelieferten Netz. Alle fünf Schritte gemessen.',
    },

    columns: {
      step: 'Schritt',
      loss: 'Verlust',
      matched: 'zugeordnet',
      correct: 'richtig',
      images: 'Bilder',
      held: 'zurückgehalten',
      retained: 'Prüfmenge',
      ms: 'ms',
    },

    matrices: {
      heading: 'Wie sie den Stapel in Beziehung setzen',
      none: 'Wählen Sie D-KD oder SSD-KD und gehen Sie einen Schritt: Dann stehen hier die Matrizen, die die Terme vergleichen.',
      teacher: 'Lehrer',
      student: 'Schüler',
      difference: 'Schüler − Lehrer',
      first: 'Erster Schritt dieses Laufs',
      now: 'Jetzt',
      keys: 'Die Pfeiltasten gehen von Zelle zu Zelle.',
      cell: '{row} · {column}: {value}',
      view: 'Bild {n}, {angle}',
      upright: 'Bild {n}',
      group: 'Kanäle, Gruppe {n} von {of}',
      similarities: 'Ähnlichkeiten',
      similaritiesAbout: 'Jede Zeile ist ein gedrehtes Bild, jede Spalte ein aufrechtes; die Anteile einer Zeile ergeben 1 (Softmax der Kosinus über τ = 0,5). Der Ring markiert die eigene Spalte des Bildes.',
      similaritiesAlt: '{rows} gedrehte Bilder mal {columns} aufrechte; {own} von {rows} gleichen am meisten ihrem eigenen. Anteile von {low} bis {high}.',
      matched: 'Dem eigenen Bild zugeordnet: Lehrer {teacher}, Schüler {student}.',
      distances: 'Abstände',
      distancesAbout: 'Wie weit je zwei Ansichten des Stapels auseinander liegen, geteilt durch den mittleren Abstand des Netzes: 1 ist das Mittel.',
      distancesAlt: '{rows} mal {columns} Abstände, geteilt durch ihr Mittel, von {low} bis {high}.',
      differenceAlt: 'Schüler minus Lehrer: von {low} bis {high}, im Mittel {mean} auseinander.',
      channels: 'Beziehungen der Kanäle, Unterschied',
      channelsAbout: 'Wie weit die beiden Gram-Matrizen der Kanäle auseinander liegen, nach Gruppen benachbarter Kanäle (quadratisches Mittel).',
      channelsAlt: '{rows} mal {columns} Gruppen von Kanälen; um {low} bis {high} auseinander, insgesamt {rms}.',
    },

    chosen: {
      heading: 'Ein Bild',
      hint: 'Wählen Sie ein Bild unter den Beispielen.',
      about: 'Bild {n}, Klasse {name}. Alle Klassen gelten als gleich häufig; ohne Kalibrierung: Das vergleicht der Verlust.',
      temperature: 'Temperatur T',
      class: 'Klasse',
      teacher: 'Lehrer',
      before: 'Schüler vorher',
      now: 'Schüler jetzt',
      map: 'Wohin es schaute für',
      mapBefore: 'Vorher',
      mapNow: 'Jetzt',
      mapAlt: 'Das Bild mit der Aktivierungskarte von {code} darüber. {sentence}',
      mapAbout: 'Helle Stellen sprachen für die Klasse, dunkle und klare nicht. Zeilen und Spalten der Tabelle sind die Zellen der Karte.',
      remove: 'Dieses Bild entfernen',
    },

    figures: {
      heading: 'Alle Beispiele, vorher und jetzt',
      compare: 'Vergleichen',
      set: 'Menge',
      pictures: 'Bilder',
      before: 'richtig vorher',
      now: 'richtig jetzt',
      train: 'gelernt',
      check: 'zurückgehalten',
      retained: 'Prüfmenge (gezeichnet)',
      few: 'Unter zehn Beispielen gibt es keinen Wert für zurückgehaltene: Er wäre Zufall.',
      retainedNote: 'In der Prüfmenge gilt als richtig, was das mitgelieferte Netz selbst antwortet; sie beginnt also bei allen. Was davon verloren geht, ist vergessen.',
    },

    errors: {
      'argument': 'So geht das nicht.',
      'examples': 'Das sind zu wenige Beispiele oder zu viele.',
      'not-finite': 'Die Zahlen wuchsen über alle Grenzen. Senken Sie die Lernrate; die Gewichte sind die vor diesem Schritt.',
      'out-of-memory': 'Der Browser gab keinen Speicher mehr. Lassen Sie weniger Bilder je Schritt oder nur die letzte Stufe lernen; die Beispiele sind noch da.',
      classes: 'Es gibt Beispiele aus weniger als zwei Klassen. Fügen Sie ein Beispiel einer anderen Klasse hinzu: Aus einer Klasse allein lernt man nur ihren Namen.',
      scope: 'D-KD und SSD-KD vergleichen, was vor der letzten Schicht liegt. Lassen Sie die letzte Stufe oder das ganze Netz lernen.',
    },
  },
};
