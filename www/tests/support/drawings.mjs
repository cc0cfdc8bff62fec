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

const PROJECTION = Object.fromEntries(['0', '2'].flatMap((layer) => [[`heads.projection.${layer}.weight`, [1280, 1280]], [`heads.projection.${layer}.bias`, [1280]]]));
const CONV_REG = (channels) => ({
  'heads.conv_reg.0.weight': [channels, 1280, 1, 1], 'heads.conv_reg.0.bias': [channels],
  ...Object.fromEntries(['weight', 'bias', 'running_mean', 'running_var'].map((name) => [`heads.conv_reg.1.${name}`, [channels]])),
});

/** A weight file with a projection head, as phase 1 would leave one, here of small numbers drawn from a seed. */
export const withHead = (file) => withHeads(file, PROJECTION, false);

/** A file of a projection head alone, and one of a student's training heads for a teacher of so many channels. */
export const headAlone = (file) => withHeads(file, PROJECTION, true);
export const trainingHeads = (file, channels) => withHeads(file, { ...PROJECTION, ...CONV_REG(channels) }, true);

function withHeads(file, shapes, alone) {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const { abstain, ...own } = JSON.parse(metadata.card);
  // Limits that read a network's maps are none of a file's without a network.
  const card = JSON.stringify(alone ? { ...own, heads: { alone, shapes } } : { ...own, ...(abstain && { abstain }), heads: { shapes } });
  const header = { __metadata__: { ...metadata, card }, ...(alone ? {} : tensors) };
  let end = alone ? 0 : file.length - 8 - length;
  const heads = Object.entries(shapes).map(([name, shape], at) => {
    const drawn = numbers(at + 7);
    // A variance is no small number about 0.
    const value = name.endsWith('running_var') ? () => 1 : () => (drawn.next().value - 0.5) / 18;
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, value);
    header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] };
    return data;
  });
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(32);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(text, 8);
  return new Blob([padded, ...(alone ? [] : [file.subarray(8 + length)]), ...heads]).arrayBuffer();
}
