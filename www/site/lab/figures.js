/** The figures of all examples by what they are for, before and now. */

import { element } from '../../element/dom.js';
import { Numbers, counted } from './numbers.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').Evaluation} Evaluation
 */

const SETS = /** @type {const} */ (['train', 'check', 'retained']);

/** @param {Words} words @param {HTMLElement} place @param {{before: Evaluation, after: Evaluation}} found */
export function showFigures(words, place, { before, after }) {
  const say = (/** @type {string} */ key) => words.say(`lab.figures.${key}`);
  const sets = SETS.map((name) => ({ name: say(name), was: before[name], is: after[name] }));
  const head = ['set', 'pictures', 'before', 'now'].map(say);
  const rows = sets.map(({ name, was, is }) => {
    const cells = was && is ? [words.decimal(is.n, 0), counted(words, was.accuracy), counted(words, is.accuracy)] : ['–', '–', '–'];
    return element('tr', {}, element('th', { text: name, attributes: { scope: 'row' } }), ...cells.map((text) => element('td', { text })));
  });
  const numbers = new Numbers(words, {
    title: say('heading'), file: 'figures', read: () => ({ head, rows: sets.map(({ name, was, is }) => [name, is?.n ?? null, was?.accuracy ?? null, is?.accuracy ?? null]) }),
  });
  const heads = head.map((text) => element('th', { text, attributes: { scope: 'col' } }));
  const caption = element('caption', { className: 'visually-hidden', text: say('heading') });
  const notes = [...(after.check ? [] : ['few']), 'retainedNote'].map((key) => element('p', { className: 'quiet', text: say(key) }));
  place.replaceChildren(element('table', {}, caption, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows)), ...notes, numbers.root);
}
