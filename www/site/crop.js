/** The photograph on its stage and the square box over it: moved and resized by mouse, touch, buttons or keys. */

import { centred, cornerDragged, inside, largest, moved, resized, same } from './square.js';
import { element, say } from './words.js';

/** One press of a key moves or grows the box by this share of the photograph's shorter side. */
const STEP = 0.02;
/** One press of the buttons changes the side by this factor. */
const ZOOM = 1.25;
const CORNERS = ['nw', 'ne', 'sw', 'se'];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} stage holds an `img`, the `.shade` round the box with its hole, and the `.crop` box itself
 * @param {HTMLElement} controls holds `#smaller`, `#larger`, `#reset` and the `output`
 * @param {HTMLElement} value the box in words, which describe it
 * @param {(square: {x: number, y: number, side: number}) => void} onChange called on every change by the reader
 */
export function createCrop(stage, controls, value, onChange) {
  const image = stage.querySelector('img');
  const box = stage.querySelector('.crop');
  const shade = stage.querySelector('.shade');
  const hole = shade.firstElementChild;
  const output = controls.querySelector('output');
  let size = null;
  let square = null;

  // Two keys move it sideways and two up and down, which is no slider's one value: an application, told apart by its own name.
  box.setAttribute('aria-roledescription', say('photo.cropRole'));
  for (const corner of CORNERS) box.append(element('span', { className: `handle ${corner}`, attributes: { 'data-corner': corner } }));

  /** Where the photograph lies on the stage, which shows it whole and centred. */
  function placed() {
    const scale = Math.min(stage.clientWidth / size.width, stage.clientHeight / size.height);
    return { scale, left: (stage.clientWidth - size.width * scale) / 2, top: (stage.clientHeight - size.height * scale) / 2 };
  }

  function draw() {
    if (!size || stage.clientWidth === 0) return;
    const { scale, left, top } = placed();
    place(box, left + square.x * scale, top + square.y * scale, square.side * scale, square.side * scale);
    place(shade, left, top, size.width * scale, size.height * scale);
    place(hole, square.x * scale, square.y * scale, square.side * scale, square.side * scale);
    value.textContent = say('photo.cropValue', square);
    output.textContent = say('photo.cropShort', { side: square.side, width: size.width, height: size.height });
  }

  function change(next) {
    if (same(next, square)) return;
    square = next;
    draw();
    onChange({ ...square });
  }

  /** A pointer's place in pixels of the photograph. */
  function pointIn(event) {
    const bounds = stage.getBoundingClientRect();
    const { scale, left, top } = placed();
    return { x: (event.clientX - bounds.left - left) / scale, y: (event.clientY - bounds.top - top) / scale };
  }

  box.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !size) return;
    event.preventDefault();
    box.focus({ preventScroll: true });
    box.setPointerCapture(event.pointerId);
    const start = pointIn(event);
    const before = { ...square };
    const corner = event.target.dataset.corner;
    const move = (now) => {
      const point = pointIn(now);
      change(corner ? cornerDragged(before, corner, point, size) : moved(before, point.x - start.x, point.y - start.y, size));
    };
    const end = () => {
      box.removeEventListener('pointermove', move);
      box.removeEventListener('pointerup', end);
      box.removeEventListener('pointercancel', end);
    };
    box.addEventListener('pointermove', move);
    box.addEventListener('pointerup', end);
    box.addEventListener('pointercancel', end);
  });

  // A press beside the box brings it there: on a phone that is easier than dragging.
  image.addEventListener('click', (event) => {
    if (size) change(centred(square, pointIn(event), size));
  });

  box.addEventListener('keydown', (event) => {
    if (!size || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = Math.max(1, Math.round(Math.min(size.width, size.height) * STEP));
    const arrow = ARROWS[event.key];
    if (event.key === 'Home') change(largest(size));
    else if (arrow && event.shiftKey) change(resized(square, square.side + (arrow[0] - arrow[1]) * 2 * step, size));
    else if (arrow) change(moved(square, arrow[0] * step, arrow[1] * step, size));
    else return;
    event.preventDefault();
  });

  controls.querySelector('#smaller').addEventListener('click', () => size && change(resized(square, square.side / ZOOM, size)));
  controls.querySelector('#larger').addEventListener('click', () => size && change(resized(square, square.side * ZOOM, size)));
  controls.querySelector('#reset').addEventListener('click', () => size && change(largest(size)));
  new ResizeObserver(draw).observe(stage);

  return {
    /** Shows the box for a photograph of `width` × `height`; `wanted` is the box it had before, if any. Does not call `onChange`. */
    open({ width, height }, wanted) {
      size = { width, height };
      square = wanted ? inside(wanted, size) : largest(size);
      box.hidden = false;
      shade.hidden = false;
      controls.classList.remove('off');
      draw();
      return { ...square };
    },
    /** Takes the box away, as for a file that cannot be shown. */
    close() {
      size = null;
      box.hidden = true;
      shade.hidden = true;
      controls.classList.add('off');
      output.textContent = '';
    },
  };
}

function place(node, left, top, width, height) {
  Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
