/** One picture under the shipped weights and under the present ones; and the figures of all examples. */

import { element } from '../../element/dom.js';
import { drawHeat, drawSeen } from '../../element/photograph/overlay.js';

/**
 * @typedef {import('../../lib/index.js').Answer} Answer
 * @typedef {import('../../lib/index.js').Evaluation} Evaluation
 */

const percent = (/** @type {number} */ share) => (share > 0 && share < 0.01 ? '< 1 %' : `${Math.round(100 * share)} %`);

/**
 * @param {string} title
 * @param {Answer} answer with its map
 */
function look(title, answer) {
  const [seen, heat] = [element('canvas'), element('canvas')];
  drawSeen(seen, answer.seen);
  heat.width = heat.height = answer.seen.width;
  drawHeat([heat], answer.map);
  const bars = answer.ranked.toSorted((a, b) => a.code.localeCompare(b.code)).flatMap(({ code, probability }) => {
    // The figure says it in words.
    const bar = element('span', { className: 'bar', attributes: { 'aria-hidden': 'true', 'data-class': code } }, element('span'));
    /** @type {HTMLElement} */ (bar.firstChild).style.inlineSize = `${100 * probability}%`;
    return [element('span', { text: code }), bar, element('span', { text: percent(probability) })];
  });
  return element('div', {}, element('h4', { text: title }), element('div', { className: 'looked' }, seen, heat), element('div', { className: 'bars' }, ...bars));
}

/** @param {HTMLElement} place @param {Answer} before @param {Answer} now */
export function showChosen(place, before, now) {
  place.replaceChildren(look('Before', before), look('Now', now));
}

/** @param {HTMLElement} place @param {{before: Evaluation, after: Evaluation}} found */
export function showFigures(place, { before, after }) {
  const sets = /** @type {const} */ ([['train', 'learned from'], ['check', 'held back'], ['all', 'all']]);
  const rows = sets.map(([name, title]) => {
    const [was, is] = [before[name], after[name]];
    const cells = was && is ? [String(is.n), percent(was.accuracy), percent(is.accuracy)] : ['0', '–', '–'];
    return element('tr', {}, element('th', { text: title, attributes: { scope: 'row' } }), ...cells.map((text) => element('td', { text })));
  });
  const head = ['', 'pictures', 'right before', 'right now'].map((text) => element('th', { text, attributes: { scope: 'col' } }));
  place.replaceChildren(element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows)));
}
