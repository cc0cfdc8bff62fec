/**
 * What the lab says, in English: the model for the other languages. Rules: as in element/words; `{blanks}` are filled in.
 *
 * @typedef {typeof import('./en.js').default} Messages
 */
export default {
  lab: {
    title: 'dermdistill lab: a network learns while you watch',
    description: 'Fine-tune and distil a small network in your browser, term by term. Nothing leaves this device.',
    heading: 'A network learns while you watch',
    parts: 'Parts of the lab',
    loading: 'Loading …',
    loadingFile: 'Loading the network: {loaded} of {total}',
    ready: 'Ready. Add examples of at least two classes.',
    projector: 'Large, for a projector',
    save: 'Save as CSV',
    numbers: 'The numbers as a table',
    technical: 'In the program’s own words: {message}',

    examples: {
      heading: 'Examples',
      lead: 'Drop or choose close-up pictures into the class they belong to; a paste goes to the tray that has the focus. They stay in this tab.',
      draw: 'Add drawn examples',
      drawnNote: 'Drawn examples are synthetic: made by this page, pictures of nothing.',
      add: 'Add',
      addTo: 'Add pictures: {name}',
      camera: 'Camera',
      cameraTo: 'Camera: {name}',
      count: { one: '{count} example', other: '{count} examples' },
      picture: 'Picture {n}, {code}',
      heldPicture: 'Picture {n}, {code}, held back',
      held: 'held back',
    },

    lesson: {
      heading: 'Lesson',
      back: 'Back',
      next: 'Next',
      pages: {
        start: {
          title: '1. A student that knows something already',
          text: [
            'The student is the released network, 2.2 million numbers that were learned from dermoscope pictures. Add examples, at least one of each of two classes; the drawn ones will do.',
            'Press “One step”: the batch goes forward, the loss is computed, its gradient says in which direction each number should move, and each moves a little.',
          ],
        },
        labels: {
          title: '2. Labels alone',
          text: [
            'With CE the student is told one thing: the right class. Start it and watch the curve of L1 fall, then look at one picture before and now.',
            'With ten examples or more a fifth is held back. If their figure stays while the loss falls, the student learns its examples by heart. The other curve shows what it forgets.',
          ],
        },
        teacher: {
          title: '3. A teacher says more than a label',
          text: [
            'A label says “naevus”. A teacher says “naevus, a little like melanoma, not at all like a vascular lesion”. KD asks the student to agree with all of that.',
            'Choose a picture and raise the temperature T: small probabilities come out, and with them what the teacher knows about the wrong classes.',
          ],
        },
        relations: {
          title: '4. Relations, not answers',
          text: [
            'D-KD compares how the two networks arrange the pictures of a batch: which are far apart, which angle three of them make, which channels light up together.',
            'These numbers do not depend on how many channels a network has, so a small student can follow a large teacher. Watch the two distance matrices grow alike.',
          ],
        },
        turned: {
          title: '5. Turned pictures',
          text: [
            'SSD-KD shows every picture upright and turned by a quarter, a half and three quarters. Which turned picture belongs to which upright one needs no label at all.',
            'It needs a teacher whose file has a projection head. In the similarity matrices a row is a turned picture; the marked cell is its own upright one.',
          ],
        },
      },
    },

    rungs: {
      legend: 'What the student is asked',
      'ce': 'CE: the labels alone',
      'kd': 'KD: and the teacher’s answers',
      'd-kd': 'D-KD: and how it relates pictures and channels',
      'ssd-kd': 'SSD-KD: and what it makes of turned pictures',
    },

    terms: {
      cross_entropy: {
        title: 'L1, labels',
        asks: 'Give the right class a high probability. Every class weighs alike, however many examples it has.',
      },
      softened: {
        title: 'L2, softened answers',
        asks: 'Answer upright pictures as the teacher does, with the wrong classes in the teacher’s proportions. The temperature T brings small probabilities out.',
      },
      transferred: {
        title: 'L3, turned pictures',
        asks: 'Answer the turned pictures as the teacher does, too.',
      },
      similarity: {
        title: 'L4, similarities',
        asks: 'A turned picture is like its own upright one: find the same likenesses among all pictures of the batch as the teacher does.',
      },
      distance: {
        title: 'Distances',
        asks: 'Pictures that are far apart for the teacher be far apart for the student, each measured by its own mean distance.',
      },
      angle: {
        title: 'Angles',
        asks: 'Three pictures make the same angle for both.',
      },
      gram: {
        title: 'Channel relations',
        asks: 'Channels that light up together for the teacher light up together for the student.',
      },
    },

    teacher: {
      legend: 'Teacher',
      shipped: 'the shipped network itself',
      released: 'the released teacher, a ResNet-50, with its heads (download: {size})',
      unreleased: 'This release has no teacher of its own to download.',
      loading: 'Loading the teacher: {loaded} of {total}',
      file: 'Choose a teacher’s file',
      isShipped: 'The teacher is the shipped network itself, which has no projection head: SSD-KD needs a teacher with one.',
      isReleased: 'The teacher is the released ResNet-50, with its projection head.',
      isFile: 'The teacher is {name}.',
      answers: 'The teacher answers: {done} of {total} views.',
      headless: 'SSD-KD needs a teacher whose file has a projection head; the shipped network has none. Choose another teacher, or the rung below.',
    },

    handles: {
      scope: { label: 'What learns', 'last-stage': 'last stage', 'head': 'last layer', 'whole': 'whole network' },
      batch: { label: 'Pictures a step' },
      rate: { label: 'Learning rate', own: 'the method’s own' },
      norms: { label: 'BatchNorm', frozen: 'statistics frozen', batch: 'statistics of the batch' },
    },

    run: {
      start: 'Start',
      pause: 'Pause',
      step: 'One step',
      undo: 'Undo this run',
      reset: 'Shipped weights',
      undone: 'The last run is taken back.',
      nothing: 'There is no run to take back.',
      shipped: 'The weights are the shipped ones again.',
    },

    files: {
      heading: 'Take it with you, or bring it back',
      save: 'Save the weights',
      load: 'Load weights',
      loaded: '{name} is what is learned on from now.',
      carries: 'Saved weights can carry information about the pictures that they were made from. They are marked as changed; this program reads them on the command line:',
      forget: 'Forget everything',
      forgotten: 'Pictures and what was learned from them are forgotten.',
    },

    kept: {
      heading: 'On this device',
      nothing: 'Nothing that is learned is kept: closing this tab forgets it.',
      keep: 'Keep what is learned',
      delete: 'Delete everything kept on this device',
      about: 'Kept are the numbers that changed, and a teacher that was downloaded; never a picture. Numbers that changed can carry information about the pictures that changed them.',
      kept: 'What is learned is kept on this device, now {size}, and goes on when this page is opened again. Pictures are not kept: add the same ones then.',
      resumed: 'What was learned on an earlier visit was found on this device, and goes on from there. Pictures are not kept: add the same ones again, in the same order.',
      forgotten: 'Deleted: what was learned, downloads, the site for offline use, the choice of colours. What was learned stays in this tab until it is closed.',
      remains: 'It could not be deleted. Close other tabs of this site and try again, or delete this site’s data in the browser.',
      full: 'There is no room on this device to keep what is learned. It stays in this tab, and goes on here; what was kept before is whole.',
      refused: 'This browser does not let it be kept, or another tab keeps in its place, or it was deleted. What was learned stays in this tab, and goes on here.',
      broken: 'What is kept on this device cannot be used: it is damaged, or began with other weights. This tab begins with the shipped weights; nothing was deleted.',
    },

    limits: {
      heading: 'What a handful of pictures can do, and what not',
      list: [
        'A network that learns from ten pictures learns ten pictures. It gets better at pictures like them and worse at others.',
        'Below ten examples nothing is held back, so nothing says whether it learned more than the examples themselves. With two held-back pictures one answer is half of the figure.',
        'In a batch of one picture there is nothing to compare it with: similarities are skipped, and BatchNorm’s own statistics would be those of that one picture.',
        'What it forgets is shown on a small check set of drawings, whose classes are the shipped network’s own answers. It is a sign, not a measure of skill.',
        'Saved weights can carry information about the pictures they saw. Share them as you would share the pictures.',
        'This is a demonstration of learning, not a way to a better answer about a skin spot.',
      ],
    },

    happens: {
      heading: 'What happens',
      none: 'No step yet.',
      step: 'Step {step}: loss {loss}, {correct} of {images} right before it, {time}, {memory}.',
      matched: 'Turned pictures matched to their own: {share}.',
      heldBack: 'Held back: {share} of {n} right.',
      retained: 'Check set: {share} of {n} as before.',
    },

    charts: {
      now: 'In this batch: {weight} × {value} = {weighted}.',
      skipped: 'This batch left it nothing to compare.',
      label: '{title}: {first} in the first step shown, {last} in the last of {steps}. The table has every number.',
      matched: 'Turned pictures matched to their own',
      matchedAsks: 'The share of turned pictures that the student finds most like their own upright one.',
      forgetting: 'Held back, and check set',
      forgettingAsks: 'Solid line, filled points: right answers among the held-back examples (from ten examples on). Dashed line, hollow points: drawings of the check set that are still answered as the shipped network answers them. Measured every fifth step.',
    },

    columns: {
      step: 'step',
      loss: 'loss',
      matched: 'matched',
      correct: 'right',
      images: 'pictures',
      held: 'held back',
      retained: 'check set',
      ms: 'ms',
    },

    matrices: {
      heading: 'How they relate the batch',
      none: 'Choose D-KD or SSD-KD and take a step: then the matrices that the terms compare stand here.',
      teacher: 'Teacher',
      student: 'Student',
      difference: 'Student − teacher',
      first: 'First step of this run',
      now: 'Now',
      keys: 'Arrow keys move from cell to cell.',
      cell: '{row} · {column}: {value}',
      view: 'picture {n}, {angle}',
      upright: 'picture {n}',
      group: 'channels, group {n} of {of}',
      similarities: 'Similarities',
      similaritiesAbout: 'Each row is a turned picture, each column an upright one; a row’s shares sum to 1 (softmax of cosines over τ = 0.5). The ring marks the picture’s own column.',
      similaritiesAlt: '{rows} turned pictures by {columns} upright ones; {own} of {rows} are most like their own. Shares from {low} to {high}.',
      matched: 'Matched to their own picture: teacher {teacher}, student {student}.',
      distances: 'Distances',
      distancesAbout: 'How far every two views of the batch are apart, over the network’s own mean distance: 1 is the mean.',
      distancesAlt: '{rows} by {columns} distances over their mean, from {low} to {high}.',
      differenceAlt: 'Student less teacher: from {low} to {high}, {mean} apart on average.',
      channels: 'Channel relations, difference',
      channelsAbout: 'How far the two Gram matrices of channels are apart, by groups of neighbouring channels (root mean square).',
      channelsAlt: '{rows} by {columns} groups of channels; apart by {low} to {high}, {rms} in all.',
    },

    chosen: {
      heading: 'One picture',
      hint: 'Choose a picture among the examples.',
      about: 'Picture {n}, labelled {name}. Every class taken as equally common; no calibration: this is what the loss compares.',
      temperature: 'Temperature T',
      class: 'class',
      teacher: 'teacher',
      before: 'student before',
      now: 'student now',
      map: 'Where it looked for',
      mapBefore: 'Before',
      mapNow: 'Now',
      mapAlt: 'The picture with the activation map of {code} over it. {sentence}',
      mapAbout: 'Bright places spoke for the class, dark and clear ones did not. Rows and columns of the table are the map’s cells.',
      remove: 'Remove this picture',
    },

    figures: {
      heading: 'All examples, before and now',
      compare: 'Compare',
      set: 'set',
      pictures: 'pictures',
      before: 'right before',
      now: 'right now',
      train: 'learned from',
      check: 'held back',
      retained: 'check set (drawn)',
      few: 'No figure for held-back examples below ten: it would be chance.',
      retainedNote: 'The check set counts as right what the shipped network itself answers, so it begins at all of them; what is lost is forgotten.',
    },

    errors: {
      'argument': 'This cannot be done as it stands.',
      'examples': 'These are too few examples, or too many.',
      'not-finite': 'The numbers grew beyond all bounds. Lower the learning rate; the weights are those before that step.',
      'out-of-memory': 'The browser gave no more memory. Learn fewer pictures a step, or only the last stage; the examples are kept.',
      classes: 'There are examples of fewer than two classes. Add an example of another class: from one class alone only its name is learned.',
      scope: 'D-KD and SSD-KD compare what lies before the last layer. Let the last stage or the whole network learn.',
    },
  },
};
