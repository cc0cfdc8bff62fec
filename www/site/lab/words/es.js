/** Lo que dice el laboratorio, en español. @type {import('./en.js').Messages} */
export default {
  lab: {
    title: 'Laboratorio de dermdistill: una red aprende ante sus ojos',
    description: 'Ajuste y destile una red pequeña en su navegador, término a término. Nada sale de este dispositivo.',
    heading: 'Una red aprende ante sus ojos',
    parts: 'Partes del laboratorio',
    loading: 'Cargando …',
    loadingFile: 'Cargando la red: {loaded} de {total}',
    ready: 'Todo listo. Añada ejemplos de dos clases al menos.',
    projector: 'Grande, para un proyector',
    save: 'Guardar como CSV',
    numbers: 'Los números en una tabla',
    technical: 'En palabras del programa: {message}',

    examples: {
      heading: 'Ejemplos',
      lead: 'Arrastre o elija imágenes de cerca para la clase a la que pertenecen; lo que pegue va a la bandeja que tiene el foco. Se quedan en esta pestaña.',
      draw: 'Añadir ejemplos dibujados',
      drawnNote: 'Los ejemplos dibujados son sintéticos: los hace esta página y no muestran nada real.',
      add: 'Añadir',
      addTo: 'Añadir imágenes: {name}',
      camera: 'Cámara',
      cameraTo: 'Cámara: {name}',
      count: { one: '{count} ejemplo', other: '{count} ejemplos' },
      picture: 'Imagen {n}, {code}',
      heldPicture: 'Imagen {n}, {code}, apartada',
      held: 'apartada',
    },

    lesson: {
      heading: 'Lección',
      back: 'Atrás',
      next: 'Siguiente',
      pages: {
        start: {
          title: '1. Un alumno que ya sabe algo',
          text: [
            'El alumno es la red publicada: 2,2 millones de números aprendidos de imágenes de dermatoscopio. Añada ejemplos, al menos uno de cada una de dos clases; bastan los dibujados.',
            'Pulse «Un paso»: el lote atraviesa la red, se calcula la pérdida, su gradiente dice hacia dónde debe moverse cada número y cada uno se mueve un poco.',
          ],
        },
        labels: {
          title: '2. Solo las etiquetas',
          text: [
            'Con CE al alumno se le dice una sola cosa: la clase correcta. Empiece y vea bajar la curva de L1; luego mire una imagen antes y ahora.',
            'A partir de diez ejemplos se aparta una quinta parte. Si su cifra no mejora mientras la pérdida baja, el alumno aprende sus ejemplos de memoria. La otra curva muestra lo que olvida.',
          ],
        },
        teacher: {
          title: '3. Un maestro dice más que una etiqueta',
          text: [
            'Una etiqueta dice «nevus». Un maestro dice «nevus, un poco como un melanoma, nada como una lesión vascular». KD pide al alumno que esté de acuerdo con todo eso.',
            'Elija una imagen y suba la temperatura T: aparecen las probabilidades pequeñas y, con ellas, lo que el maestro sabe de las clases equivocadas.',
          ],
        },
        relations: {
          title: '4. Relaciones, no respuestas',
          text: [
            'D-KD compara cómo ordenan las dos redes las imágenes de un lote: cuáles están lejos, qué ángulo forman tres de ellas, qué canales se encienden juntos.',
            'Estos números no dependen de cuántos canales tenga una red, así que un alumno pequeño puede seguir a un maestro grande. Vea cómo las dos matrices de distancias se van pareciendo.',
          ],
        },
        turned: {
          title: '5. Imágenes giradas',
          text: [
            'SSD-KD muestra cada imagen derecha y girada un cuarto, media y tres cuartos de vuelta. Para saber qué imagen girada corresponde a cuál derecha no hace falta ninguna etiqueta.',
            'Necesita un maestro cuyo archivo tenga una cabeza de proyección. En las matrices de similitud una fila es una imagen girada; la celda marcada es su propia imagen derecha.',
          ],
        },
      },
    },

    rungs: {
      legend: 'Lo que se pide al alumno',
      'ce': 'CE: solo las etiquetas',
      'kd': 'KD: y las respuestas del maestro',
      'd-kd': 'D-KD: y cómo relaciona imágenes y canales',
      'ssd-kd': 'SSD-KD: y lo que hace con las imágenes giradas',
    },

    terms: {
      cross_entropy: {
        title: 'L1, etiquetas',
        asks: 'Da a la clase correcta una probabilidad alta. Cada clase pesa lo mismo, tenga los ejemplos que tenga.',
      },
      softened: {
        title: 'L2, respuestas suavizadas',
        asks: 'Responde a las imágenes derechas como el maestro, con las clases equivocadas en sus mismas proporciones. La temperatura T hace visibles las probabilidades pequeñas.',
      },
      transferred: {
        title: 'L3, imágenes giradas',
        asks: 'Responde también a las imágenes giradas como el maestro.',
      },
      similarity: {
        title: 'L4, similitudes',
        asks: 'Una imagen girada se parece a la suya derecha: encuentra entre todas las imágenes del lote los mismos parecidos que el maestro.',
      },
      distance: {
        title: 'Distancias',
        asks: 'Las imágenes que están lejos para el maestro deben estarlo para el alumno, cada uno medido por su propia distancia media.',
      },
      angle: {
        title: 'Ángulos',
        asks: 'Tres imágenes forman el mismo ángulo para ambos.',
      },
      gram: {
        title: 'Relaciones entre canales',
        asks: 'Los canales que se encienden juntos en el maestro se encienden juntos en el alumno.',
      },
    },

    teacher: {
      legend: 'Maestro',
      shipped: 'la propia red de fábrica',
      released: 'el maestro publicado, un ResNet-50, con sus cabezas (descarga: {size})',
      unreleased: 'Esta publicación no tiene un maestro propio que descargar.',
      loading: 'Cargando el maestro: {loaded} de {total}',
      file: 'Elegir el archivo de un maestro',
      isShipped: 'El maestro es la propia red de fábrica, que no tiene cabeza de proyección: SSD-KD necesita un maestro que la tenga.',
      isReleased: 'El maestro es la ResNet-50 publicada, con su cabeza de proyección.',
      isFile: 'El maestro es {name}.',
      answers: 'El maestro responde: {done} de {total} vistas.',
      headless: 'SSD-KD necesita un maestro cuyo archivo tenga una cabeza de proyección; la red de fábrica no la tiene. Elija otro maestro o el peldaño inferior.',
    },

    handles: {
      scope: { label: 'Qué aprende', 'last-stage': 'última etapa', 'head': 'última capa', 'whole': 'toda la red' },
      batch: { label: 'Imágenes por paso' },
      rate: { label: 'Tasa de aprendizaje', own: 'la del método' },
      norms: { label: 'BatchNorm', frozen: 'estadísticas fijas', batch: 'estadísticas del lote' },
    },

    run: {
      start: 'Empezar',
      pause: 'Pausa',
      step: 'Un paso',
      undo: 'Deshacer esta serie',
      reset: 'Pesos de fábrica',
      undone: 'La última serie de pasos se ha deshecho.',
      nothing: 'No hay ninguna serie que deshacer.',
      shipped: 'Los pesos vuelven a ser los de fábrica.',
    },

    files: {
      heading: 'Llevárselo, o traerlo de vuelta',
      save: 'Guardar los pesos',
      load: 'Cargar pesos',
      loaded: 'Desde ahora se sigue aprendiendo sobre {name}.',
      carries: 'Los pesos guardados pueden llevar información de las imágenes de las que salieron. Van marcados como modificados; en la línea de órdenes los lee este programa:',
      forget: 'Olvidarlo todo',
      forgotten: 'Las imágenes y lo que se aprendió de ellas están olvidadas.',
    },

    kept: {
      heading: 'En este dispositivo',
      nothing: 'Nada de lo aprendido se guarda: al cerrar esta pestaña se olvida.',
      keep: 'Guardar lo aprendido',
      delete: 'Borrar todo lo guardado en este dispositivo',
      about: 'Se guardan los números que cambiaron y un maestro descargado; nunca una imagen. Los números que cambiaron pueden llevar información sobre las imágenes que los cambiaron.',
      kept: 'Lo aprendido se guarda en este dispositivo, ahora {size}, y sigue cuando esta página se abre de nuevo. Las imágenes no se guardan: añada entonces las mismas.',
      resumed: 'En este dispositivo estaba lo aprendido en una visita anterior, y se sigue desde ahí. Las imágenes no se guardan: añada las mismas otra vez, en el mismo orden.',
      forgotten: 'Borrado: lo aprendido, las descargas, el sitio para usarlo sin internet, la elección de colores. Lo aprendido queda en esta pestaña hasta que se cierre.',
      remains: 'No se pudo borrar. Cierre otras pestañas de este sitio y vuelva a intentarlo, o borre los datos de este sitio en el navegador.',
      full: 'No hay sitio en este dispositivo para guardar lo aprendido. Queda en esta pestaña y sigue aquí; lo guardado antes está entero.',
      refused: 'Este navegador no permite guardarlo, u otra pestaña guarda en su lugar, o se borró. Lo aprendido queda en esta pestaña y sigue aquí.',
      broken: 'Lo que hay guardado en este dispositivo no sirve: está dañado o empezó con otros pesos. Esta pestaña empieza con los pesos de fábrica; no se borró nada.',
    },

    limits: {
      heading: 'Lo que un puñado de imágenes puede y no puede hacer',
      list: [
        'Una red que aprende de diez imágenes aprende diez imágenes. Mejora con imágenes parecidas y empeora con otras.',
        'Con menos de diez ejemplos no se aparta nada, así que nada dice si aprendió algo más que los propios ejemplos. Con dos imágenes apartadas, una respuesta es la mitad de la cifra.',
        'En un lote de una sola imagen no hay con qué compararla: las similitudes se omiten y las estadísticas de BatchNorm serían las de esa única imagen.',
        'Lo que olvida se ve en un pequeño conjunto de control de dibujos, cuyas clases son las respuestas de la red de fábrica. Es una señal, no una medida de destreza.',
        'Los pesos guardados pueden llevar información de las imágenes que vieron. Compártalos como compartiría las imágenes.',
        'Esto es una demostración del aprendizaje, no un camino hacia una respuesta mejor sobre una mancha de la piel.',
      ],
    },

    happens: {
      heading: 'Qué ocurre',
      none: 'Ningún paso todavía.',
      step: 'Paso {step}: pérdida {loss}, {correct} de {images} bien justo antes, {time}, {memory}.',
      matched: 'Imágenes giradas emparejadas con la suya: {share}.',
      heldBack: 'Apartadas: {share} de {n} bien.',
      retained: 'Conjunto de control: {share} de {n} como antes.',
    },

    charts: {
      now: 'En este lote: {weight} × {value} = {weighted}.',
      skipped: 'Este lote no le dejó nada que comparar.',
      label: '{title}: {first} en el primer paso mostrado, {last} en el último de {steps}. La tabla tiene todos los números.',
      matched: 'Imágenes giradas emparejadas con la suya',
      matchedAsks: 'La parte de las imágenes giradas que el alumno encuentra más parecidas a la suya derecha.',
      forgetting: 'Apartadas y conjunto de control',
      forgettingAsks: 'Línea continua, puntos llenos: respuestas correctas entre los ejemplos apartados (a partir de diez ejemplos). Línea discontinua, puntos huecos: dibujos de control que aún se responden como la red de fábrica. Se mide cada cinco pasos.',
    },

    columns: {
      step: 'paso',
      loss: 'pérdida',
      matched: 'emparejadas',
      correct: 'bien',
      images: 'imágenes',
      held: 'apartadas',
      retained: 'control',
      ms: 'ms',
    },

    matrices: {
      heading: 'Cómo relacionan el lote',
      none: 'Elija D-KD o SSD-KD y dé un paso: aquí estarán las matrices que comparan los términos.',
      teacher: 'Maestro',
      student: 'Alumno',
      difference: 'Alumno − maestro',
      first: 'Primer paso de esta serie',
      now: 'Ahora',
      keys: 'Las flechas van de celda en celda.',
      cell: '{row} · {column}: {value}',
      view: 'imagen {n}, {angle}',
      upright: 'imagen {n}',
      group: 'canales, grupo {n} de {of}',
      similarities: 'Similitudes',
      similaritiesAbout: 'Cada fila es una imagen girada, cada columna una derecha; las partes de una fila suman 1 (softmax de los cosenos entre τ = 0,5). El anillo marca la columna propia de la imagen.',
      similaritiesAlt: '{rows} imágenes giradas por {columns} derechas; {own} de {rows} se parecen más a la suya. Partes de {low} a {high}.',
      matched: 'Emparejadas con su imagen: maestro {teacher}, alumno {student}.',
      distances: 'Distancias',
      distancesAbout: 'A qué distancia están cada dos vistas del lote, dividida por la distancia media de la propia red: 1 es la media.',
      distancesAlt: '{rows} por {columns} distancias divididas por su media, de {low} a {high}.',
      differenceAlt: 'Alumno menos maestro: de {low} a {high}, separados {mean} de media.',
      channels: 'Relaciones entre canales, diferencia',
      channelsAbout: 'Cuánto se separan las dos matrices de Gram de los canales, por grupos de canales vecinos (media cuadrática).',
      channelsAlt: '{rows} por {columns} grupos de canales; separados de {low} a {high}, {rms} en total.',
    },

    chosen: {
      heading: 'Una imagen',
      hint: 'Elija una imagen entre los ejemplos.',
      about: 'Imagen {n}, etiquetada {name}. Todas las clases se toman como igual de frecuentes, sin calibración: es lo que compara la pérdida.',
      temperature: 'Temperatura T',
      class: 'clase',
      teacher: 'maestro',
      before: 'alumno antes',
      now: 'alumno ahora',
      map: 'Dónde miró para',
      mapBefore: 'Antes',
      mapNow: 'Ahora',
      mapAlt: 'La imagen con el mapa de activación de {code} encima. {sentence}',
      mapAbout: 'Los lugares claros hablaron a favor de la clase; los oscuros y los transparentes, no. Las filas y columnas de la tabla son las celdas del mapa.',
      remove: 'Quitar esta imagen',
    },

    figures: {
      heading: 'Todos los ejemplos, antes y ahora',
      compare: 'Comparar',
      set: 'conjunto',
      pictures: 'imágenes',
      before: 'bien antes',
      now: 'bien ahora',
      train: 'aprendidas',
      check: 'apartadas',
      retained: 'control (dibujos)',
      few: 'Con menos de diez ejemplos no hay cifra de los apartados: sería azar.',
      retainedNote: 'En el conjunto de control cuenta como correcto lo que responde la propia red de fábrica, así que empieza con todos; lo que se pierde es lo olvidado.',
    },

    errors: {
      'argument': 'Así no se puede hacer.',
      'examples': 'Son demasiado pocos ejemplos, o demasiados.',
      'not-finite': 'Los números crecieron sin límite. Baje la tasa de aprendizaje; los pesos son los de antes de ese paso.',
      'out-of-memory': 'El navegador no dio más memoria. Aprenda menos imágenes por paso, o solo la última etapa; los ejemplos se conservan.',
      classes: 'Hay ejemplos de menos de dos clases. Añada un ejemplo de otra clase: de una sola clase solo se aprende su nombre.',
      scope: 'D-KD y SSD-KD comparan lo que hay antes de la última capa. Deje que aprenda la última etapa o toda la red.',
    },
  },
};
