/**
 * @typedef {import('../session.js').Session} Session
 * @typedef {import('../session.js').Question} Question
 * @typedef {{module: WebAssembly.Module, memory: WebAssembly.Memory}} Shared
 */

/** More threads than this have nothing to do: a step's work is cut by images. */
const MOST_THREADS = 16;
/** What a module with threads may ask for at most, in pages of 64 KiB: `learner_memory` of build.sh. */
const MOST_PAGES = 2 ** 15;

/**
 * On how many threads a learner can run here: `wanted`, or else one core less than there are, which is the page's; one where pages have no shared
 * memory, as all have that are not cross-origin isolated.
 * @param {number | undefined} wanted
 */
export function threadsHere(wanted) {
  if (!globalThis.crossOriginIsolated) return 1;
  try {
    // A browser may still refuse it.
    new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  } catch {
    return 1;
  }
  return Math.min(wanted ?? Math.max(1, (navigator.hardwareConcurrency || 1) - 1), MOST_THREADS);
}

/**
 * Several workers in one memory that live and end together: one leads and answers, the others are threads of its pool. A worker may start none
 * itself, so its owner starts them all, each from the same script. Of the threads that are wanted there are as many as workers can be had: without a
 * connection perhaps no more than stood by.
 *
 * To its host it is one session.
 */
export class Crew {
  #staff;
  #threads;
  /** @type {Session} */
  #leader;
  /** @type {Session[]} */
  #followers = [];
  /** Followers that run in the leader's memory. */
  #joined = 0;

  /**
   * @param {import('../staff.js').Staff} staff
   * @param {number} threads
   */
  constructor(staff, threads) {
    this.#staff = staff;
    this.#threads = threads;
    this.#leader = staff.next();
  }

  get alive() {
    return this.#leader.alive;
  }

  get memory() {
    return this.#leader.memory;
  }

  /**
   * @param {Question} question
   * @returns {Promise<any>}
   */
  ask(question) {
    if (question.action === 'compile') return this.#start(question.code);
    return this.#leader.ask(question.action === 'open' ? { ...question, threads: this.#joined + 1 } : question);
  }

  /** @param {import('../errors.js').DermError} reason */
  end(reason) {
    for (const session of [this.#leader, ...this.#followers]) session.end(reason);
  }

  /** @param {import('../protocol.js').CompileRequest['code']} code */
  async #start(code) {
    /** @type {Shared} */
    const shared = await this.#leader.ask({ action: 'found', code });
    const joined = await this.#gather(shared);
    this.#joined = joined.length;
    for (const session of [this.#leader, ...joined]) session.ask({ action: 'stay' }).catch((reason) => this.end(reason));
    // The spare workers that are followers now are to be replaced.
    void this.#staff.restock();
    return shared.module;
  }

  /**
   * The followers that could be had.
   * @param {Shared} shared
   */
  async #gather(shared) {
    const join = async () => {
      if (!this.alive) throw new Error('the crew has ended');
      const session = this.#staff.next();
      this.#followers.push(session);
      await session.ask({ action: 'join', ...shared });
      return session;
    };
    const tried = await Promise.allSettled(Array.from({ length: this.#threads - 1 }, join));
    return tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }
}

/**
 * A staff that sends out crews.
 * @param {import('../staff.js').Staff} staff
 * @param {number} threads
 * @returns {import('../host.js').Supply}
 */
export function crews(staff, threads) {
  return {
    next: () => new Crew(staff, threads),
    restock: () => staff.restock(),
    get ready() {
      return staff.ready;
    },
    close: (reason) => staff.close(reason),
  };
}
