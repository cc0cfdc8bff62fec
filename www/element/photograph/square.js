/**
 * The arithmetic of the crop box: squares of whole pixels inside a photograph. Pure functions, no page.
 *
 * @typedef {{x: number, y: number, side: number}} Square in pixels of the photograph as it stands upright
 * @typedef {{width: number, height: number}} Size
 * @typedef {{x: number, y: number}} Point
 * @typedef {'nw' | 'ne' | 'sw' | 'se'} Corner
 */

/** The smallest side a box may have: below it a 224-pixel network only sees enlarged dots. */
export const SMALLEST = 48;

/** @type {(value: number, low: number, high: number) => number} */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The smallest side allowed in a photograph, which may itself be smaller than `SMALLEST`. @param {Size} size */
export function smallestSide(size) {
  return Math.min(SMALLEST, size.width, size.height);
}

/** The largest centred square. @param {Size} size */
export function largest(size) {
  const side = Math.min(size.width, size.height);
  return { x: Math.floor((size.width - side) / 2), y: Math.floor((size.height - side) / 2), side };
}

/** The nearest square of whole pixels that lies inside the photograph. @param {Square} square @param {Size} size */
export function inside(square, size) {
  const side = Math.round(clamp(square.side, smallestSide(size), Math.min(size.width, size.height)));
  return {
    x: Math.round(clamp(square.x, 0, size.width - side)),
    y: Math.round(clamp(square.y, 0, size.height - side)),
    side,
  };
}

/**
 * The square moved by (dx, dy), stopped at the photograph's edges.
 * @param {Square} square
 * @param {number} dx
 * @param {number} dy
 * @param {Size} size
 */
export function moved(square, dx, dy, size) {
  return inside({ ...square, x: square.x + dx, y: square.y + dy }, size);
}

/**
 * The square with another side about the same centre, pushed back inside where it would stick out.
 * @param {Square} square
 * @param {number} side
 * @param {Size} size
 */
export function resized(square, side, size) {
  const kept = clamp(side, smallestSide(size), Math.min(size.width, size.height));
  const shift = (square.side - kept) / 2;
  return inside({ x: square.x + shift, y: square.y + shift, side: kept }, size);
}

/**
 * The square of the same side centred on a point.
 * @param {Square} square
 * @param {Point} point
 * @param {Size} size
 */
export function centred(square, point, size) {
  return inside({ ...square, x: point.x - square.side / 2, y: point.y - square.side / 2 }, size);
}

/**
 * The square after one corner was dragged to `point`; the opposite corner stays where it is.
 * @param {Square} square
 * @param {Corner} corner
 * @param {Point} point
 * @param {Size} size
 * @returns {Square}
 */
export function cornerDragged(square, corner, point, size) {
  const west = corner.endsWith('w');
  const north = corner.startsWith('n');
  const anchor = { x: west ? square.x + square.side : square.x, y: north ? square.y + square.side : square.y };
  const room = Math.min(west ? anchor.x : size.width - anchor.x, north ? anchor.y : size.height - anchor.y);
  const wished = Math.max(west ? anchor.x - point.x : point.x - anchor.x, north ? anchor.y - point.y : point.y - anchor.y);
  const side = Math.round(clamp(wished, Math.min(smallestSide(size), room), room));
  return { x: west ? anchor.x - side : anchor.x, y: north ? anchor.y - side : anchor.y, side };
}

/**
 * Whether two squares are the same.
 * @param {Square} a
 * @param {Square} b
 */
export function same(a, b) {
  return a.x === b.x && a.y === b.y && a.side === b.side;
}
