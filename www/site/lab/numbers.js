/** The numbers behind a figure: as a table that is made when somebody opens it, and as a CSV file. */

import { button, element } from '../../element/dom.js';
import { Table } from './table.js';

/** @typedef {import('../../element/words/words.js').Words} Words */
/**
 * Heads and rows; the first cell of a row names it. What is no number or missing stands as it is, or empty.
 * @typedef {{head: string[], rows: (string | number | null)[][]}} Sheet
 */

/** @type {Map<string, Intl.NumberFormat[]>} */
const formats = new Map();

/** A number with three digits that count, whole from 100 on and with a power of ten below 0.0001, as the language writes it. @param {Words} words @param {number} value */
export function figure({ lang }, value) {
  let made = formats.get(lang);
  if (!made) {
    const options = /** @type {Intl.NumberFormatOptions[]} */ ([{ maximumSignificantDigits: 3 }, { maximumFractionDigits: 0 }, { maximumSignificantDigits: 3, notation: 'scientific' }]);
    formats.set(lang, (made = options.map((option) => new Intl.NumberFormat(lang, option))));
  }
  const size = Math.abs(value);
  return made[size >= 100 ? 1 : size > 0 && size < 1e-4 ? 2 : 0]?.format(value) ?? String(value);
}

/** A share as percent, exactly 0 and 1 among them: they are counted, not estimated. @param {Words} words @param {number} share */
export const counted = ({ lang }, share) => new Intl.NumberFormat(lang, { style: 'percent' }).format(share);

/** A sheet as RFC 4180 has it, with full precision and a point in numbers whatever the language. @param {Sheet} sheet */
export function csvOf({ head, rows }) {
  const cell = (/** @type {string | number | null} */ value) => {
    const text = String(value ?? '');
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

/** Offers bytes or text as a file. @param {BlobPart} content @param {string} name */
export function save(content, name) {
  const link = element('a', { attributes: { href: URL.createObjectURL(new Blob([content])), download: name } });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A disclosure with a figure's table and its CSV. */
export class Numbers {
  #read;
  #table;
  #place = element('div', { className: 'numbers', attributes: { tabindex: '0', role: 'region' } });
  #save;

  /**
   * @param {Words} words
   * @param {{title: string, file: string, read: () => Sheet | null}} what `read` gives the numbers of now
   */
  constructor(words, { title, file, read }) {
    this.#read = read;
    this.#table = new Table(title, (value) => (typeof value === 'number' ? figure(words, value) : (value ?? '')));
    this.#place.setAttribute('aria-label', `${words.say('lab.numbers')}: ${title}`);
    this.#save = button({ text: words.say('lab.save') }, () => {
      const sheet = read();
      if (sheet) save(csvOf(sheet), `${file}.csv`);
    });
    const summary = element('summary', {}, words.say('lab.numbers'), element('span', { className: 'visually-hidden', text: `: ${title}` }));
    this.#place.append(this.#table.root);
    this.root = element('details', { className: 'behind' }, summary, this.#save, this.#place);
    this.root.addEventListener('toggle', () => this.refresh());
    this.refresh();
  }

  /** The figure shows other numbers. */
  refresh() {
    const sheet = this.#read();
    this.#save.disabled = !sheet;
    this.#table.root.hidden = !sheet;
    if (sheet && this.root.open) void this.#table.show(sheet);
  }
}
