/** A run that starts, pauses and goes on: it pulls one step after the other from the learner, as long as nobody pauses it. */

/**
 * @typedef {import('../../lib/index.js').Learner} Learner
 * @typedef {import('../../lib/index.js').StepReport} StepReport
 */

export class Runner {
  #learner;
  #settings;
  #onChange;
  #onError;
  /** @type {AsyncGenerator<StepReport, void, void> | null} */
  #run = null;
  /** How many reports there were when each run began. @type {number[]} */
  #begun = [];
  /** @type {StepReport[]} */
  reports = [];
  running = false;
  /** How far the teacher's answers are. */
  taught = '';

  /**
   * @param {() => Learner} learner
   * @param {() => import('../../lib/index.js').DistillOptions} settings
   * @param {() => void} onChange
   * @param {(error: unknown) => void} onError
   */
  constructor(learner, settings, onChange, onError) {
    this.#learner = learner;
    this.#settings = settings;
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /** Goes on until it is paused. */
  async start() {
    this.running = true;
    this.#onChange();
    while (this.running && (await this.step()));
    this.running = false;
    this.#onChange();
  }

  pause() {
    this.running = false;
    this.#onChange();
  }

  /** One step; whether it was taken. */
  async step() {
    try {
      const next = await (this.#run ??= this.#begin()).next();
      this.taught = '';
      if (next.done) this.#run = null;
      else this.reports.push(next.value);
      this.#onChange();
      return !next.done;
    } catch (error) {
      this.#run = null;
      this.running = false;
      this.taught = '';
      this.#onError(error);
      this.#onChange();
      return false;
    }
  }

  /** Other settings: the next step begins another run. */
  change() {
    void this.#run?.return();
    this.#run = null;
  }

  async undo() {
    this.change();
    this.running = false;
    const undone = await this.#learner().undo();
    if (undone) this.reports.length = this.#begun.pop() ?? 0;
    this.#onChange();
    return undone;
  }

  async reset() {
    this.change();
    this.running = false;
    await this.#learner().reset();
    this.reports = [];
    this.#begun = [];
    this.#onChange();
  }

  #begin() {
    this.#begun.push(this.reports.length);
    const onTaught = (/** @type {{done: number, total: number}} */ { done, total }) => {
      this.taught = `The teacher answers: ${done} of ${total} views.`;
      this.#onChange();
    };
    return this.#learner().distill({ ...this.#settings(), steps: Infinity, onTaught });
  }
}
