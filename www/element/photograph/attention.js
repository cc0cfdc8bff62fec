/**
 * Where the network looked, from its class activation map. Pure: a map in, a finding out; look.js writes the sentence.
 *
 * Only positive values count: they are what spoke for the class. With weights wᵢ = max(0, vᵢ):
 * the weighted centroid is (Σ wᵢ xᵢ, Σ wᵢ yᵢ) / Σ wᵢ, in −1 … 1 from the left (top) edge's cell to the right (bottom) edge's;
 * the spread is the smallest share of cells that together hold `CORE` of Σ wᵢ.
 */

/** The part of the weight that counts as "most of it". */
const CORE = 0.75;
/** A spread up to this is one place (for a blob of 3 × 4 of the 49 cells), up to `AROUND` a place and what is round it. */
const FOCUSED = 0.25;
const AROUND = 0.5;
/** A map whose spread reaches this is even. `CORE` itself would be perfectly even. */
const EVEN = 0.7;
/** Nearer to the middle than this is "the middle", farther out than `EDGE` an edge or corner. */
const MIDDLE = 0.3;
const EDGE = 0.7;
/** A centroid with less than this share of the strongest value lies between places rather than in one. */
const HOLLOW = 0.4;

/**
 * What a map shows.
 * @param {ArrayLike<number>} values row by row, `side` × `side`
 * @param {number} side
 * @returns {{kind: "nothing" | "focused" | "around" | "several" | "wide" | "even", place: string, x: number, y: number, spread: number}}
 *   `place` is a key of the messages' places; `nothing` (no positive finite value) has the place "middle".
 */
export function attention(values, side) {
  const weights = Array.from(values, (value) => (Number.isFinite(value) && value > 0 ? value : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0 || weights.length !== side * side) return { kind: 'nothing', place: 'middle', x: 0, y: 0, spread: 0 };
  const at = (/** @type {number} */ index) => ({ x: position(index % side, side), y: position(Math.floor(index / side), side) });
  const centroid = { x: 0, y: 0 };
  weights.forEach((weight, index) => {
    centroid.x += (weight / total) * at(index).x;
    centroid.y += (weight / total) * at(index).y;
  });
  const spread = spreadOf(weights, total);
  if (spread >= EVEN) return { kind: 'even', place: 'middle', ...centroid, spread };
  const strongest = weights.indexOf(Math.max(...weights));
  const hollow = valueNear(weights, side, centroid) < HOLLOW * (weights[strongest] ?? 0);
  if (spread > AROUND) return { kind: 'wide', place: placeOf(at(strongest), 'part'), ...centroid, spread };
  if (hollow) return { kind: 'several', place: placeOf(at(strongest)), ...centroid, spread };
  return { kind: spread <= FOCUSED ? 'focused' : 'around', place: placeOf(centroid), ...centroid, spread };
}

/** Column or row `index` of `side` in −1 … 1. @param {number} index @param {number} side */
function position(index, side) {
  return side > 1 ? (2 * index) / (side - 1) - 1 : 0;
}

/** @param {number[]} weights @param {number} total */
function spreadOf(weights, total) {
  const sorted = [...weights].sort((a, b) => b - a);
  let held = 0;
  let cells = 0;
  while (held < CORE * total && cells < sorted.length) held += sorted[cells++] ?? 0;
  return cells / sorted.length;
}

/**
 * The largest weight among the four cells round a point.
 * @param {number[]} weights
 * @param {number} side
 * @param {{x: number, y: number}} point
 */
function valueNear(weights, side, { x, y }) {
  const cell = (/** @type {number} */ value) => ((value + 1) / 2) * (side - 1);
  const columns = [Math.floor(cell(x)), Math.ceil(cell(x))];
  const rows = [Math.floor(cell(y)), Math.ceil(cell(y))];
  return Math.max(...rows.flatMap((row) => columns.map((column) => weights[row * side + column] ?? 0)));
}

/**
 * The key of a place: one of nine parts, or an edge or corner when it lies far out.
 * @param {{x: number, y: number}} point
 * @param {'edge' | 'part'} [detail]
 */
function placeOf({ x, y }, detail = 'edge') {
  const column = x < -MIDDLE ? 'left' : x > MIDDLE ? 'right' : '';
  const row = y < -MIDDLE ? 'top' : y > MIDDLE ? 'bottom' : '';
  if (!column && !row) return 'middle';
  const corner = column && row;
  const name = corner ? row + column.charAt(0).toUpperCase() + column.slice(1) : row || column;
  const far = corner ? Math.min(Math.abs(x), Math.abs(y)) > EDGE : Math.max(Math.abs(x), Math.abs(y)) > EDGE;
  return detail === 'edge' && far ? `${name}Edge` : name;
}
