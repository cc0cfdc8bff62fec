/** The eight classes as a list: marker, name, code, bar and whole percent. Each row is a button that asks for the class's map. */

import { classNames } from './messages.js';
import { className, element, percent } from './words.js';

/**
 * @param {HTMLOListElement} list
 * @param {(code: string) => void} onPick
 */
export function createRanking(list, onPick) {
  const rows = new Map();

  function rowFor(code) {
    if (rows.has(code)) return rows.get(code);
    const bar = element('span', { className: 'fill' });
    const name = element('span', { className: 'class-name' });
    const figure = element('span', { className: 'figure' });
    const button = element(
      'button',
      { className: 'row', attributes: { type: 'button', 'aria-describedby': 'pick' } },
      element('span', { className: 'marker' }),
      name,
      element('span', { className: 'code', text: code }),
      element('span', { className: 'bar' }, bar),
      figure,
    );
    button.addEventListener('click', () => onPick(code));
    const item = element('li', { attributes: { 'data-class': code } }, button);
    const row = { item, button, bar, name, figure };
    rows.set(code, row);
    return row;
  }

  return {
    /** The eight names without figures, so that the list has its place before the first answer. */
    blank() {
      const items = Object.entries(classNames).map(([code, full]) => {
        const row = rowFor(code);
        row.name.textContent = full;
        row.figure.textContent = '–';
        row.bar.style.width = '0';
        row.button.disabled = true;
        row.button.removeAttribute('aria-pressed');
        return row.item;
      });
      list.replaceChildren(...items);
    },

    /**
     * @param {{code: string, name: string, probability: number}[]} ranked most probable first
     * @param {string | undefined} shown the class whose map is over the picture
     */
    show(ranked, shown) {
      const focused = document.activeElement;
      const items = ranked.map(({ code, name, probability }) => {
        const row = rowFor(code);
        const full = className(code, name);
        row.name.textContent = full;
        row.figure.textContent = percent(probability);
        row.bar.style.width = `${Math.min(Math.max(probability, 0), 1) * 100}%`;
        row.button.disabled = false;
        row.button.setAttribute('aria-pressed', String(code === shown));
        return row.item;
      });
      // Moving a row takes the focus from it, so rows move only when the order changed, and the focus is given back.
      if (items.some((item, index) => list.children[index] !== item)) {
        list.replaceChildren(...items);
        if (list.contains(focused)) focused.focus({ preventScroll: true });
      }
    },
  };
}
