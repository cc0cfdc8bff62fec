/** The rungs of the ladder and the handles of a run. */

import { element } from '../../element/dom.js';
import { RUNGS } from './terms.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').DistillOptions} DistillOptions
 */

/** The choices of each handle, the usual one first; a choice with a name in the words is shown by it, others as they are. */
const HANDLES = {
  scope: ['last-stage', 'head', 'whole'],
  batch: ['4', '2', '8', '16'],
  rate: ['own', '0.0001', '0.001', '0.003', '0.01'],
  norms: ['frozen', 'batch'],
};

/**
 * @param {Words} words
 * @param {HTMLElement} rungs
 * @param {HTMLElement} place
 * @param {() => void} onChange
 * @returns {{read: () => DistillOptions}}
 */
export function handles(words, rungs, place, onChange) {
  for (const [at, { method, terms }] of RUNGS.entries()) {
    const input = element('input', { attributes: { type: 'radio', name: 'method', value: method, ...(at === 0 ? { checked: '' } : {}) } });
    const names = terms.map((term) => words.say(`lab.terms.${term}.title`)).join(' · ');
    rungs.append(element('label', {}, input, element('span', {}, words.say(`lab.rungs.${method}`), element('br'), element('span', { className: 'quiet', text: names }))));
  }
  /** @type {Map<string, HTMLSelectElement>} */
  const selects = new Map();
  for (const [name, choices] of Object.entries(HANDLES)) {
    const named = (/** @type {string} */ choice) => (words.has(`lab.handles.${name}.${choice}`) ? words.say(`lab.handles.${name}.${choice}`) : choice);
    const select = element('select', {}, ...choices.map((choice) => element('option', { text: named(choice), attributes: { value: choice } })));
    selects.set(name, select);
    place.append(element('label', {}, words.say(`lab.handles.${name}.label`), select));
  }
  for (const part of [rungs, place]) part.addEventListener('change', onChange);
  const value = (/** @type {string} */ name) => selects.get(name)?.value ?? '';
  const rate = () => (value('rate') === 'own' ? undefined : Number(value('rate')));
  return {
    read: () => /** @type {DistillOptions} */ ({
      method: rungs.querySelector('input:checked')?.getAttribute('value'),
      scope: value('scope'),
      norms: value('norms'),
      batch: Number(value('batch')),
      rate: rate(),
    }),
  };
}
