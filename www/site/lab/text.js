/** The lesson beside the lab: pages that a lecturer turns with the arrow keys. */

import { button, element } from '../../element/dom.js';

/** @type {{title: string, text: string[]}[]} */
const PAGES = [
  {
    title: '1. A student that knows something already',
    text: [
      'The student is the released network, 2.2 million numbers that were learned from dermoscope pictures. Add examples, at least one of each of two classes; the drawn ones will do.',
      'Press “One step”: the batch goes forward, the loss is computed, its gradient says in which direction each number should move, and each moves a little.',
    ],
  },
  {
    title: '2. Labels alone',
    text: [
      'With CE the student is told one thing: the right class. Start it and watch the curve of L1 fall, then look at one picture before and now.',
      'With ten examples or more a fifth is held back. If their figure stays while the loss falls, the student learns its examples by heart.',
    ],
  },
  {
    title: '3. A teacher says more than a label',
    text: [
      'A label says “naevus”. A teacher says “naevus, a little like melanoma, not at all like a vascular lesion”. KD asks the student to agree with all of that.',
      'Without a file of its own the teacher here is the shipped network itself: it asks the student to learn the new labels and to forget nothing.',
    ],
  },
  {
    title: '4. Relations, not answers',
    text: [
      'D-KD compares how the two networks arrange the pictures of a batch: which are far apart, which angle three of them make, which channels light up together.',
      'These numbers do not depend on how many channels a network has, so a small student can follow a large teacher.',
    ],
  },
  {
    title: '5. Turned pictures',
    text: [
      'SSD-KD shows every picture upright and turned by a quarter, a half and three quarters. Which turned picture belongs to which upright one needs no label at all.',
      'It needs a teacher whose file has a projection head; “matched” counts the turned pictures that the student recognises.',
    ],
  },
];

/** @param {HTMLElement} place */
export function showText(place) {
  let at = 0;
  const show = () => {
    const page = PAGES[at];
    if (!page) return;
    const turn = (/** @type {number} */ by) => {
      at = Math.min(Math.max(at + by, 0), PAGES.length - 1);
      show();
    };
    const back = button({ text: 'Back' }, () => turn(-1));
    const on = button({ text: 'Next' }, () => turn(1));
    back.disabled = at === 0;
    on.disabled = at === PAGES.length - 1;
    place.replaceChildren(element('h3', { text: page.title }), ...page.text.map((text) => element('p', { text })), element('p', { className: 'actions' }, back, on));
  };
  addEventListener('keydown', (event) => {
    // Arrow keys belong to whatever handle has the focus.
    if (event.target instanceof HTMLElement && event.target.closest('input, select, textarea, summary')) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    if (by) at = Math.min(Math.max(at + by, 0), PAGES.length - 1), show();
  });
  show();
}
