/** The square box over the photograph: moved and resized by mouse, touch, buttons or keys. */

import { button, element } from '../dom.js';
import { centred, cornerDragged, inside, largest, moved, resized, same } from './square.js';

/**
 * @typedef {import('./square.js').Square} Square
 * @typedef {import('./square.js').Size} Size
 */

/** One press of a key moves or grows the box by this share of the photograph's shorter side. */
const STEP = 0.02;
/** One press of the buttons changes the side by this factor. */
const ZOOM = 1.25;
/** @type {import('./square.js').Corner[]} */
const CORNERS = ['nw', 'ne', 'sw', 'se'];
/** @type {Record<string, readonly [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Crop {
  #words;
  #stage;
  #onChange;
  #hole = element('span');
  #output = element('output', { className: 'quiet' });
  /** The box in words, for those who do not see it. */
  #value = element('p', { className: 'box-value visually-hidden', attributes: { id: 'box-value', role: 'status' } });
  /** @type {{size: Size, square: Square} | null} */
  #open = null;

  /**
   * @param {import('../words/words.js').Words} words
   * @param {HTMLElement} stage shows the photograph whole and centred; the box and the shade round it are put on it
   * @param {{heat: HTMLCanvasElement, onChange: (square: Square) => void}} options `heat` lies inside the box; `onChange` is called on every
   *   change by the reader
   */
  constructor(words, stage, { heat, onChange }) {
    this.#words = words;
    this.#stage = stage;
    this.#onChange = onChange;
    this.shade = element('div', { className: 'shade', attributes: { 'aria-hidden': 'true' } }, this.#hole);
    const handles = CORNERS.map((corner) => element('span', { className: `handle ${corner}`, attributes: { 'data-corner': corner } }));
    // Two keys move it sideways and two up and down, which is no slider's one value: an application, told apart by its own name.
    this.box = element(
      'div',
      {
        className: 'crop',
        attributes: {
          'tabindex': '0',
          'role': 'application',
          'aria-label': words.say('photograph.box'),
          'aria-roledescription': words.say('photograph.boxRole'),
          'aria-describedby': 'box-value box-help',
        },
      },
      heat,
      ...handles,
    );
    /** @param {'smaller' | 'larger'} key @param {'minus' | 'plus'} sign @param {(square: Square, size: Size) => Square} act */
    const icon = (key, sign, act) =>
      button({ name: words.say(`photograph.${key}`), className: `icon ${key}` }, () => this.#act(act), element('span', { className: sign }));
    this.controls = element(
      'div',
      { className: 'crop-controls off' },
      icon('smaller', 'minus', (square, size) => resized(square, square.side / ZOOM, size)),
      icon('larger', 'plus', (square, size) => resized(square, square.side * ZOOM, size)),
      button({ text: words.say('photograph.reset'), className: 'reset' }, () => this.#act((_, size) => largest(size))),
      this.#output,
    );
    const help = element('p', { className: 'visually-hidden', text: words.say('photograph.boxHelp'), attributes: { id: 'box-help' } });
    this.help = element('div', {}, this.#value, help);
    stage.append(this.shade, this.box);
    this.box.addEventListener('pointerdown', (event) => this.#drag(event));
    this.box.addEventListener('keydown', (event) => this.#press(event));
    new ResizeObserver(() => this.#draw()).observe(stage);
    this.close();
  }

  /**
   * Shows the box for a photograph; `wanted` is the box it had before, if any. Does not call `onChange`.
   * @param {Size} size
   * @param {Square | null} wanted
   * @returns {Square}
   */
  open(size, wanted) {
    this.#open = { size, square: wanted ? inside(wanted, size) : largest(size) };
    this.#show(true);
    this.#draw();
    return { ...this.#open.square };
  }

  /** Takes the box away, as for a file that cannot be shown. */
  close() {
    this.#open = null;
    this.#show(false);
    this.#output.textContent = '';
    this.#value.textContent = '';
  }

  /** Brings the box to where the reader pressed beside it. @param {MouseEvent} event */
  bring(event) {
    this.#act((square, size) => centred(square, this.#pointIn(event), size));
  }

  /** @param {boolean} on */
  #show(on) {
    this.box.hidden = !on;
    this.shade.hidden = !on;
    this.controls.classList.toggle('off', !on);
  }

  /** Where the photograph lies on the stage. @param {Size} size */
  #placed({ width, height }) {
    const { clientWidth, clientHeight } = this.#stage;
    const scale = Math.min(clientWidth / width, clientHeight / height);
    return { scale, left: (clientWidth - width * scale) / 2, top: (clientHeight - height * scale) / 2 };
  }

  #draw() {
    if (!this.#open || this.#stage.clientWidth === 0) return;
    const { size, square } = this.#open;
    const { scale, left, top } = this.#placed(size);
    const side = square.side * scale;
    place(this.box, left + square.x * scale, top + square.y * scale, side, side);
    place(this.shade, left, top, size.width * scale, size.height * scale);
    place(this.#hole, square.x * scale, square.y * scale, side, side);
    this.#value.textContent = this.#words.say('photograph.boxValue', { ...square });
    this.#output.textContent = this.#words.say('photograph.boxShort', { side: square.side, ...size });
  }

  /** @param {(square: Square, size: Size) => Square} act */
  #act(act) {
    if (!this.#open) return;
    const next = act(this.#open.square, this.#open.size);
    if (same(next, this.#open.square)) return;
    this.#open.square = next;
    this.#draw();
    this.#onChange({ ...next });
  }

  /** A pointer's place in pixels of the photograph. @param {MouseEvent} event */
  #pointIn(event) {
    if (!this.#open) return { x: 0, y: 0 };
    const bounds = this.#stage.getBoundingClientRect();
    const { scale, left, top } = this.#placed(this.#open.size);
    return { x: (event.clientX - bounds.left - left) / scale, y: (event.clientY - bounds.top - top) / scale };
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button !== 0 || !this.#open) return;
    event.preventDefault();
    const { box } = this;
    box.focus({ preventScroll: true });
    box.setPointerCapture(event.pointerId);
    const start = this.#pointIn(event);
    const before = this.#open.square;
    const corner = CORNERS.find((name) => event.target instanceof HTMLElement && event.target.dataset['corner'] === name);
    const move = (/** @type {PointerEvent} */ now) => {
      const point = this.#pointIn(now);
      this.#act((_, size) => (corner ? cornerDragged(before, corner, point, size) : moved(before, point.x - start.x, point.y - start.y, size)));
    };
    const dragged = new AbortController();
    box.addEventListener('pointermove', move, { signal: dragged.signal });
    for (const end of /** @type {const} */ (['pointerup', 'pointercancel'])) {
      box.addEventListener(end, () => dragged.abort(), { signal: dragged.signal });
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#open || event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.#open.size;
    const step = Math.max(1, Math.round(Math.min(width, height) * STEP));
    const arrow = ARROWS[event.key];
    if (event.key === 'Home') this.#act((_, size) => largest(size));
    else if (arrow && event.shiftKey) this.#act((square, size) => resized(square, square.side + (arrow[0] - arrow[1]) * 2 * step, size));
    else if (arrow) this.#act((square, size) => moved(square, arrow[0] * step, arrow[1] * step, size));
    else return;
    event.preventDefault();
  }
}

/**
 * @param {HTMLElement} node
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
function place(node, left, top, width, height) {
  Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
