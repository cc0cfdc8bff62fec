/** A figure's table. It follows the numbers a slice at a time: the largest has thousands of cells, and the page is to answer in between. */

import { element } from '../../element/dom.js';

/** @typedef {import('./numbers.js').Sheet} Sheet */

/** Milliseconds of work before the page gets its turn. */
const SLICE_MS = 8;

/** The page's turn: several tables are told of one step. */
const turn = () => new Promise((done) => setTimeout(done));

export class Table {
  #write;
  #head = element('tr');
  #body = element('tbody');
  /** The texts of the cells, row by row. @type {Text[][]} */
  #cells = [];
  /** What is to be shown next. @type {Sheet | null} */
  #next = null;
  #busy = false;

  /** @param {string} caption @param {(value: string | number | null) => string} write */
  constructor(caption, write) {
    this.#write = write;
    this.root = element('table', {}, element('caption', { className: 'visually-hidden', text: caption }), element('thead', {}, this.#head), this.#body);
  }

  /** Shows these numbers before long. Of those that come while it is still busy with earlier ones, the newest are next. @param {Sheet} sheet */
  async show(sheet) {
    this.#next = sheet;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#next) {
      await turn();
      const next = this.#next;
      this.#next = null;
      await this.#fill(next);
    }
    this.#busy = false;
  }

  /** @param {Sheet} sheet */
  async #fill({ head, rows }) {
    // A head that says nothing is none.
    if (head.length !== this.#head.cells.length || head.some((text, at) => text !== this.#head.cells[at]?.textContent)) {
      this.#head.replaceChildren(...head.map((text) => (text ? element('th', { text, attributes: { scope: 'col' } }) : element('td'))));
    }
    while (this.#cells.length > rows.length) {
      this.#cells.pop();
      this.#body.lastElementChild?.remove();
    }
    let end = performance.now() + SLICE_MS;
    for (const [at, row] of rows.entries()) {
      this.#row(at, row.map(this.#write));
      if (performance.now() < end) continue;
      await turn();
      end = performance.now() + SLICE_MS;
    }
  }

  /** @param {number} at @param {string[]} texts */
  #row(at, texts) {
    const cells = this.#cells[at];
    if (cells?.length === texts.length) {
      for (const [column, cell] of cells.entries()) if (cell.data !== texts[column]) cell.data = texts[column] ?? '';
      return;
    }
    const made = texts.map((text) => new Text(text));
    const row = element('tr', {}, ...made.map((text, column) => (column === 0 ? element('th', { attributes: { scope: 'row' } }, text) : element('td', {}, text))));
    const old = this.#body.children[at];
    if (old) old.replaceWith(row);
    else this.#body.append(row);
    this.#cells[at] = made;
  }
}
