/** The rungs of the ladder and the handles of a run. */

import { element } from '../../element/dom.js';
import { RUNGS, TERMS } from './terms.js';

/** What a handle is: its label, its choices, and the one that is taken at first. */
const HANDLES = /** @type {const} */ ({
  scope: { label: 'What learns', choices: { 'last-stage': 'last stage', 'head': 'last layer', 'whole': 'whole network' } },
  batch: { label: 'Pictures a step', choices: { 4: '4', 2: '2', 8: '8', 16: '16' } },
  rate: { label: 'Learning rate', choices: { '': 'the method’s own', '0.0001': '0.0001', '0.001': '0.001', '0.003': '0.003', '0.01': '0.01' } },
  norms: { label: 'BatchNorm', choices: { frozen: 'statistics frozen', batch: 'statistics of the batch' } },
});

/**
 * @param {HTMLElement} rungs
 * @param {HTMLElement} place
 * @param {() => void} onChange
 * @returns {{read: () => import('../../lib/index.js').DistillOptions}}
 */
export function handles(rungs, place, onChange) {
  for (const [at, { method, title, terms }] of RUNGS.entries()) {
    const input = element('input', { attributes: { type: 'radio', name: 'method', value: method, ...(at === 0 ? { checked: '' } : {}) } });
    const names = terms.map((term) => TERMS[term]?.title ?? term).join(', ');
    rungs.append(element('label', {}, input, element('span', {}, title, element('br'), element('span', { className: 'quiet', text: names }))));
  }
  /** @type {Map<string, HTMLSelectElement>} */
  const selects = new Map();
  for (const [name, { label, choices }] of Object.entries(HANDLES)) {
    const options = Object.entries(choices).map(([value, text]) => element('option', { text, attributes: { value } }));
    // Keys that are numbers come first and in their own order: the usual one is chosen here.
    const select = element('select', {}, ...options);
    select.value = { batch: '4' }[name] ?? select.value;
    selects.set(name, select);
    place.append(element('label', {}, label, select));
  }
  for (const part of [rungs, place]) part.addEventListener('change', onChange);
  const value = (/** @type {string} */ name) => selects.get(name)?.value;
  return {
    read: () => /** @type {import('../../lib/index.js').DistillOptions} */ ({
      method: rungs.querySelector('input:checked')?.getAttribute('value'),
      scope: value('scope'),
      norms: value('norms'),
      batch: Number(value('batch')),
      rate: value('rate') ? Number(value('rate')) : undefined,
    }),
  };
}
