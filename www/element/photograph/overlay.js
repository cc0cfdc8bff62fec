/** The class activation map as a picture: smooth between the cells, cool to bright, clear where nothing spoke for the class. */

import { pen } from '../dom.js';

/** Colours from low to high: blue, bluish green, yellow (Okabe–Ito), told apart by lightness alone too. */
const RAMP = /** @type {const} */ ([
  [0, 62, 120],
  [0, 158, 115],
  [240, 228, 66],
]);

/**
 * A map as RGBA pixels. Values are scaled so that the largest is 1; what is not positive is transparent.
 * @param {ArrayLike<number>} values row by row, `side` × `side`
 * @param {number} side
 * @param {number} width side of the picture in pixels
 * @returns {Uint8ClampedArray<ArrayBuffer>} `width` × `width` × 4; all zero when no value is positive
 */
export function heatPixels(values, side, width) {
  const pixels = new Uint8ClampedArray(width * width * 4);
  let peak = 0;
  for (let i = 0; i < values.length; i++) peak = Math.max(peak, values[i] || 0);
  if (peak <= 0) return pixels;
  const along = Array.from({ length: width }, (_, pixel) => taps(pixel, width, side));
  const cell = (/** @type {number} */ row, /** @type {number} */ column) => Math.max(0, values[row * side + column] || 0) / peak;
  // First every row of cells is stretched, then the columns of that.
  const stretched = Array.from({ length: side }, (_, row) => along.map((near) => weighted(near, (column) => cell(row, column))));
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const value = weighted(along[y] ?? [], (row) => stretched[row]?.[x] ?? 0);
      pixels.set([...rampColour(value), 255 * Math.min(1, value * 1.25)], (y * width + x) * 4);
    }
  }
  return pixels;
}

/**
 * Draws a map on square canvases of one size at full strength; their opacity is the page's business. No map: clears them.
 * @param {readonly HTMLCanvasElement[]} canvases
 * @param {import('../../lib/index.js').ClassMap | null} map
 */
export function drawHeat(canvases, map) {
  const width = canvases[0]?.width ?? 0;
  if (!width) return;
  const picture = map ? new ImageData(heatPixels(map.values, map.side, width), width) : new ImageData(width, width);
  for (const canvas of canvases) pen(canvas).putImageData(picture, 0, 0);
}

/** Draws the network's input on a canvas. @param {HTMLCanvasElement} canvas @param {ImageData} seen */
export function drawSeen(canvas, seen) {
  canvas.width = seen.width;
  canvas.height = seen.height;
  pen(canvas).putImageData(seen, 0, 0);
}

/**
 * The four cells round a pixel centre and their Catmull–Rom weights, which sum to 1. Cells beyond the border repeat it.
 * @typedef {{index: number, weight: number}[]} Taps
 * @param {number} pixel
 * @param {number} width
 * @param {number} side
 * @returns {Taps}
 */
function taps(pixel, width, side) {
  const position = ((pixel + 0.5) * side) / width - 0.5;
  const cell = Math.floor(position);
  const t = position - cell;
  const weights = [((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t];
  return weights.map((weight, i) => ({ index: Math.min(Math.max(cell - 1 + i, 0), side - 1), weight: weight / 2 }));
}

/** @param {Taps} near @param {(index: number) => number} valueOf */
function weighted(near, valueOf) {
  let sum = 0;
  for (const { index, weight } of near) sum += weight * valueOf(index);
  return sum;
}

/** The colour of a value in 0–1. @param {number} value @returns {number[]} red, green, blue */
export function rampColour(value) {
  const scaled = Math.min(Math.max(value, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(scaled), RAMP.length - 2);
  const part = scaled - low;
  const [from, to] = [RAMP[low] ?? RAMP[0], RAMP[low + 1] ?? RAMP[2]];
  return [0, 1, 2].map((channel) => (from[channel] ?? 0) * (1 - part) + (to[channel] ?? 0) * part);
}
