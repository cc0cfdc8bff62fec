/** Drawn examples: synthetic, pictures of nothing, the same every time. Two kinds that a network can learn to tell apart. */

/** Numbers in 0–1 from a seed (a linear congruence; nothing here needs better). @param {number} seed */
function stream(seed) {
  let state = (seed * 2_654_435_761) >>> 0;
  return (/** @type {number} */ from, /** @type {number} */ to) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  };
}

/**
 * @param {'NV' | 'VASC'} kind one brown spot, or red blots
 * @param {number} seed
 */
function draw(kind, seed) {
  const canvas = new OffscreenCanvas(256, 256);
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('this browser gives no canvas');
  const next = stream(seed + 1);
  const brown = kind === 'NV';
  pen.fillStyle = `rgb(${next(205, 235)} ${next(165, 190)} ${next(145, 170)})`;
  pen.fillRect(0, 0, 256, 256);
  for (let blot = 0; blot < (brown ? 1 : 7); blot += 1) {
    const spread = brown ? 28 : 68;
    const radius = brown ? next(42, 75) : next(13, 30);
    pen.fillStyle = brown ? `rgb(${next(90, 130)} ${next(58, 85)} ${next(38, 60)})` : `rgb(${next(150, 190)} ${next(20, 50)} ${next(50, 80)})`;
    pen.beginPath();
    pen.ellipse(128 + next(-spread, spread), 128 + next(-spread, spread), radius, radius * next(0.75, 1), next(0, 3), 0, 7);
    pen.fill();
  }
  return canvas;
}

/** Twelve of them with their classes. @returns {{canvas: OffscreenCanvas, label: 'NV' | 'VASC'}[]} */
export const starterSet = () => Array.from({ length: 12 }, (_, at) => {
  const label = at % 2 ? 'VASC' : 'NV';
  return { canvas: draw(label, at), label };
});
