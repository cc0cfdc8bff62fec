/** One widget: the first screen, the stage, the answer and the strip, wired to a visit and to the network's loading. */

import { AnswerPanel } from './answer/answer.js';
import { createArriving } from './arriving/arriving.js';
import { Camera, prefersOwnCamera } from './arriving/camera.js';
import { createChooser, listenForFiles } from './arriving/files.js';
import { element, focusedIn } from './dom.js';
import { Status } from './model/status.js';
import { Look } from './photograph/look.js';
import { Stage } from './photograph/stage.js';
import { Strip } from './visit/strip.js';

/**
 * @typedef {import('./visit/visit.js').Photograph} Photograph
 * @typedef {import('./words/words.js').Words} Words
 * @typedef {object} Settings
 * @property {number} limit photographs open at once; 1: the next one takes the place of the one before
 * @property {boolean} camera whether it is offered
 * @property {boolean} samples whether drawn samples are offered
 * @property {HTMLElement | Document} area where photographs may be dropped and pasted
 */

export class Widget {
  #words;
  #visit;
  #loader;
  #settings;
  #status;
  #look;
  #stage;
  #answer;
  #strip;
  #arriving;
  #camera;
  #bench;
  #chooser;
  #capture;
  #notice = element('p', { className: 'notice', attributes: { role: 'status' } });
  #live = element('p', { className: 'live visually-hidden', attributes: { 'role': 'status', 'aria-live': 'polite' } });

  /**
   * @param {{words: Words, visit: import('./visit/visit.js').Visit, loader: import('./model/loader.js').Loader, settings: Settings,
   *   signal: AbortSignal}} given `signal` ends its listening
   */
  constructor({ words, visit, loader, settings, signal }) {
    this.#words = words;
    this.#visit = visit;
    this.#loader = loader;
    this.#settings = settings;
    const { camera, samples } = settings;
    const onFiles = (/** @type {File[]} */ files) => this.add(files);
    this.#status = new Status(words, {
      onStop: () => loader.stop(),
      onLoad: () => loader.load().catch(() => {}),
      onChange: (text) => this.#announce(text),
    });
    const multiple = settings.limit > 1;
    this.#chooser = createChooser({ name: words.say('arriving.choose'), multiple, onFiles });
    this.#capture = createChooser({ name: words.say('arriving.camera'), multiple: false, capture: true, onFiles });
    this.#camera = new Camera(words, (file) => this.add([file]));
    this.#arriving = createArriving(words, {
      camera,
      samples,
      onChoose: () => this.choose(),
      onCamera: () => this.#photograph(),
      onSample: (file) => this.add([file], true),
      onFailed: () => this.#note(words.say('arriving.sampleFailed')),
    });
    this.#look = new Look(words);
    this.#stage = new Stage(words, {
      heat: this.#look.heat,
      onSquare: (square) => {
        this.#look.stale(true);
        visit.setSquare(square);
      },
    });
    this.#answer = new AnswerPanel(words, {
      onPick: (code) => visit.setExplain(code),
      onStop: () => visit.stop(),
      onAgain: () => visit.again(),
      onOther: () => this.choose(),
      onEqual: (on) => visit.setPrior(on ? 'equal' : 'training'),
    });
    this.#strip = new Strip(words, {
      camera,
      several: multiple,
      onOpen: (photograph) => this.#open(photograph),
      onAdd: () => this.choose(),
      onCamera: () => this.#photograph(),
      onForget: () => this.#forget(() => visit.current && visit.remove(visit.current)),
      onForgetAll: () => this.#forget(() => visit.clear()),
    });
    this.#bench = element('div', { className: 'bench' }, this.#stage.root, this.#answer.root, this.#look.root);
    const dropping = element('div', { className: 'dropping', attributes: { 'aria-hidden': 'true' } });
    dropping.append(element('p', { text: words.say('arriving.anywhere') }));
    this.root = element(
      'div',
      { className: 'widget', attributes: { lang: words.lang, dir: words.dir } },
      this.#status.root,
      this.#notice,
      this.#arriving.root,
      this.#bench,
      this.#strip.root,
      dropping,
      this.#camera.root,
      this.#chooser.root,
      this.#capture.root,
      this.#live,
    );
    listenForFiles(settings.area, {
      onFiles,
      onNothing: () => this.#note(words.say('arriving.noFile')),
      onOver: (over) => this.root.classList.toggle('dragging', over),
      signal,
    });
    signal.addEventListener('abort', () => this.#camera.stop());
    this.#status.show(loader.state);
    this.#showCurrent();
    if (visit.current) this.changed(visit.current);
  }

  /** What a browser points at when it asks for a photograph that is missing. */
  get anchor() {
    return this.#arriving.anchor;
  }

  /** What it then says. */
  get required() {
    return this.#words.say('arriving.required');
  }

  focus() {
    if (this.#visit.current) this.#stage.heading.focus();
    else this.#arriving.focus();
  }

  choose() {
    this.#chooser.open();
  }

  /** @param {readonly File[]} files @param {boolean} [synthetic] */
  add(files, synthetic = false) {
    const { limit } = this.#settings;
    this.#note('');
    const one = limit === 1;
    if (one) this.#visit.clear();
    const left = this.#visit.add(one ? files.slice(0, 1) : files, { limit, synthetic });
    if (left > 0) this.#note(this.#words.say('arriving.tooMany', { count: limit }));
    this.#showCurrent();
  }

  /** A photograph's state has changed: the strip follows at once, the bench if it is the one on it. @param {Photograph} photograph */
  changed(photograph) {
    this.#strip.show(this.#visit.photographs, this.#visit.current);
    if (photograph !== this.#visit.current) return;
    const { state, answer, error } = photograph;
    if (answer && !this.#loader.info) {
      // Taken from the page and put back: the answer is shown once the network is there to tell about itself.
      this.#answer.working(true);
    } else if (state === 'answered' && answer) {
      this.#announce(this.#present(photograph, answer));
      // A map that belongs to no answer does not cover the photograph.
      this.#look.stale(Boolean(answer.abstained));
    } else if (state === 'error' && error) {
      this.#look.clear(false);
      this.#announce(this.#answer.error(error));
    } else if (state === 'stopped') {
      this.#look.clear(false);
      this.#answer.stopped();
    } else if (answer) {
      // Asked anew: its last answer stays in sight until the next one replaces it.
      this.#present(photograph, answer);
      this.#answer.busy();
    } else {
      this.#look.clear();
      this.#answer.working(!this.#loader.info);
    }
  }

  /** The photographs were taken away from outside. */
  cleared() {
    this.#showCurrent();
  }

  /** @param {import('./model/loader.js').State} state */
  loading(state) {
    this.#status.show(state);
  }

  /** Shows a photograph's answer; returns it in words. @param {Photograph} photograph @param {import('../lib/index.js').Answer} answer */
  #present({ answeredPrior: prior, explain }, answer) {
    this.#stage.check();
    const { info } = this.#loader;
    // No class is named unasked where none was judged: its map waits until the reader picks it among the figures.
    const sentence = this.#look.show(answer.abstained && explain === true ? { ...answer, map: null } : answer);
    return info ? this.#answer.answered(answer, { prior, wanted: this.#visit.prior, sentence, info }) : '';
  }

  #photograph() {
    if (prefersOwnCamera()) this.#capture.open();
    else this.#camera.open();
  }

  /** @param {Photograph} photograph */
  #open(photograph) {
    this.#visit.open(photograph);
    this.#showCurrent();
  }

  /** After forgetting, the focus goes where the reader can go on. @param {() => void} act */
  #forget(act) {
    act();
    this.#showCurrent();
    if (this.#visit.current) this.#strip.focus();
    else this.#arriving.focus();
  }

  /** Puts the opened photograph on the stage, or the first screen back when none is left. */
  #showCurrent() {
    const { current, photographs } = this.#visit;
    const wasFirst = !this.#arriving.root.hidden;
    const held = this.#arriving.root.contains(focusedIn(this.root));
    this.root.dataset['view'] = current ? 'bench' : 'empty';
    this.#arriving.root.hidden = Boolean(current);
    this.#bench.hidden = !current;
    this.#strip.root.hidden = !current;
    this.#strip.show(photographs, current);
    this.#stage.show(current);
    if (!current || !wasFirst) return;
    // The button that brought the first photograph is gone with the first screen.
    if (held) this.#stage.heading.focus({ preventScroll: true });
    if (this.root.isConnected) this.#stage.root.scrollIntoView({ block: 'nearest' });
  }

  /** One line about what just happened. @param {string} words */
  #note(words) {
    this.#notice.textContent = words;
  }

  /** @param {string} words */
  #announce(words) {
    this.#live.textContent = words;
  }
}
