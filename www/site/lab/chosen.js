/** One picture: what the teacher and the student, before and now, make of it, class by class and at any temperature. */

import { element } from '../../element/dom.js';
import { Numbers } from './numbers.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').Opinions} Opinions
 * @typedef {import('../../lib/index.js').Example} Example
 */

const TEMPERATURES = ['1', '2', '4', '8'];
const VOICES = /** @type {const} */ (['teacher', 'before', 'now']);

/** softmax(z / T). @param {number[]} logits @param {number} temperature */
export function probabilities(logits, temperature) {
  const most = Math.max(...logits);
  const parts = logits.map((logit) => Math.exp((logit - most) / temperature));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}

export class Chosen {
  #words;
  #classes;
  #about = element('p', { className: 'quiet' });
  #table = element('div', { className: 'voices', attributes: { tabindex: '0', role: 'region' } });
  #temperature = element('select', {}, ...TEMPERATURES.map((text) => element('option', { text, attributes: { value: text } })));
  #numbers;
  /** @type {{example: Example, opinions: Opinions} | null} */
  #shown = null;

  /** @param {Words} words @param {readonly string[]} classes codes in the order of the logits */
  constructor(words, classes) {
    this.#words = words;
    this.#classes = classes;
    this.#numbers = new Numbers(words, { title: words.say('lab.chosen.heading'), file: 'picture', read: () => this.#sheet() });
    const handle = element('label', { className: 'handle' }, words.say('lab.chosen.temperature'), this.#temperature);
    this.#table.setAttribute('aria-label', words.say('lab.chosen.heading'));
    this.#temperature.addEventListener('change', () => this.#show());
    this.root = element('div', { className: 'chosen' }, this.#about, handle, this.#table, this.#numbers.root);
    this.root.hidden = true;
  }

  /** @param {Example} example @param {Opinions} opinions */
  show(example, opinions) {
    this.#shown = { example, opinions };
    const { id: n, label } = example;
    this.#about.textContent = this.#words.say('lab.chosen.about', { n, name: `${this.#words.className(label)} (${label})` });
    this.root.hidden = false;
    this.#show();
  }

  clear() {
    this.#shown = null;
    this.root.hidden = true;
  }

  /** The voices that there are, each with its probabilities. */
  #voices() {
    const temperature = Number(this.#temperature.value);
    const opinions = this.#shown?.opinions;
    return VOICES.flatMap((voice) => {
      const logits = opinions?.[voice];
      return logits ? [{ name: this.#words.say(`lab.chosen.${voice}`), shares: probabilities(logits, temperature) }] : [];
    });
  }

  #show() {
    const words = this.#words;
    const voices = this.#voices();
    const heads = [words.say('lab.chosen.class'), ...voices.map(({ name }) => name)].map((text) => element('th', { text, attributes: { scope: 'col' } }));
    const rows = this.#classes.map((code, at) => {
      const name = element('th', { attributes: { scope: 'row' } }, element('span', { className: 'marker', attributes: { 'aria-hidden': 'true' } }), element('abbr', { text: code, attributes: { title: words.className(code) } }));
      const cells = voices.map(({ shares }) => {
        const share = shares[at] ?? 0;
        const bar = element('span', { className: 'bar', attributes: { 'aria-hidden': 'true' } }, element('span'));
        /** @type {HTMLElement} */ (bar.firstChild).style.inlineSize = `${100 * share}%`;
        return element('td', {}, bar, element('span', { text: words.percent(share) }));
      });
      const row = element('tr', { attributes: { 'data-class': code } }, name, ...cells);
      row.classList.toggle('labelled', code === this.#shown?.example.label);
      return row;
    });
    const caption = element('caption', { className: 'visually-hidden', text: this.#about.textContent ?? '' });
    this.#table.replaceChildren(element('table', {}, caption, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows)));
    this.#numbers.refresh();
  }

  #sheet() {
    if (!this.#shown) return null;
    const voices = this.#voices();
    const head = [this.#words.say('lab.chosen.class'), ...voices.map(({ name }) => `${name} (T = ${this.#temperature.value})`)];
    return { head, rows: this.#classes.map((code, at) => [code, ...voices.map(({ shares }) => shares[at] ?? 0)]) };
  }
}
