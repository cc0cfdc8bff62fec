/** A tray a class: its thumbnails, and every way for a picture to come in. */

import { button, element } from '../../element/dom.js';
import { drawSeen } from '../../element/photograph/overlay.js';

/**
 * @typedef {import('../../lib/index.js').ClassCode} ClassCode
 * @typedef {import('../../lib/index.js').Example} Example
 */

export class Trays {
  /** @type {Map<ClassCode, HTMLElement>} */
  #thumbs = new Map();
  #onChoose;

  /**
   * @param {HTMLElement} place
   * @param {import('../../lib/index.js').Card} card
   * @param {{onFiles: (label: ClassCode, files: File[]) => void, onChoose: (example: Example) => void}} watch
   */
  constructor(place, { classes, class_names }, { onFiles, onChoose }) {
    this.#onChoose = onChoose;
    place.replaceChildren(...classes.map((code, at) => this.#tray(code, class_names[at] ?? code, onFiles)));
  }

  /**
   * @param {ClassCode} code
   * @param {string} name
   * @param {(label: ClassCode, files: File[]) => void} onFiles
   */
  #tray(code, name, onFiles) {
    const input = element('input', { attributes: { type: 'file', accept: 'image/*', multiple: '', 'aria-label': `Add pictures: ${name}` } });
    const thumbs = element('div', { className: 'thumbs' });
    const head = element('header', {}, element('span', { className: 'marker', attributes: { 'aria-hidden': 'true' } }), element('span', { text: `${name} (${code})` }), element('label', { className: 'file', text: 'Add' }, input));
    const tray = element('div', { className: 'tray', attributes: { 'data-class': code } }, head, thumbs);
    input.addEventListener('change', () => {
      onFiles(code, [...(input.files ?? [])]);
      input.value = '';
    });
    const over = (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      tray.classList.toggle('over', event.type === 'dragover');
      if (event.type === 'drop') onFiles(code, [...(event.dataTransfer?.files ?? [])]);
    };
    for (const type of /** @type {const} */ (['dragover', 'dragleave', 'drop'])) tray.addEventListener(type, over);
    tray.addEventListener('paste', (event) => onFiles(code, [...(event.clipboardData?.files ?? [])]));
    this.#thumbs.set(code, thumbs);
    return tray;
  }

  /**
   * @param {Example[]} examples
   * @param {number | undefined} chosen
   */
  show(examples, chosen) {
    for (const [code, thumbs] of this.#thumbs) {
      thumbs.replaceChildren(...examples.filter(({ label }) => label === code).map((example) => {
        const canvas = element('canvas');
        drawSeen(canvas, example.seen);
        const thumb = button({ name: `Picture ${example.id}, ${code}${example.use === 'check' ? ', held back' : ''}` }, () => this.#onChoose(example), canvas);
        thumb.classList.toggle('held', example.use === 'check');
        thumb.setAttribute('aria-pressed', String(example.id === chosen));
        return thumb;
      }));
    }
  }
}
