/** Drawings: synthetic, pictures of nothing, the same every time. */

/** Numbers in 0–1 from a seed (a linear congruence; nothing here needs better). @param {number} seed */
function stream(seed) {
  let state = (seed * 2_654_435_761) >>> 0;
  return (/** @type {number} */ from, /** @type {number} */ to) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  };
}

/** How many blots a kind has, how far from the middle, how large, and their colour: red, green and blue, each from and to. */
const KINDS = {
  NV: { blots: 1, spread: 28, radius: [42, 75], colour: [90, 130, 58, 85, 38, 60] },
  VASC: { blots: 7, spread: 68, radius: [13, 30], colour: [150, 190, 20, 50, 50, 80] },
  dark: { blots: 4, spread: 30, radius: [25, 60], colour: [30, 70, 20, 45, 20, 45] },
  pale: { blots: 12, spread: 60, radius: [10, 26], colour: [190, 235, 165, 200, 110, 150] },
  pink: { blots: 3, spread: 24, radius: [35, 70], colour: [205, 235, 110, 145, 110, 145] },
  speckled: { blots: 26, spread: 52, radius: [4, 12], colour: [70, 140, 45, 90, 30, 70] },
};

/** @param {keyof typeof KINDS} kind @param {number} seed */
function draw(kind, seed) {
  const canvas = new OffscreenCanvas(256, 256);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser gives no canvas');
  const next = stream(seed + 1);
  const { blots, spread, radius: [least = 0, most = 0], colour: [r0 = 0, r1 = 0, g0 = 0, g1 = 0, b0 = 0, b1 = 0] } = KINDS[kind];
  pen.fillStyle = `rgb(${next(205, 235)} ${next(165, 190)} ${next(145, 170)})`;
  pen.fillRect(0, 0, 256, 256);
  for (let blot = 0; blot < blots; blot += 1) {
    const radius = next(least, most);
    pen.fillStyle = `rgb(${next(r0, r1)} ${next(g0, g1)} ${next(b0, b1)})`;
    pen.beginPath();
    pen.ellipse(128 + next(-spread, spread), 128 + next(-spread, spread), radius, radius * next(0.75, 1), next(0, 3), 0, 7);
    pen.fill();
  }
  return canvas;
}

/** Twelve drawings of two kinds that a network can learn to tell apart, with their classes. @returns {{canvas: OffscreenCanvas, label: 'NV' | 'VASC'}[]} */
export const starterSet = () => Array.from({ length: 12 }, (_, at) => {
  const label = at % 2 ? 'VASC' : 'NV';
  return { canvas: draw(label, at), label };
});

/** Twelve drawings of other kinds, of no class. */
export const checkSet = () => /** @type {const} */ (['dark', 'pale', 'pink', 'speckled']).flatMap((kind) => [100, 101, 102].map((seed) => draw(kind, seed)));
