import { Host } from '../host.js';
import { Staff } from '../staff.js';

/**
 * @typedef {import('../index.js').Example} Example
 * @typedef {(question: import('../session.js').Question) => Promise<any>} Ask
 * @typedef {{staff: () => Staff, files: Promise<import('../assets.js').Assets>, timeLimitMs: number, side: number}} Parts of a learner; `side` of its network's input
 */

/** A teacher and for which examples the learner's worker has its answers. It has a worker only while it answers. */
export class Tutor {
  #parts;
  #weights;
  /** Views that were answered, by example. @type {Map<number, number>} */
  #taught = new Map();
  #told = false;

  /**
   * @param {Parts} parts
   * @param {Promise<{weights: Uint8Array | undefined, head: Uint8Array | undefined}>} weights of the teacher, and its projection head where that is a file of its own
   */
  constructor(parts, weights) {
    this.#parts = parts;
    this.#weights = weights;
    weights.catch(() => {}); // whoever asks sees the error
  }

  /** The learner's worker is a fresh one, which knows no answers. */
  forget() {
    this.#taught.clear();
    this.#told = false;
  }

  /**
   * Sees to it that the learner's worker has answers for all examples in so many views.
   * @param {Example[]} examples
   * @param {number} views
   * @param {Ask} learner
   * @param {{signal: AbortSignal | undefined, onTaught: ((progress: {done: number, total: number}) => void) | undefined}} watch
   */
  async teach(examples, views, learner, { signal, onTaught }) {
    const missing = examples.filter(({ id }) => (this.#taught.get(id) ?? 0) < views);
    if (missing.length === 0) return;
    const { weights, head } = await this.#weights;
    const files = this.#parts.files.then((files) => ({
      ...files, weights: /** @type {Uint8Array<ArrayBuffer>} */ (weights), head, heads: undefined, teacher: this.#parts.side, ...('threads' in files && { threads: 1 }),
    }));
    const host = new Host(this.#parts.staff(), files, this.#parts.timeLimitMs);
    /** @type {Ask} */
    const teacher = (question) => host.call(async function* () {
      return yield question;
    }, signal);
    try {
      if (!this.#told) await learner({ action: 'teacher', taught: await teacher({ action: 'taught' }) });
      this.#told = true;
      const total = missing.reduce((sum, { id }) => sum + views - (this.#taught.get(id) ?? 0), 0);
      let done = 0;
      onTaught?.({ done, total });
      for (const { id, seen } of missing) {
        for (let view = this.#taught.get(id) ?? 0; view < views; view += 1) {
          const taps = await teacher({ action: 'ask', square: seen, view });
          await learner({ action: 'teach', example: id, view, taps });
          onTaught?.({ done: (done += 1), total });
        }
        this.#taught.set(id, views);
      }
    } finally {
      // Its memory is the page's again.
      host.close();
    }
  }
}
