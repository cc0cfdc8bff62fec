import { loadAssets } from './assets.js';
import { DermError, aborted } from './errors.js';
import { Host } from './host.js';
import { supportedBuild } from './protocol.js';

/**
 * @typedef {import('./index.js').Source} Source
 * @typedef {import('./index.js').CreateOptions} CreateOptions
 * @typedef {import('./index.js').Classifier} Classifier
 */

const TIME_LIMIT_MS = 30_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Loads code and weights and starts the worker; see index.d.ts.
 * @param {CreateOptions} [given]
 * @returns {Promise<Classifier>}
 */
export async function createClassifier(given) {
  const options = given ?? {};
  const start = performance.now();
  const { signal, timeLimitMs = TIME_LIMIT_MS } = options;
  if (!(timeLimitMs > 0 && timeLimitMs <= LONGEST_TIMER_MS)) {
    throw new DermError('argument', `timeLimitMs is ${timeLimitMs}; allowed is more than 0 and at most ${LONGEST_TIMER_MS}`);
  }
  if (signal?.aborted) throw aborted(signal);
  const build = chooseBuild(options.build);
  const assets = loadAssets(build, options);
  const host = new Host(() => spawn(options.worker), assets, timeLimitMs);
  const stop = () => host.close();
  signal?.addEventListener('abort', stop);
  try {
    const [{ code, weights, released }, { card }] = await Promise.all([assets, host.open()]);
    if (signal?.aborted) throw aborted(signal);
    const firstLoadBytes = code.length + weights.length;
    return handle(host, { build, card, released, loadMs: performance.now() - start, firstLoadBytes });
  } catch (error) {
    host.close();
    throw signal?.aborted ? aborted(signal) : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** @param {import('./index.js').Build | undefined} wanted */
function chooseBuild(wanted) {
  const best = supportedBuild();
  if (!best) throw new DermError('unsupported-browser', 'this browser has no workers or no WebAssembly SIMD', 'Use a browser from 2023 or later.');
  if (wanted === undefined) return best;
  if (wanted !== 'relaxed-simd' && wanted !== 'simd128') {
    throw new DermError('argument', `build is "${wanted}"; allowed are "relaxed-simd" and "simd128"`);
  }
  if (wanted === 'relaxed-simd' && best !== wanted) {
    throw new DermError('unsupported-browser', 'this browser has no relaxed-simd', 'Leave build out: the fastest one that works is chosen.');
  }
  return wanted;
}

/** @param {CreateOptions['worker']} address */
function spawn(address) {
  // Bundlers look for exactly the second form. An address of the caller's may be a TrustedScriptURL, so it is passed on as it is.
  if (address !== undefined) return new Worker(/** @type {string} */ (address), { type: 'module' });
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
}

/**
 * @param {Host} host
 * @param {import('./index.js').Info} info
 * @returns {Classifier}
 */
function handle(host, info) {
  /**
   * @param {'classify' | 'explain' | 'embed'} action
   * @param {Source} source
   * @param {import('./index.js').CallOptions} [options]
   */
  const photograph = async (action, source, options) => {
    const { signal, ...rest } = options ?? {};
    const copy = bytesOf(source);
    return host.call({ action, source: copy, options: rest }, copy instanceof Uint8Array ? [copy.buffer] : [], signal);
  };
  /** @type {Classifier} */
  const classifier = {
    info: Object.freeze(info),
    classify: (source, options) => photograph('classify', source, options),
    explain: (source, options) => photograph('explain', source, options),
    embed: (source, options) => photograph('embed', source, options),
    async logits(input, options) {
      if (!(input instanceof Float32Array)) throw new DermError('argument', 'the input is no Float32Array');
      return host.call({ action: 'logits', input }, [], options?.signal);
    },
    close: () => host.close(),
    // Older browsers have no such symbol; nobody can ask for it there.
    [Symbol.dispose ?? Symbol('dispose')]: () => host.close(),
  };
  return Object.freeze(classifier);
}

/**
 * A blob as it is (the worker reads it), bytes as a copy that can be handed over.
 * @param {Source} source
 * @returns {Blob | Uint8Array<ArrayBuffer>}
 */
function bytesOf(source) {
  if (source instanceof Blob) return source;
  try {
    if (source instanceof ArrayBuffer && !source.detached) return new Uint8Array(source.slice(0));
    if (source instanceof Uint8Array) return new Uint8Array(source);
  } catch {
    // Its buffer was handed to somebody else; there is nothing left to read.
  }
  throw new DermError('argument', 'the photograph is no Blob, File, ArrayBuffer or Uint8Array', 'Give the encoded file: JPEG, PNG or WebP.');
}
