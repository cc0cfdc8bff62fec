/** The eight classes as a list: marker, name, code, bar and whole percent. Each row is a button that asks for the class's map. */

import { button, element, focusedIn } from '../dom.js';

/** @typedef {{item: HTMLLIElement, button: HTMLButtonElement, bar: HTMLElement, name: HTMLElement, figure: HTMLElement}} Row */

export class Ranking {
  #words;
  #onPick;
  /** @type {Map<string, Row>} */
  #rows = new Map();

  /**
   * @param {import('../words/words.js').Words} words
   * @param {(code: import('../../lib/index.js').ClassCode) => void} onPick
   */
  constructor(words, onPick) {
    this.#words = words;
    this.#onPick = onPick;
    this.root = element('ol', { className: 'ranking', attributes: { 'part': 'ranking', 'aria-label': words.say('answer.list') } });
  }

  /** The names without figures, so that the list has its place before the first answer. @param {readonly string[]} codes */
  blank(codes) {
    const items = codes.map((code) => {
      const row = this.#row(code);
      row.name.textContent = this.#words.className(code);
      row.figure.textContent = '–';
      row.bar.style.width = '0';
      row.button.disabled = true;
      row.button.removeAttribute('aria-pressed');
      return row.item;
    });
    this.root.replaceChildren(...items);
  }

  /**
   * @param {readonly import('../../lib/index.js').Ranked[]} ranked most probable first
   * @param {string | undefined} shown the class whose map is over the picture
   */
  show(ranked, shown) {
    const focused = focusedIn(this.root);
    const items = ranked.map(({ code, name, probability }) => {
      const row = this.#row(code);
      row.name.textContent = this.#words.className(code, name);
      row.figure.textContent = this.#words.percent(probability);
      row.bar.style.width = `${Math.min(Math.max(probability, 0), 1) * 100}%`;
      row.button.disabled = false;
      row.button.setAttribute('aria-pressed', String(code === shown));
      return row.item;
    });
    // Moving a row takes the focus from it, so rows move only when the order changed, and the focus is given back.
    if (items.every((item, index) => this.root.children[index] === item)) return;
    this.root.replaceChildren(...items);
    if (focused instanceof HTMLElement && this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** @param {string} code @returns {Row} */
  #row(code) {
    const known = this.#rows.get(code);
    if (known) return known;
    const bar = element('span', { className: 'fill' });
    const name = element('span', { className: 'class-name' });
    const figure = element('span', { className: 'figure' });
    const node = button(
      { className: 'row', part: 'row' },
      () => this.#onPick(/** @type {import('../../lib/index.js').ClassCode} */ (code)),
      element('span', { className: 'marker' }),
      name,
      element('span', { className: 'code', text: code }),
      element('span', { className: 'bar' }, bar),
      figure,
    );
    node.setAttribute('aria-describedby', 'pick');
    const item = element('li', { attributes: { 'data-class': code } }, node);
    const row = { item, button: node, bar, name, figure };
    this.#rows.set(code, row);
    return row;
  }
}
