/**
 * The photographs of this visit and the calls for them. One call at a time: what the reader looks at comes first and aborts its own
 * outdated call; photographs that still wait are answered afterwards, one by one.
 */

import { largest, same } from './square.js';

/** Photographs kept at once; each one holds its file in memory. */
export const LIMIT = 40;
/** A changing box is asked about once it has rested this long. */
const REST_MS = 180;

/**
 * @typedef {object} Photograph
 * @property {number} id
 * @property {File} file
 * @property {string} url blob address of the file, for showing it
 * @property {boolean} synthetic
 * @property {{width: number, height: number} | null} size once shown
 * @property {{x: number, y: number, side: number} | null} square the box, null for the network's own framing
 * @property {true | string} explain class of the map; true: the top class
 * @property {"waiting" | "working" | "answered" | "error" | "stopped"} state
 * @property {object | null} answer the last one, perhaps outdated while `working`
 * @property {"training" | "equal"} answeredPrior what that answer was asked under
 * @property {Error | null} error
 * @property {boolean} loadFailed the error is the network's loading, not this photograph
 */

/**
 * @param {{classifier: () => Promise<object>, onChange: (photograph: Photograph) => void}} options
 */
export function createVisit({ classifier, onChange }) {
  /** @type {Photograph[]} */
  const photographs = [];
  let current = null;
  let prior = 'training';
  let nextId = 1;
  let call = null;
  /** The photograph whose box was moved a moment ago, and the timer that will ask about it. */
  let resting = null;
  let timer = 0;

  async function run(photograph) {
    if (resting === photograph) resting = null;
    postpone();
    call?.controller.abort();
    const mine = { photograph, controller: new AbortController(), stopped: false };
    call = mine;
    photograph.call = mine;
    photograph.state = 'working';
    onChange(photograph);
    const outcome = await ask(photograph, mine);
    if (call === mine) call = null;
    // A newer call for the same photograph reports for both; a forgotten photograph needs no report.
    if (photograph.call !== mine) return;
    if (!photographs.includes(photograph)) return continueWaiting();
    Object.assign(photograph, outcome);
    onChange(photograph);
    if (!photograph.loadFailed) continueWaiting();
  }

  /** What the call did to its photograph: the fields that change. Never rejects. */
  async function ask(photograph, { controller: { signal } }) {
    const asked = prior;
    const given = () => ({ error: null, loadFailed: false, state: photograph.call.stopped ? 'stopped' : 'waiting' });
    let ready;
    try {
      ready = await unlessAborted(classifier(), signal);
    } catch (error) {
      return signal.aborted ? given() : { error, loadFailed: true, state: 'error' };
    }
    try {
      const crop = cropOf(photograph, ready.info.card.framing);
      const answer = await ready.classify(photograph.file, { crop, prior: asked, explain: photograph.explain, signal });
      return { answer, answeredPrior: asked, error: null, loadFailed: false, state: 'answered' };
    } catch (error) {
      return signal.aborted ? given() : { error, loadFailed: false, state: 'error' };
    }
  }

  /** A moved box that the reader leaves before it was asked about takes its turn with the photographs that wait. */
  function postpone() {
    clearTimeout(timer);
    if (resting && photographs.includes(resting)) resting.state = 'waiting';
    resting = null;
  }

  /** The next photograph that nobody looks at yet. */
  function continueWaiting() {
    const next = call ? null : photographs.find((photograph) => photograph.state === 'waiting');
    if (next) run(next);
  }

  function open(photograph) {
    if (resting !== photograph) postpone();
    current = photograph;
    const outdated = photograph.state === 'answered' && photograph.answeredPrior !== prior;
    if (photograph.state === 'waiting' || outdated) run(photograph);
    else {
      onChange(photograph);
      continueWaiting();
    }
  }

  function remove(photograph) {
    const index = photographs.indexOf(photograph);
    if (index < 0) return;
    photographs.splice(index, 1);
    if (resting === photograph) postpone();
    if (call?.photograph === photograph) call.controller.abort();
    URL.revokeObjectURL(photograph.url);
    if (current !== photograph) return;
    current = null;
    const neighbour = photographs[Math.min(index, photographs.length - 1)];
    if (neighbour) open(neighbour);
  }

  return {
    photographs,
    get current() {
      return current;
    },
    get prior() {
      return prior;
    },
    /** Takes files in and opens the first of them. Returns how many found no room. */
    add(files, synthetic = false) {
      const room = Math.max(0, LIMIT - photographs.length);
      const taken = files.slice(0, room).map((file) => ({
        id: nextId++,
        file,
        url: URL.createObjectURL(file),
        synthetic,
        size: null,
        square: null,
        explain: true,
        state: 'waiting',
        answer: null,
        answeredPrior: prior,
        error: null,
        loadFailed: false,
      }));
      photographs.push(...taken);
      if (taken.length) open(taken[0]);
      return files.length - taken.length;
    },
    open,
    remove,
    clear() {
      for (const photograph of [...photographs].reverse()) remove(photograph);
    },
    again: () => current && run(current),
    /** The network has loaded after all: goes on with whoever failed for want of it. */
    resume() {
      for (const photograph of photographs) if (photograph.loadFailed) Object.assign(photograph, { state: 'waiting', loadFailed: false });
      if (current?.state === 'waiting') run(current);
      else continueWaiting();
    },
    stop() {
      if (!call) return;
      call.stopped = true;
      call.controller.abort();
    },
    setSquare(square) {
      const photograph = current;
      photograph.square = square;
      clearTimeout(timer);
      resting = photograph;
      timer = setTimeout(() => run(photograph), REST_MS);
    },
    setExplain(code) {
      current.explain = code;
      run(current);
    },
    /** Asks everybody anew under another prior: what is looked at first, the others after it. */
    setPrior(next) {
      prior = next;
      for (const photograph of photographs) if (photograph.state === 'answered' && photograph.answeredPrior !== next) photograph.state = 'waiting';
      if (current) run(current);
    },
  };
}

/** Waits for the shared load, but no longer than this one call wants to. */
function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(Object.assign(new Error('aborted'), { code: 'aborted' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject);
  });
}

/**
 * The box as the classifier wants it. The largest centred square is what a `centre_square` network takes by itself, so it is left to
 * it and the answer is the command line's to the last bit.
 */
function cropOf({ square, size }, framing) {
  if (!square || !size) return undefined;
  if (framing === 'centre_square' && same(square, largest(size))) return undefined;
  return { x: square.x, y: square.y, width: square.side, height: square.side };
}
