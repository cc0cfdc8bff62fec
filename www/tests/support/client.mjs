// Runs in the page: what the tests call through Playwright, with answers that survive its serialisation.
import * as dermdistill from '../../lib/index.js';

const plain = (value) => JSON.parse(JSON.stringify(value, (_, item) => {
  if (item instanceof ImageData) return { width: item.width, height: item.height, data: Array.from(item.data) };
  return ArrayBuffer.isView(item) ? Array.from(item) : item;
}));

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** The outcome of a promise as data: `{ok: value}` or the error's three fields and its class. */
const outcome = async (promise) => {
  try {
    return { ok: plain(await promise) };
  } catch (error) {
    const { code, message, hint } = error;
    return { code, message, hint, typed: error instanceof dermdistill.DermError && error instanceof Error };
  }
};

/** A photograph drawn here: a brown spot on skin, the same for the same arguments. */
async function photograph({ width = 320, height = 240, type = 'image/jpeg' } = {}) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'rgb(224 180 160)';
  context.fillRect(0, 0, width, height);
  for (let ring = 6; ring > 0; ring -= 1) {
    context.fillStyle = `rgb(${150 - 15 * ring} ${90 - 8 * ring} ${60 - 6 * ring})`;
    context.beginPath();
    context.ellipse(width * 0.45, height * 0.52, (width * ring) / 22, (height * ring) / 18, 0.5, 0, 7);
    context.fill();
  }
  return canvas.convertToBlob({ type, quality: 0.9 });
}

/** Deterministic network input, roughly normal. */
function numbers(length, seed = 1) {
  let state = seed >>> 0;
  const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32);
  return Float32Array.from({ length }, () => next() + next() + next() + next() - 2);
}

globalThis.client = {
  ...dermdistill,
  classifier: null,
  bytesOf,
  outcome,
  photograph,
  numbers,
  progress: [],
  async open({ weightsBase64, ...options }) {
    this.classifier?.close();
    this.progress = [];
    const weights = weightsBase64 === undefined ? {} : { weights: bytesOf(weightsBase64) };
    const created = dermdistill.createClassifier({ ...options, ...weights, onProgress: (step) => this.progress.push(step) });
    return outcome(created.then(async (classifier) => {
      this.classifier = classifier;
      await classifier.settled;
      return classifier.info;
    }));
  },
  async ask(name, base64, options) {
    return outcome(this.classifier[name](base64 ? bytesOf(base64) : await photograph(), options));
  },
};
