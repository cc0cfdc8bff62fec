import { RELEASE } from '../../pkg/release-learn.js';
import { addressOf, readCode } from '../assets.js';
import { questions } from '../classifier.js';
import { DermError, aborted } from '../errors.js';
import { Host } from '../host.js';
import { checkSignal, checked } from '../options.js';
import { copyBytes, isBytes, photographOf } from '../source.js';
import { Staff } from '../staff.js';
import { crews, threadsHere } from './crew.js';
import { Downloads } from './downloads.js';
import { Keeping } from './keeping.js';
import { Tutor } from './teacher.js';

/**
 * @typedef {import('../index.js').Learner} Learner
 * @typedef {import('../index.js').Use} Use
 * @typedef {import('../index.js').Example} Example
 * @typedef {import('../index.js').StepReport} StepReport
 * @typedef {import('../session.js').Question} Question
 * @typedef {(progress: {done: number, total: number}) => void} OnTaught
 * @typedef {{steps: number, signal: AbortSignal | undefined, plan: {method: string, weights?: Partial<Record<import('./index.js').TermName, number>>}, onTaught?: OnTaught | undefined}} Run
 */

const LEARNER_OPTIONS = ['teacher', 'teacherHead', 'heads', 'worker', 'wasm', 'threads', 'onProgress', 'signal', 'timeLimitMs'];
const TERMS = ['cross_entropy', 'softened', 'transferred', 'similarity', 'distance', 'angle', 'gram'];
const PLAN = ['scope', 'norms', 'batch', 'rate', 'momentum', 'weightDecay', 'seed'];
const METHODS = ['ce', 'kd', 'd-kd', 'ssd-kd'];
/** With all its terms, a batch of four images makes 0.001 diverge. @type {Record<string, {rate?: number}>} */
const RATES = { 'ssd-kd': { rate: 0.0002 } };
const USES = ['auto', 'train', 'check', 'retained'];
const TIME_LIMIT_MS = 120_000;
const STEPS = 40;
/** A run's state comes to the page at its end, as often as this within it, and when nobody asks for a step: what a fresh worker goes on from. */
const SAVED_EVERY_MS = 5_000;
const IDLE_SAVED_MS = 1_000;

/** @type {import('../assets.js').File} */
const WORKER = [() => new URL('../../pkg/worker-learn.js', import.meta.url), 'worker-learn.js'];
const CODE = /** @type {Record<'simd' | 'relaxed' | 'threads', import('../assets.js').File>} */ ({
  simd: [() => new URL('../../pkg/learn/dermdistill_bg.wasm', import.meta.url), 'learn/dermdistill_bg.wasm'],
  relaxed: [() => new URL('../../pkg/learn-relaxed/dermdistill_bg.wasm', import.meta.url), 'learn-relaxed/dermdistill_bg.wasm'],
  threads: [() => new URL('../../pkg/learn-threads/dermdistill_bg.wasm', import.meta.url), 'learn-threads/dermdistill_bg.wasm'],
});

/**
 * Loads the learn module and starts its worker; see index.d.ts.
 * @param {import('../index.js').LearnerOptions | undefined} given
 * @param {import('../index.js').CreateOptions} options of the classifier
 * @param {import('../assets.js').Assets} from whose build runs here and whose weights are learned on
 * @param {number} side of its network's input
 * @returns {Promise<Learner>}
 */
export async function createLearner(given, { assets }, { build: fastest, weights }, side) {
  const { teacher, teacherHead, heads, worker, wasm, threads, onProgress, signal, timeLimitMs = TIME_LIMIT_MS } = checked(given, LEARNER_OPTIONS, 'learner');
  checkSignal(signal);
  checked(wasm, ['simd', 'relaxed', 'threads'], 'wasm');
  // The classifier's, unless there is no file of it.
  const build = wasm?.relaxed === undefined && wasm?.simd !== undefined ? 'simd128' : fastest;
  if (!(timeLimitMs > 0)) throw new DermError('argument', `timeLimitMs is ${timeLimitMs}; allowed is more than 0`);
  if (!(threads === undefined || (Number.isInteger(threads) && threads >= 1))) {
    throw new DermError('argument', `threads is ${threads}; allowed is a whole number from 1 on`);
  }
  if (teacherHead !== undefined && teacher === undefined) throw new DermError('argument', 'there is a teacherHead and no teacher', 'Give the teacher that it belongs to.');
  if (signal?.aborted) throw aborted(signal);
  const loading = new AbortController();
  const watch = { onProgress, signal: loading.signal };
  const downloads = new Downloads();
  const read = (/** @type {import('../index.js').Asset | undefined} */ asset, /** @type {import('./downloads.js').Name} */ file) => (
    asset === undefined ? undefined : downloads.read(asset, file, watch)
  );
  const trained = read(heads, 'heads');
  /** @param {number} threads */
  const files = async (threads) => {
    const option = threads > 1 ? 'threads' : build === 'simd128' ? 'simd' : 'relaxed';
    const [code, heads] = await Promise.all([readCode(wasm?.[option] ?? addressOf(CODE[option], assets), RELEASE[option], watch), trained]);
    return { build, code, weights, released: false, heads, ...(threads > 1 && { threads }) };
  };
  const many = build === 'relaxed-simd' && (!wasm || wasm.threads !== undefined) ? threadsHere(threads) : 1;
  const parts = { staff: () => new Staff({ worker, assets }, WORKER), files: files(many), timeLimitMs, side };
  const taught = teacher === undefined ? null : Promise.all([read(teacher, 'teacher'), read(teacherHead, 'teacher-head')]);
  const state = new State(taught && new Tutor(parts, taught.then(([weights, head]) => ({ weights, head }))));
  const start = (/** @type {number} */ threads) => {
    const staff = parts.staff();
    return new Host(threads > 1 ? crews(staff, threads) : staff, parts.files, timeLimitMs, (ask) => state.recall(ask));
  };
  let host = start(many);
  const stop = () => {
    loading.abort(signal?.reason);
    host.close();
  };
  signal?.addEventListener('abort', stop);
  /** Threads are a gain, not a need: where they cannot be had after all, one does it. */
  const opened = async () => {
    try {
      await host.open();
    } catch (error) {
      if (many === 1 || loading.signal.aborted) throw error;
      host.close();
      parts.files = files(1);
      host = start(1);
      await host.open();
    }
  };
  try {
    await Promise.all([opened(), taught]);
    if (signal?.aborted) throw aborted(signal);
    return handle(host, state, downloads);
  } catch (error) {
    stop();
    throw signal?.aborted ? aborted(signal) : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** What a fresh worker needs to go on: the examples, and what was learned up to the last saved step. */
class State {
  /** @type {Map<number, Example>} */
  examples = new Map();
  /** @type {Uint8Array | null} */
  saved = null;
  /** The step that was saved last. */
  step = 0;
  /** Runs that have begun, and whatever ended one: a run goes on as long as this stays. */
  runs = 0;
  #opened = false;
  /** Whether the worker was replaced since the last run began. */
  replaced = false;

  /** @param {Tutor | null} tutor */
  constructor(tutor) {
    this.tutor = tutor;
  }

  /** @param {(question: Question) => Promise<any>} ask */
  async recall(ask) {
    if (this.#opened) {
      this.runs += 1;
      this.replaced = true;
    }
    this.#opened = true;
    this.tutor?.forget();
    for (const { id, label, use, seen } of this.examples.values()) await ask({ action: 'square', about: { id, label, use }, square: seen });
    if (this.saved) await ask({ action: 'import', bytes: this.saved });
  }
}

/**
 * @param {Host} host
 * @param {State} state
 * @param {Downloads} downloads
 * @returns {Learner}
 */
function handle(host, state, downloads) {
  let last = 0;
  /**
   * @param {Question} question
   * @param {AbortSignal} [signal]
   */
  const ask = (question, signal) => host.call(async function* () {
    return yield question;
  }, signal);

  const keeping = new Keeping(ask, downloads);

  /** Whatever changes the weights ends a run that is under way, and is saved. @param {Question} question */
  const change = async (question) => {
    state.runs += 1;
    const value = await ask(question);
    await save(0);
    return value;
  };

  /** @param {number} step */
  const save = async (step) => {
    state.saved = await ask({ action: 'state' });
    state.step = step;
    await keeping.save();
  };

  /**
   * @param {Run} run
   * @returns {AsyncGenerator<StepReport, void, void>}
   */
  async function* steps({ plan, steps, signal, onTaught }) {
    if (signal?.aborted) throw aborted(signal);
    // A worker that was just lost is replaced first: that ends runs, and is to end none that begins now.
    await host.open();
    state.replaced = false;
    const mine = ++state.runs;
    if (plan.method !== 'ce') {
      const examples = [...state.examples.values()].filter(({ use }) => use === 'auto' || use === 'train');
      await state.tutor?.teach(examples, plan.method === 'ssd-kd' ? 4 : 1, ask, { signal, onTaught });
    }
    for (const { id, use } of await ask({ action: 'begin', plan })) {
      const example = state.examples.get(id);
      if (example) state.examples.set(id, Object.freeze({ ...example, use }));
    }
    let saved = performance.now();
    let [taken, safe] = [0, 0];
    const saveAll = async () => {
      [saved, safe] = [performance.now(), taken];
      await save(taken);
    };
    // The next run finds out as well that a worker is lost.
    const saveRest = async () => void (taken > safe && mine === state.runs && (await saveAll().catch(() => {})));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let idle;
    try {
      for (let step = 0; step < steps; step += 1) {
        if (signal?.aborted) throw aborted(signal);
        if (mine !== state.runs) throw over(state);
        const report = await ask({ action: 'step' });
        if (mine !== state.runs && state.replaced) throw over(state);
        taken = report.step;
        if (performance.now() - saved > SAVED_EVERY_MS) await saveAll();
        idle = setTimeout(saveRest, IDLE_SAVED_MS);
        yield report;
        clearTimeout(idle);
      }
    } finally {
      clearTimeout(idle);
      await saveRest();
    }
  }

  /** @type {Learner} */
  const learner = {
    async addExample(source, label, given) {
      const { use = 'auto', crop, signal } = checked(given, ['use', 'crop', 'signal'], 'addExample');
      checkSignal(signal);
      if (!USES.includes(use)) throw new DermError('argument', `use is "${use}"; allowed are ${USES.join(', ')}`);
      const { posted } = photographOf(source);
      const id = ++last;
      const about = crop ? { id, label, use, crop } : { id, label, use };
      const seen = await host.call(async function* () {
        return yield { action: 'example', about, source: await posted };
      }, signal);
      const example = Object.freeze({ id, label, use, seen });
      state.examples.set(id, example);
      return example;
    },
    async removeExample(id) {
      const known = state.examples.delete(id);
      return (await ask({ action: 'remove', example: Number(id) })) && known;
    },
    examples: () => [...state.examples.values()],
    train: (given) => {
      const { steps: count, signal, ...plan } = runOf(given, 'train');
      return steps({ plan: { method: 'ce', ...plan }, steps: count, signal });
    },
    distill: (given) => {
      const { method = 'ssd-kd', temperature, weights = {}, onTaught, ...rest } = checked(given, ['method', 'temperature', 'weights', 'onTaught', 'steps', 'signal', ...PLAN], 'distill');
      checked(weights, TERMS, 'weights');
      if (!METHODS.includes(method)) throw new DermError('argument', `method is "${method}"; allowed are ${METHODS.join(', ')}`);
      const { steps: count, signal, ...plan } = runOf(rest, 'distill');
      const softened = temperature === undefined ? {} : { temperature };
      return steps({ plan: { method, ...RATES[method], ...plan, ...softened, weights }, steps: count, signal, onTaught });
    },
    matrices: () => ask({ action: 'matrices' }),
    async opinions(id) {
      const example = state.examples.get(id);
      if (!example) throw new DermError('argument', `there is no example ${id}`, 'Take one of examples().');
      await state.tutor?.teach([example], 1, ask, { signal: undefined, onTaught: undefined });
      return ask({ action: 'opinions', example: id });
    },
    evaluate: (given) => figures('evaluate', given),
    compare: (given) => figures('compare', given),
    undo: () => change({ action: 'undo' }),
    reset: () => change({ action: 'reset' }),
    async exportWeights(given) {
      const { resume = false, signal } = checked(given, ['resume', 'signal'], 'exportWeights');
      checkSignal(signal);
      return ask({ action: resume ? 'state' : 'export' }, signal);
    },
    async importWeights(bytes) {
      if (!isBytes(bytes)) throw new DermError('argument', 'the weights are no ArrayBuffer or Uint8Array', 'Give the bytes of the file.');
      await change({ action: 'import', bytes: copyBytes(bytes) });
    },
    async keep(given) {
      await keeping.begin({ ...checked(given, ['onKept', 'onEnd'], 'keep') });
    },
    async resume(given) {
      return keeping.resume({ ...checked(given, ['onKept', 'onEnd'], 'resume') }, (bytes) => change({ action: 'import', bytes }));
    },
    kept: () => keeping.kept,
    forget: () => keeping.forget(),
    ...questions(host),
    close: () => host.close(),
    [Symbol.dispose ?? Symbol('dispose')]: () => host.close(),
  };

  /**
   * @param {'evaluate' | 'compare'} action
   * @param {import('../index.js').FiguresOptions | undefined} given
   */
  const figures = async (action, given) => {
    const { signal, ...options } = checked(given, ['signal', 'prior'], action);
    checkSignal(signal);
    return ask({ action, options }, signal);
  };
  return Object.freeze(learner);
}

/**
 * A run's options, checked when the call is made and not at its first step.
 * @param {import('../index.js').TrainOptions | undefined} given
 * @param {string} call
 */
function runOf(given, call) {
  const { steps = STEPS, signal, ...plan } = checked(given, ['steps', 'signal', ...PLAN], call);
  checkSignal(signal);
  if (!(steps >= 1)) throw new DermError('argument', `steps is ${steps}; allowed is 1 or more`);
  // What is not given is the plan's own default, so that both are one plan.
  return { steps, signal, ...Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined)) };
}

/** @param {State} state */
function over({ replaced, step }) {
  if (!replaced) return new DermError('argument', 'this run is over: another one has begun, or the weights were changed', 'Begin it again.');
  const hint = 'Begin it again: with the same options it goes on from there.';
  return new DermError('worker-lost', `the worker was replaced; what was learned up to step ${step} is kept`, hint);
}
