/** The lesson beside the lab: pages that a lecturer turns with the arrow keys. */

import { button, element } from '../../element/dom.js';

const PAGES = ['start', 'labels', 'teacher', 'relations', 'turned'];
/** Where an arrow key belongs to what has the focus. */
const OWN_ARROWS = 'input, select, textarea, summary, dialog, [role="application"], [role="region"]';

/** @param {import('../../element/words/words.js').Words} words @param {HTMLElement} place */
export function showText(words, place) {
  let at = 0;
  const heading = element('h3');
  const text = element('div');
  const back = button({ text: words.say('lab.lesson.back') }, () => turn(-1));
  const on = button({ text: words.say('lab.lesson.next') }, () => turn(1));
  const turn = (/** @type {number} */ by) => {
    at = Math.min(Math.max(at + by, 0), PAGES.length - 1);
    const page = `lab.lesson.pages.${PAGES[at]}`;
    heading.textContent = words.say(`${page}.title`);
    text.replaceChildren(...words.all(`${page}.text`).map((paragraph) => element('p', { text: paragraph })));
    // A button that has the focus keeps it.
    back.setAttribute('aria-disabled', String(at === 0));
    on.setAttribute('aria-disabled', String(at === PAGES.length - 1));
  };
  addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLElement && event.target.closest(OWN_ARROWS)) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    if (by && !event.altKey && !event.ctrlKey && !event.metaKey) turn(by);
  });
  place.replaceChildren(element('div', { attributes: { 'aria-live': 'polite' } }, heading, text), element('p', { className: 'actions' }, back, on));
  turn(0);
}
