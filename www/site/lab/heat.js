/** A matrix as a heat map: cells that a mouse or the arrow keys read out, a legend with numbers, a table and a CSV file. */

import { element, pen } from '../../element/dom.js';
import { Numbers, figure } from './numbers.js';
import { css, gradient, onTop } from './scales.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').Matrix} Matrix
 */
/**
 * What a heat map shows: `own` is the column that a row is marked in, `blocks` how many rows and columns belong together.
 * @typedef {{matrix: Matrix, scale: import('./scales.js').Scale, summary: string, row: (at: number) => string, column: (at: number) => string,
 *   own?: (row: number) => number, blocks?: [number, number]}} Shown
 */

/** The picture's side in pixels; the page scales it. */
const SIDE = 480;
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class HeatMap {
  #words;
  #numbers;
  #canvas = element('canvas', { attributes: { 'width': String(SIDE), 'height': String(SIDE), 'aria-hidden': 'true' } });
  #cursor = element('div', { className: 'cursor', attributes: { 'aria-hidden': 'true' } });
  #grid = element('div', { className: 'grid', attributes: { tabindex: '0', role: 'application' } }, this.#canvas, this.#cursor);
  // Said while the map has the focus, not at every step of a run.
  #readout = element('output', { className: 'readout quiet', attributes: { 'aria-live': 'off' } });
  #low = element('span');
  #high = element('span');
  #bar = element('span', { className: 'ramp', attributes: { 'aria-hidden': 'true' } });
  #at = { row: 0, column: 0 };
  /** @type {Shown | null} */
  #shown = null;

  /**
   * @param {Words} words
   * @param {{title: string, caption: string, file: string}} what its name, the short one under which it stands among others, and its file's
   */
  constructor(words, { title, caption, file }) {
    this.#words = words;
    this.#numbers = new Numbers(words, { title, file, read: () => this.#sheet() });
    const legend = element('p', { className: 'legend' }, this.#low, this.#bar, this.#high);
    this.title = title;
    this.root = element('figure', { className: 'heat' }, element('figcaption', { text: caption }), this.#grid, legend, this.#readout, this.#numbers.root);
    this.#grid.addEventListener('keydown', (event) => this.#key(event));
    this.#grid.addEventListener('pointermove', (event) => this.#point(event));
    this.#grid.addEventListener('focus', () => {
      this.#readout.setAttribute('aria-live', 'polite');
      this.#read();
    });
    this.#grid.addEventListener('blur', () => this.#readout.setAttribute('aria-live', 'off'));
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    const { matrix, scale, summary } = shown;
    this.#grid.setAttribute('aria-label', `${this.title}. ${summary} ${this.#words.say('lab.matrices.keys')}`);
    this.#low.textContent = figure(this.#words, scale.low);
    this.#high.textContent = figure(this.#words, scale.high);
    this.#bar.style.backgroundImage = gradient(scale);
    this.#at = { row: Math.min(this.#at.row, matrix.rows - 1), column: Math.min(this.#at.column, matrix.columns - 1) };
    this.#draw(shown);
    this.#read();
    this.#numbers.refresh();
  }

  /** @param {Shown} shown */
  #draw({ matrix: { rows, columns, values }, scale, own, blocks: [tall, wide] = [rows, columns] }) {
    const context = pen(this.#canvas);
    const [height, width] = [SIDE / rows, SIDE / columns];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        context.fillStyle = css(scale.colour(values[row * columns + column] ?? 0));
        // Edges on whole pixels, so that no seam shows between cells.
        const [left, top] = [Math.round(column * width), Math.round(row * height)];
        context.fillRect(left, top, Math.round((column + 1) * width) - left, Math.round((row + 1) * height) - top);
      }
    }
    context.fillStyle = 'rgb(0 0 0 / 0.55)';
    for (let row = tall; row < rows; row += tall) context.fillRect(0, Math.round(row * height) - 1, SIDE, 2);
    for (let column = wide; column < columns; column += wide) context.fillRect(Math.round(column * width) - 1, 0, 2, SIDE);
    for (let row = 0; own && row < rows; row += 1) {
      context.strokeStyle = onTop(scale.colour(values[row * columns + own(row)] ?? 0));
      context.lineWidth = 2.5;
      context.beginPath();
      context.arc((own(row) + 0.5) * width, (row + 0.5) * height, 0.3 * Math.min(width, height), 0, 7);
      context.stroke();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const [down, right] = MOVES[event.key] ?? [0, 0];
    if (!this.#shown || (!down && !right)) return;
    event.preventDefault();
    this.#move(this.#at.row + down, this.#at.column + right);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (!this.#shown) return;
    const box = this.#canvas.getBoundingClientRect();
    const { rows, columns } = this.#shown.matrix;
    this.#move(Math.floor(((event.clientY - box.top) / box.height) * rows), Math.floor(((event.clientX - box.left) / box.width) * columns));
  }

  /** @param {number} row @param {number} column */
  #move(row, column) {
    const { rows, columns } = this.#shown?.matrix ?? { rows: 1, columns: 1 };
    this.#at = { row: Math.min(Math.max(row, 0), rows - 1), column: Math.min(Math.max(column, 0), columns - 1) };
    this.#read();
  }

  /** Says the cell that is pointed at. */
  #read() {
    if (!this.#shown) return;
    const { matrix: { rows, columns, values }, row, column } = this.#shown;
    const { row: down, column: along } = this.#at;
    const value = figure(this.#words, values[down * columns + along] ?? 0);
    this.#readout.textContent = this.#words.say('lab.matrices.cell', { row: row(down), column: column(along), value });
    const share = (/** @type {number} */ part, /** @type {number} */ of) => `${(100 * part) / of}%`;
    Object.assign(this.#cursor.style, { top: share(down, rows), left: share(along, columns), height: share(1, rows), width: share(1, columns) });
  }

  #sheet() {
    if (!this.#shown) return null;
    const { matrix: { rows, columns, values }, row, column } = this.#shown;
    const head = ['', ...Array.from({ length: columns }, (_, at) => column(at))];
    return { head, rows: Array.from({ length: rows }, (_, at) => [row(at), ...values.slice(at * columns, (at + 1) * columns)]) };
  }
}
