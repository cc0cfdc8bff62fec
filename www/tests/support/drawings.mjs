// Runs in the page: drawn spots of two kinds, which a network can learn to tell apart. Not photographs of anything.

/** Small numbers from a seed. */
function* numbers(seed) {
  for (let state = seed * 2_654_435_761 + 1; ; state = (state * 1_664_525 + 1_013_904_223) >>> 0) yield (state >>> 0) / 2 ** 32;
}

/**
 * A spot on skin: round and brown (`NV`), or red blots (`VASC`). The same for the same arguments.
 * @param {'NV' | 'VASC'} kind
 * @param {number} seed
 * @returns {Promise<Blob>}
 */
export async function drawing(kind, seed) {
  const drawn = numbers(seed);
  const next = (from, to) => from + (to - from) * drawn.next().value;
  const canvas = new OffscreenCanvas(256, 256);
  const context = canvas.getContext('2d');
  context.fillStyle = `rgb(${next(215, 235)} ${next(170, 190)} ${next(150, 170)})`;
  context.fillRect(0, 0, 256, 256);
  const blots = kind === 'NV' ? 1 : 7;
  for (let blot = 0; blot < blots; blot += 1) {
    const [x, y] = kind === 'NV' ? [next(100, 156), next(100, 156)] : [next(60, 196), next(60, 196)];
    const radius = kind === 'NV' ? next(45, 75) : next(14, 30);
    context.fillStyle = kind === 'NV' ? `rgb(${next(90, 130)} ${next(60, 85)} ${next(40, 60)})` : `rgb(${next(150, 190)} ${next(20, 50)} ${next(50, 80)})`;
    context.beginPath();
    context.ellipse(x, y, radius, radius * next(0.8, 1), next(0, 3), 0, 7);
    context.fill();
  }
  return canvas.convertToBlob({ type: 'image/png' });
}

/**
 * A learner with `count` drawings of the two kinds in turn.
 * @param {import('../../lib/index.js').Classifier} classifier
 */
export async function learnerWith(classifier, count, options) {
  const learner = await classifier.learner(options);
  for (let at = 0; at < count; at += 1) {
    const kind = at % 2 ? 'VASC' : 'NV';
    await learner.addExample(await drawing(kind, at), kind);
  }
  return learner;
}

/** Every report of a run. */
export async function reports(run) {
  const all = [];
  for await (const report of run) all.push(report);
  return all;
}

/** The tensors' SHA-256 of a weight file, whatever its card says. */
export async function tensorHash(file) {
  const head = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', file.subarray(head)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Bytes as text, which Playwright carries faster than a list of numbers. */
export const base64 = (bytes) => new Promise((resolve) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.split(',')[1]);
  reader.readAsDataURL(new Blob([bytes]));
});
