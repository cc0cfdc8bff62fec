import { loadAssets } from './assets.js';
import { chooseBuild } from './builds.js';
import { DermError, aborted } from './errors.js';
import { Host } from './host.js';
import { checkSignal, checked } from './options.js';
import { photographOf } from './source.js';
import { Staff } from './staff.js';

/**
 * @typedef {import('./index.js').Source} Source
 * @typedef {import('./index.js').CreateOptions} CreateOptions
 * @typedef {import('./index.js').Classifier} Classifier
 */

const CREATE_OPTIONS = ['assets', 'worker', 'wasm', 'weights', 'build', 'onProgress', 'signal', 'timeLimitMs'];
const TIME_LIMIT_MS = 30_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Loads code and weights and starts the worker; see index.d.ts.
 * @param {CreateOptions} [given]
 * @returns {Promise<Classifier>}
 */
export async function createClassifier(given) {
  const start = performance.now();
  const options = checkedOptions(given);
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  const build = chooseBuild(options.build, options.wasm);
  const staff = new Staff(options);
  const loading = new AbortController();
  const { code, whole, checked: assets } = loadAssets(build, options, loading.signal);
  const host = new Host(staff, assets, options.timeLimitMs ?? TIME_LIMIT_MS);
  // Whatever ends the creation ends the downloads that are still under way.
  const stop = () => {
    loading.abort(signal?.reason);
    host.close();
  };
  signal?.addEventListener('abort', stop);
  try {
    // The code as it came: the files keep what the first worker has compiled of it.
    const read = Promise.all([code, assets]).then(([code, { weights, released }]) => ({ released, first_load_bytes: byteLength(code) + weights.length }));
    const [{ released, first_load_bytes }, { card }] = await Promise.all([read, host.open({ code, whole })]);
    if (signal?.aborted) throw aborted(signal);
    const info = { build, card, released, load_ms: performance.now() - start, first_load_bytes };
    return handle(host, info, async (given) => (await import('./learn/learner.js')).createLearner(given, options, await assets, card.input_side));
  } catch (error) {
    stop();
    throw signal?.aborted ? aborted(signal) : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * @param {CreateOptions | undefined} given
 * @returns {CreateOptions}
 */
function checkedOptions(given) {
  const options = checked(given, CREATE_OPTIONS, 'createClassifier');
  checkSignal(options.signal);
  checked(options.wasm, ['simd', 'relaxed'], 'wasm');
  const { timeLimitMs = TIME_LIMIT_MS, onProgress } = options;
  if (!(timeLimitMs > 0 && timeLimitMs <= LONGEST_TIMER_MS)) {
    throw new DermError('argument', `timeLimitMs is ${timeLimitMs}; allowed is more than 0 and at most ${LONGEST_TIMER_MS}`);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') throw new DermError('argument', 'onProgress is no function');
  return options;
}

/** @param {Uint8Array | WebAssembly.Module} code */
function byteLength(code) {
  return code instanceof Uint8Array ? code.length : 0;
}

/**
 * @param {Host} host
 * @param {import('./index.js').Info} info
 * @param {Classifier['learner']} learner
 * @returns {Classifier}
 */
function handle(host, info, learner) {
  /** @type {Classifier} */
  const classifier = {
    info: Object.freeze(info),
    settled: host.settled,
    ...questions(host),
    async logits(input, options) {
      const { signal } = checked(options, ['signal'], 'logits');
      checkSignal(signal);
      if (!(input instanceof Float32Array)) throw new DermError('argument', 'the input is no Float32Array');
      return host.call(async function* () {
        return yield { action: 'logits', input };
      }, signal);
    },
    learner,
    close: () => host.close(),
    // Older browsers have no such symbol; nobody can ask for it there.
    [Symbol.dispose ?? Symbol('dispose')]: () => host.close(),
  };
  return Object.freeze(classifier);
}

/**
 * The calls about a photograph: three steps each, of which the worker leaves out what it has done already.
 * @param {Host} host
 * @returns {Pick<Classifier, 'classify' | 'explain' | 'embed'>}
 */
export function questions(host) {
  /**
   * @param {'answer' | 'explain' | 'embed'} last
   * @param {Source} source
   * @param {object | null | undefined} given
   * @param {readonly string[]} names of its options
   * @param {string} call
   */
  const photograph = async (last, source, given, names, call) => {
    const { signal, ...options } = /** @type {{signal?: AbortSignal}} */ (checked(given, ['signal', 'crop', ...names], call));
    checkSignal(signal);
    const { number, posted } = photographOf(source);
    return host.call(async function* () {
      yield { action: 'decode', photograph: number, source: await posted };
      yield { action: 'look', options };
      return yield { action: last, options };
    }, signal);
  };
  return {
    classify: (source, options) => photograph('answer', source, options, ['prior', 'explain'], 'classify'),
    explain: (source, options) => photograph('explain', source, options, ['class'], 'explain'),
    embed: (source, options) => photograph('embed', source, options, [], 'embed'),
  };
}
