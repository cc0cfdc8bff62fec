/** A tray a class: its thumbnails, and every way for a picture to come in. */

import { Camera, prefersOwnCamera } from '../../element/arriving/camera.js';
import { button, element } from '../../element/dom.js';
import { drawSeen } from '../../element/photograph/overlay.js';

/**
 * @typedef {import('../../element/words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').ClassCode} ClassCode
 * @typedef {import('../../lib/index.js').Example} Example
 * @typedef {{onFiles: (label: ClassCode, files: File[]) => void, onChoose: (example: Example) => void}} Watch
 */

export class Trays {
  #words;
  #watch;
  #camera;
  /** Whose tray the camera's picture goes to. @type {ClassCode} */
  #facing = 'NV';
  /** @type {Map<ClassCode, HTMLElement>} */
  #thumbs = new Map();
  /** Buttons by the picture of their example: another learner counts its examples anew. @type {Map<ImageData, HTMLButtonElement>} */
  #buttons = new Map();

  /**
   * @param {Words} words
   * @param {HTMLElement} place
   * @param {import('../../lib/index.js').Card} card
   * @param {Watch} watch
   */
  constructor(words, place, { classes, class_names }, watch) {
    this.#words = words;
    this.#watch = watch;
    this.#camera = new Camera(words, (file) => watch.onFiles(this.#facing, [file]));
    const trays = classes.map((code, at) => this.#tray(code, words.className(code, class_names[at])));
    place.replaceChildren(...trays, this.#camera.root);
    // A page that the browser keeps for going back must not keep the camera.
    addEventListener('pagehide', () => this.#camera.root.close());
  }

  /** @param {ClassCode} code @param {string} name */
  #tray(code, name) {
    const say = (/** @type {string} */ key) => this.#words.say(`lab.examples.${key}`, { name });
    const chosen = (/** @type {Record<string, string>} */ attributes) => {
      const input = element('input', { attributes: { type: 'file', accept: 'image/*', ...attributes } });
      input.addEventListener('change', () => {
        this.#watch.onFiles(code, [...(input.files ?? [])]);
        input.value = '';
      });
      return input;
    };
    const add = element('label', { className: 'file', text: say('add') }, chosen({ 'multiple': '', 'aria-label': say('addTo') }));
    // A phone's own camera app focuses close things far better than a live view.
    const camera = prefersOwnCamera()
      ? element('label', { className: 'file', text: say('camera') }, chosen({ 'capture': 'environment', 'aria-label': say('cameraTo') }))
      : button({ text: say('camera'), name: say('cameraTo') }, () => {
          this.#facing = code;
          void this.#camera.open();
        });
    const thumbs = element('div', { className: 'thumbs' });
    const marker = element('span', { className: 'marker', attributes: { 'aria-hidden': 'true' } });
    const head = element('header', {}, marker, element('span', { className: 'name', text: `${name} (${code})` }), element('span', { className: 'ways' }, add, camera));
    const tray = element('div', { className: 'tray', attributes: { 'data-class': code, 'role': 'group', 'aria-label': name } }, head, thumbs);
    const over = (/** @type {DragEvent} */ event) => {
      event.preventDefault();
      tray.classList.toggle('over', event.type === 'dragover');
      if (event.type === 'drop') this.#watch.onFiles(code, [...(event.dataTransfer?.files ?? [])]);
    };
    for (const type of /** @type {const} */ (['dragover', 'dragleave', 'drop'])) tray.addEventListener(type, over);
    tray.addEventListener('paste', (event) => this.#watch.onFiles(code, [...(event.clipboardData?.files ?? [])]));
    this.#thumbs.set(code, thumbs);
    return tray;
  }

  /**
   * @param {Example[]} examples
   * @param {number | undefined} chosen
   */
  show(examples, chosen) {
    for (const [picture, thumb] of this.#buttons) {
      if (examples.some(({ seen }) => seen === picture)) continue;
      thumb.remove();
      this.#buttons.delete(picture);
    }
    for (const example of examples) {
      const thumb = this.#buttons.get(example.seen) ?? this.#thumb(example);
      const held = example.use === 'check';
      thumb.classList.toggle('held', held);
      if (held) thumb.dataset['held'] = this.#words.say('lab.examples.held');
      thumb.setAttribute('aria-label', this.#words.say(`lab.examples.${held ? 'heldPicture' : 'picture'}`, { n: example.id, code: example.label }));
      thumb.setAttribute('aria-pressed', String(example.id === chosen));
    }
  }

  /** @param {Example} example */
  #thumb(example) {
    const canvas = element('canvas');
    drawSeen(canvas, example.seen);
    const thumb = button({}, () => this.#watch.onChoose(example), canvas);
    this.#thumbs.get(example.label)?.append(thumb);
    this.#buttons.set(example.seen, thumb);
    return thumb;
  }
}
