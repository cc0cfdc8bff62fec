import { DermError, aborted, closed } from './errors.js';
import { Session } from './session.js';

/**
 * @typedef {import('./assets.js').Assets} Assets
 * @typedef {import('./session.js').Question} Question
 * @typedef {{question: Question, transfer: Transferable[], signal: AbortSignal | undefined, done: boolean, asked: boolean,
 *   settle: (error: unknown, value?: unknown) => void}} Job
 */

/** How long a stopped call may take to come to its own end before its worker is ended. */
const GRACE_MS = 200;

/**
 * Keeps one worker working: a queue of one job at a time, a time limit for each, and a fresh worker when one is lost.
 * The bytes of code and weights stay here, so that a fresh worker needs no download.
 */
export class Host {
  /** @type {() => Worker} */
  #spawn;
  /** @type {Promise<Assets>} */
  #assets;
  #limit;
  /** @type {Job[]} */
  #queue = [];
  /** @type {Job | null} */
  #running = null;
  /** @type {{session: Session, opened: Promise<any>} | null} */
  #current = null;
  #closed = false;

  /**
   * @param {() => Worker} spawn
   * @param {Promise<Assets>} assets
   * @param {number} limit milliseconds for one job
   */
  constructor(spawn, assets, limit) {
    this.#spawn = spawn;
    this.#assets = assets;
    this.#limit = limit;
  }

  /**
   * The worker's word about itself, once it has code and weights.
   * @returns {Promise<{card: import('./index.js').Card}>}
   */
  async open() {
    if (this.#closed) throw closed();
    if (!this.#current?.session.alive) this.#current = this.#begin();
    return this.#current.opened;
  }

  /**
   * @param {Question} question
   * @param {Transferable[]} transfer
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<any>}
   */
  call(question, transfer, signal) {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closed());
      if (signal?.aborted) return reject(aborted(signal));
      const onAbort = () => this.#abort(job);
      /** @type {Job} */
      const job = {
        question,
        transfer,
        signal,
        done: false,
        asked: false,
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
      this.#next();
    });
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    const jobs = this.#running ? [this.#running, ...this.#queue] : this.#queue;
    this.#queue = [];
    for (const job of jobs) job.settle(closed());
    this.#current?.session.end(closed());
    this.#current = null;
    this.#assets = Promise.reject(closed());
    this.#assets.catch(() => {});
  }

  #begin() {
    const session = new Session(this.#worker());
    const opened = this.#assets
      .then((assets) => within(this.#limit, session, session.ask({ action: 'open', ...assets })))
      .catch((error) => {
        session.end(error);
        throw error;
      });
    opened.catch(() => {}); // whoever awaits it sees the error; nobody need
    return { session, opened };
  }

  #worker() {
    try {
      return this.#spawn();
    } catch (error) {
      // A script from another origin, or one that the page's policy forbids.
      throw new DermError('worker-lost', `the worker could not be started: ${error}`, 'Serve the worker from the page\'s own origin, and allow it in worker-src.');
    }
  }

  #next() {
    if (this.#running || this.#closed) return;
    const job = this.#queue.shift();
    if (!job) return;
    this.#running = job;
    void this.#run(job).finally(() => {
      this.#running = null;
      // A lost worker is replaced now, not when somebody waits for it.
      if (!this.#closed && !this.#current?.session.alive) this.open().catch(() => {});
      this.#next();
    });
  }

  /** @param {Job} job */
  async #run(job) {
    try {
      await this.open();
      const session = this.#current?.session;
      if (job.done || !session) return;
      job.asked = true;
      job.settle(null, await within(this.#limit, session, session.ask(job.question, job.transfer)));
    } catch (error) {
      job.settle(error);
    }
  }

  /** @param {Job} job */
  #abort(job) {
    job.settle(aborted(job.signal));
    this.#queue = this.#queue.filter((other) => other !== job);
    const session = this.#current?.session;
    // A worker that is still opening is nobody's call: it goes on, and the next call finds it open.
    if (this.#running !== job || !job.asked || !session) return;
    setTimeout(() => {
      if (this.#running === job) session.end(aborted(job.signal));
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
