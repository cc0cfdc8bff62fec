import { DermError, aborted, closed } from './errors.js';

/**
 * @typedef {import('./assets.js').Assets} Assets
 * @typedef {Pick<import('./assets.js').Loading, 'code' | 'whole'>} Early code that is compiled while the weights are on their way, and weights that are read
 *   while they are checked
 * @typedef {Pick<import('./session.js').Session, 'alive' | 'memory' | 'ask' | 'end'>} Session one worker, or several that live and end together
 * @typedef {import('./session.js').Question} Question
 * @typedef {Pick<import('./staff.js').Staff, 'restock' | 'ready' | 'close'> & {next: () => Session}} Supply of workers
 * @typedef {() => AsyncGenerator<Question, any, any>} Steps a call as questions for the worker, each asked when the one before is answered
 * @typedef {(ask: (question: Question) => Promise<any>) => Promise<void>} Recall
 * @typedef {{session: Session, opened: Promise<any>, memory: number, stocked: boolean}} Current the worker at work
 * @typedef {{steps: Steps, signal: AbortSignal | undefined, asked: boolean, done: boolean, settle: (error: unknown, value?: unknown) => void}} Job
 */

/** How long others wait for the step under way of a call that was stopped, before its worker is ended. */
const GRACE_MS = 1_000;
/** An instance never gives memory back, and a large photograph lets it grow: one that grew by this much ... */
const GROWN_BYTES = 128 * 1024 * 1024;
/** ... and has had nothing to do for this long is replaced. */
const IDLE_MS = 30_000;
/** A call that comes so soon after a worker has opened goes before the starting of spare ones. */
const PAUSE_MS = 100;
/** Spare workers that are not there by then count as not to be had now. */
const SPARE_MS = 1_000;

/**
 * Keeps one worker working: a queue of calls, whose steps it asks for one by one with a time limit for each, and a fresh worker when one
 * is lost. Compiled code and weights stay here, so that a fresh worker needs no download.
 */
export class Host {
  /** @type {Supply} */
  #staff;
  /** @type {Promise<Assets>} */
  #assets;
  #limit;
  /** @type {Recall | undefined} */
  #recall;
  /** @type {Job[]} */
  #queue = [];
  /** @type {Job | null} */
  #running = null;
  /** @type {Current | null} */
  #current = null;
  #settle = () => {};
  /** When spare workers stand by, or cannot be had. @type {Promise<void>} */
  settled = new Promise((settle) => (this.#settle = settle));
  #idle = 0;
  #closed = false;

  /**
   * @param {Supply} staff
   * @param {Promise<Assets>} assets
   * @param {number} limit milliseconds for one step
   * @param {Recall} [recall] brings a fresh worker to where the last one was; one with so much to lose is not replaced for its memory alone
   */
  constructor(staff, assets, limit, recall) {
    this.#staff = staff;
    this.#assets = assets;
    this.#limit = limit;
    this.#recall = recall;
  }

  /**
   * The worker's word about itself, once it has code and weights.
   * @param {Early} [early] what is there sooner
   * @returns {Promise<{card: import('./index.js').Card}>}
   */
  async open(early) {
    if (this.#closed) throw closed();
    if (!this.#current?.session.alive) this.#current = this.#begin(early);
    return this.#current.opened;
  }

  /**
   * @param {Steps} steps
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<any>} what the steps return
   */
  call(steps, signal) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed());
      if (signal?.aborted) return reject(aborted(signal));
      const onAbort = () => this.#abort(job);
      /** @type {Job} */
      const job = {
        steps,
        signal,
        asked: false,
        done: false,
        settle(error, value) {
          if (job.done) return;
          job.done = true;
          signal?.removeEventListener('abort', onAbort);
          if (error) reject(error);
          else resolve(value);
        },
      };
      signal?.addEventListener('abort', onAbort);
      this.#queue.push(job);
      this.#makeWay();
      this.#next();
    });
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idle);
    const jobs = this.#running ? [this.#running, ...this.#queue] : this.#queue;
    this.#queue = [];
    for (const job of jobs) job.settle(closed());
    this.#current?.session.end(closed());
    this.#current = null;
    this.#staff.close(closed());
    this.#settle();
    this.#assets = Promise.reject(closed());
    this.#assets.catch(() => {});
  }

  /** @param {Early} [early] */
  #begin({ code, whole } = { code: this.#assets.then((assets) => assets.code), whole: this.#assets }) {
    const session = this.#staff.next();
    const ask = (/** @type {Question} */ question) => within(this.#limit, session, session.ask(question));
    const opened = Promise.all([whole, code.then((code) => ask({ action: 'compile', code }))])
      .then(async ([assets, module]) => {
        assets.code = module;
        const { build, weights, teacher, head, heads, threads } = assets;
        const open = ask({ action: 'open', build, weights, teacher, head, heads, threads });
        // That a file is not what it should be comes before whatever that made of it.
        const card = await open.catch(async (error) => {
          await this.#assets;
          throw error;
        });
        await this.#recall?.(ask);
        current.memory = session.memory; // of an instance that has seen no photograph
        return { card };
      })
      .catch((error) => {
        session.end(error);
        throw error;
      });
    opened.catch(() => {}); // whoever awaits it sees the error; nobody need
    const current = { session, opened, memory: 0, stocked: false };
    // Not before, nor beside a first call: starting workers takes from one that works what it needs.
    opened.then(() => setTimeout(() => this.#running || this.#stock(current), PAUSE_MS), () => {});
    return current;
  }

  #next() {
    if (this.#running || this.#closed) return;
    clearTimeout(this.#idle);
    const job = this.#queue.shift();
    if (!job) return this.#rest();
    this.#running = job;
    void this.#run(job).finally(() => {
      this.#running = null;
      this.#stock(this.#current);
      // A lost worker is replaced now, not when somebody waits for it.
      if (!this.#closed && !this.#current?.session.alive) this.open().catch(() => {});
      this.#next();
    });
  }

  /** Spare workers for the next loss. @param {Current | null} current */
  #stock(current) {
    if (!current || current.stocked || this.#closed) return;
    current.stocked = true;
    const late = new Promise((done) => setTimeout(done, SPARE_MS));
    void Promise.race([this.#staff.restock(), late]).then(this.#settle);
  }

  /** @param {Job} job */
  async #run(job) {
    const steps = job.steps();
    try {
      await this.open();
      const session = this.#current?.session;
      if (!session) return;
      // A call that was stopped goes no further; the step under way has come to its end by itself.
      let step = await steps.next();
      while (!step.done && !job.done) {
        job.asked = true;
        step = await steps.next(await within(this.#limit, session, session.ask(step.value)));
      }
      job.settle(null, step.value);
    } catch (error) {
      job.settle(error);
    } finally {
      void steps.return(undefined);
    }
  }

  /** Nothing is left to do: memory that a large photograph took is given back, unless no other worker could be had. */
  #rest() {
    const current = this.#current;
    if (!current || this.#recall || current.session.memory - current.memory < GROWN_BYTES) return;
    this.#idle = setTimeout(() => {
      if (!this.#staff.ready) return;
      current.session.end(new DermError('worker-lost', 'the worker was replaced'));
      this.open().catch(() => {});
    }, IDLE_MS);
  }

  /** @param {Job} job */
  #abort(job) {
    job.settle(aborted(job.signal));
    this.#queue = this.#queue.filter((other) => other !== job);
    this.#makeWay();
  }

  /** A call that was stopped may finish its step while nobody waits; when somebody does, not for longer than a grace. */
  #makeWay() {
    const job = this.#running;
    const session = this.#current?.session;
    // A worker that is still opening is nobody's call: it goes on, and the next call finds it open.
    if (!job?.done || !job.asked || !session || this.#queue.length === 0) return;
    setTimeout(() => {
      if (this.#running === job && this.#queue.length > 0) session.end(aborted(job.signal));
    }, GRACE_MS);
  }
}

/**
 * The answer, or, when the limit passes first, the session's end and a `timeout`.
 * @template T
 * @param {number} limit
 * @param {Session} session
 * @param {Promise<T>} answer
 * @returns {Promise<T>}
 */
async function within(limit, session, answer) {
  const timer = setTimeout(() => {
    session.end(new DermError('timeout', `no answer within ${limit} ms`, 'Try a smaller photograph, or allow more time with timeLimitMs.'));
  }, limit);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}
