/** A run that starts, pauses and goes on: it pulls one step after the other from the learner, as long as nobody pauses it. */

/**
 * @typedef {import('../../lib/index.js').Learner} Learner
 * @typedef {import('../../lib/index.js').StepReport} StepReport
 * @typedef {import('../../lib/index.js').DistillOptions} DistillOptions
 */

export class Runner {
  #learner;
  #settings;
  #watch;
  /** @type {AsyncGenerator<StepReport, void, void> | null} */
  #run = null;
  /** How many reports there were when each run began. @type {number[]} */
  #begun = [];
  /** Whether the run under way has taken a step. */
  #stepped = false;
  /** @type {StepReport[]} */
  reports = [];
  running = false;
  /** How many views the teacher has answered, while it does. @type {{done: number, total: number} | null} */
  taught = null;

  /**
   * @param {() => Learner} learner
   * @param {() => DistillOptions} settings
   * @param {{onChange: () => void, onStep: (report: StepReport) => Promise<void>, onError: (error: unknown) => void}} watch
   *   `onStep` shows a step; the next one waits for it
   */
  constructor(learner, settings, watch) {
    this.#learner = learner;
    this.#settings = settings;
    this.#watch = watch;
  }

  /** Goes on until it is paused. */
  async start() {
    this.running = true;
    this.#watch.onChange();
    while (this.running && (await this.step()));
    this.pause();
  }

  pause() {
    this.running = false;
    this.#watch.onChange();
  }

  /** One step; whether it was taken. */
  async step() {
    try {
      const { value: report } = await (this.#run ??= this.#begin()).next();
      this.taught = null;
      if (report) {
        this.#stepped = true;
        this.reports.push(report);
        await this.#watch.onStep(report);
      } else this.#run = null;
      this.#watch.onChange();
      return Boolean(report);
    } catch (error) {
      // A run that was refused at its beginning is none that could be taken back.
      if (!this.#stepped && /** @type {{code?: string}} */ (error).code !== 'not-finite') this.#begun.pop();
      this.#run = null;
      this.running = false;
      this.taught = null;
      this.#watch.onError(error);
      this.#watch.onChange();
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
    if (undone) this.reports = this.reports.slice(0, this.#begun.pop() ?? 0);
    this.#watch.onChange();
    return undone;
  }

  async reset() {
    this.change();
    this.running = false;
    await this.#learner().reset();
    this.reports = [];
    this.#begun = [];
    this.#watch.onChange();
  }

  #begin() {
    this.#stepped = false;
    this.#begun.push(this.reports.length);
    const onTaught = (/** @type {{done: number, total: number}} */ taught) => {
      this.taught = taught;
      this.#watch.onChange();
    };
    return this.#learner().distill({ ...this.#settings(), steps: Infinity, onTaught });
  }
}
