/**
 * The photographs of this visit and the calls for them. One call at a time: what the reader looks at comes first and aborts its own
 * outdated call; photographs that still wait are answered afterwards, one by one.
 */

import { unlessAborted } from '../model/abort.js';
import { largest, same } from '../photograph/square.js';
import { underMix } from './mix.js';

/**
 * @typedef {import('../../lib/index.js').Answer} Answer
 * @typedef {import('../../lib/index.js').Classifier} Classifier
 * @typedef {import('../../lib/index.js').DermError} DermError
 * @typedef {import('../photograph/square.js').Square} Square
 * @typedef {import('./mix.js').Mix} Mix
 * @typedef {{photograph: Photograph, controller: AbortController, stopped: boolean}} Call
 * @typedef {Partial<Pick<Photograph, 'answer' | 'answeredPrior' | 'card'>> & Pick<Photograph, 'state' | 'error' | 'loadFailed'>} Outcome
 */

/**
 * @typedef {object} Photograph
 * @property {File} file
 * @property {string} url blob address of the file, for showing it
 * @property {boolean} synthetic
 * @property {{width: number, height: number} | null} size once shown
 * @property {Square | null} square the box, null for the network's own framing
 * @property {true | import('../../lib/index.js').ClassCode} explain class of the map; true: the top class
 * @property {'waiting' | 'working' | 'answered' | 'error' | 'stopped'} state
 * @property {Answer | null} answer the last one, perhaps outdated while `working`
 * @property {Mix} answeredPrior what that answer holds for
 * @property {import('../../lib/index.js').Card | null} card of the weights that gave it
 * @property {DermError | null} error
 * @property {boolean} loadFailed the error is the network's loading, not this photograph
 * @property {Call | null} call the last one for it
 */

/** A changing box is asked about once it has rested this long. */
const REST_MS = 180;

export class Visit {
  #classifier;
  #onChange;
  /** @type {Photograph[]} */
  #photographs = [];
  /** @type {Photograph | null} */
  #current = null;
  /** @type {Mix} */
  #prior = 'training';
  /** @type {Call | null} */
  #call = null;
  /** The photograph whose box was moved a moment ago, and the timer that will ask about it. @type {Photograph | null} */
  #resting = null;
  #timer = 0;

  /** @param {{classifier: () => Promise<Classifier>, onChange: (photograph: Photograph) => void}} options */
  constructor({ classifier, onChange }) {
    this.#classifier = classifier;
    this.#onChange = onChange;
  }

  /** @returns {readonly Photograph[]} */
  get photographs() {
    return this.#photographs;
  }

  /** The one that is looked at. */
  get current() {
    return this.#current;
  }

  get prior() {
    return this.#prior;
  }

  /**
   * Takes files in and opens the first of them.
   * @param {readonly File[]} files
   * @param {{limit: number, synthetic?: boolean}} options `limit` photographs are kept at once: each one holds its file in memory
   * @returns {number} how many found no room
   */
  add(files, { limit, synthetic = false }) {
    const room = Math.max(0, limit - this.#photographs.length);
    const taken = files.slice(0, room).map((file) => this.#photograph(file, synthetic));
    this.#photographs.push(...taken);
    if (taken[0]) this.open(taken[0]);
    return files.length - taken.length;
  }

  /** @param {Photograph} photograph */
  open(photograph) {
    if (this.#resting !== photograph) this.#postpone();
    this.#current = photograph;
    if (photograph.state === 'waiting' || lacksMap(photograph)) {
      this.#run(photograph);
    } else {
      this.#onChange(photograph);
      this.#continueWaiting();
    }
  }

  /** @param {Photograph} photograph */
  remove(photograph) {
    const index = this.#photographs.indexOf(photograph);
    if (index < 0) return;
    this.#photographs.splice(index, 1);
    if (this.#resting === photograph) this.#postpone();
    if (this.#call?.photograph === photograph) this.#call.controller.abort();
    URL.revokeObjectURL(photograph.url);
    if (this.#current !== photograph) return;
    this.#current = null;
    const neighbour = this.#photographs[Math.min(index, this.#photographs.length - 1)];
    if (neighbour) this.open(neighbour);
  }

  clear() {
    for (const photograph of [...this.#photographs].reverse()) this.remove(photograph);
  }

  again() {
    if (this.#current) this.#run(this.#current);
  }

  /** The network has loaded after all: goes on with whoever failed for want of it. */
  resume() {
    for (const photograph of this.#photographs) if (photograph.loadFailed) Object.assign(photograph, { state: 'waiting', loadFailed: false });
    if (this.#current?.state === 'waiting') this.#run(this.#current);
    else this.#continueWaiting();
  }

  stop() {
    if (!this.#call) return;
    this.#call.stopped = true;
    this.#call.controller.abort();
  }

  /** @param {Square} square */
  setSquare(square) {
    const photograph = this.#current;
    if (!photograph) return;
    photograph.square = square;
    clearTimeout(this.#timer);
    this.#resting = photograph;
    this.#timer = setTimeout(() => this.#run(photograph), REST_MS);
  }

  /** @param {import('../../lib/index.js').ClassCode} code */
  setExplain(code) {
    if (!this.#current) return;
    this.#current.explain = code;
    this.#run(this.#current);
  }

  /** Every answer holds for another mix from now on. The network is asked for no more than the map that the reader then sees. @param {Mix} next */
  setPrior(next) {
    this.#prior = next;
    for (const photograph of this.#photographs) if (this.#move(photograph)) this.#onChange(photograph);
    if (this.#current && lacksMap(this.#current)) this.#run(this.#current);
  }

  /** Whether the answer held for another mix than the present one, which it now does. @param {Photograph} photograph */
  #move(photograph) {
    const { state, answer, answeredPrior: before, card, explain } = photograph;
    const next = this.#prior;
    if (state !== 'answered' || !answer || !card || before === next) return false;
    Object.assign(photograph, { answer: underMix(answer, { before, next, explain }, card), answeredPrior: next });
    return true;
  }

  /** @param {Photograph} photograph */
  async #run(photograph) {
    if (this.#resting === photograph) this.#resting = null;
    this.#postpone();
    this.#call?.controller.abort();
    /** @type {Call} */
    const mine = { photograph, controller: new AbortController(), stopped: false };
    this.#call = mine;
    photograph.call = mine;
    photograph.state = 'working';
    this.#onChange(photograph);
    const outcome = await this.#ask(photograph, mine);
    if (this.#call === mine) this.#call = null;
    // A newer call for the same photograph reports for both; a forgotten photograph needs no report.
    if (photograph.call !== mine) return;
    if (!this.#photographs.includes(photograph)) return this.#continueWaiting();
    Object.assign(photograph, outcome);
    // The mix may have changed while the network was at work.
    this.#move(photograph);
    this.#onChange(photograph);
    if (photograph === this.#current && lacksMap(photograph)) this.#run(photograph);
    else if (!photograph.loadFailed) this.#continueWaiting();
  }

  /**
   * What the call did to its photograph: the fields that change. Never rejects.
   * @param {Photograph} photograph
   * @param {Call} call
   * @returns {Promise<Outcome>}
   */
  async #ask(photograph, { controller: { signal } }) {
    const prior = this.#prior;
    const failed = (/** @type {unknown} */ error, /** @type {boolean} */ loadFailed) => {
      if (!signal.aborted) return /** @type {Outcome} */ ({ error, loadFailed, state: 'error' });
      return /** @type {Outcome} */ ({ error: null, loadFailed: false, state: photograph.call?.stopped ? 'stopped' : 'waiting' });
    };
    let ready;
    try {
      ready = await unlessAborted(this.#classifier(), signal);
    } catch (error) {
      return failed(error, true);
    }
    try {
      const { card } = ready.info;
      const crop = cropOf(photograph, card.framing);
      const answer = await ready.classify(photograph.file, { crop, prior, explain: photograph.explain, signal });
      return { answer, answeredPrior: prior, card, error: null, loadFailed: false, state: 'answered' };
    } catch (error) {
      return failed(error, false);
    }
  }

  /** A moved box that the reader leaves before it was asked about takes its turn with the photographs that wait. */
  #postpone() {
    clearTimeout(this.#timer);
    if (this.#resting && this.#photographs.includes(this.#resting)) this.#resting.state = 'waiting';
    this.#resting = null;
  }

  /** The next photograph that nobody looks at yet. */
  #continueWaiting() {
    const next = this.#call ? undefined : this.#photographs.find((photograph) => photograph.state === 'waiting');
    if (next) this.#run(next);
  }

  /** @param {File} file @param {boolean} synthetic @returns {Photograph} */
  #photograph(file, synthetic) {
    return {
      file,
      url: URL.createObjectURL(file),
      synthetic,
      size: null,
      square: null,
      explain: true,
      state: 'waiting',
      answer: null,
      answeredPrior: this.#prior,
      card: null,
      error: null,
      loadFailed: false,
      call: null,
    };
  }
}

/** Whether its answer was moved to a mix under which another class leads, whose map nobody has asked for yet. @param {Photograph} photograph */
function lacksMap({ state, answer }) {
  return state === 'answered' && answer?.map === null;
}

/**
 * The box as the classifier wants it. The largest centred square is what a `centre_square` network takes by itself, so it is left to
 * it and the answer is the command line's to the last bit.
 * @param {Photograph} photograph
 * @param {string} framing
 */
function cropOf({ square, size }, framing) {
  if (!square || !size) return undefined;
  if (framing === 'centre_square' && same(square, largest(size))) return undefined;
  return { x: square.x, y: square.y, width: square.side, height: square.side };
}
