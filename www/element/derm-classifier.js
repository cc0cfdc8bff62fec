/** The element `<derm-classifier>`; see define.d.ts. */

import { slot } from './dom.js';
import { Loader } from './model/loader.js';
import { optionsFor } from './model/options.js';
import { sheets } from './style/sheets.js';
import { Visit } from './visit/visit.js';
import { Widget } from './widget.js';
import { wordsFor } from './words/languages.js';

/**
 * @typedef {import('./visit/visit.js').Photograph} Photograph
 * @typedef {import('../lib/index.js').CreateOptions} CreateOptions
 */

/** Photographs open at once where several may be; each one holds its file in memory. */
const SEVERAL = 40;
/** What the attributes decide when the widget is made, so that it is made anew when they change. */
const MAKING = ['assets', 'camera', 'drop-anywhere', 'lang', 'multiple', 'samples'];

export class DermClassifier extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = [...MAKING, 'disabled', 'eager', 'name', 'required'];

  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: 'open' });
  #visit = new Visit({
    classifier: () => this.#loader?.load() ?? Promise.reject(new Error('the element is not in a document')),
    onChange: (photograph) => this.#changed(photograph),
  });
  /** @type {Loader | null} */
  #loader = null;
  /** @type {Widget | null} */
  #widget = null;
  /** Ends what the current widget listens to. */
  #life = new AbortController();
  /** Ends the current hold on the classifier, which outlives a change of language. */
  #hold = new AbortController();
  /** What that hold was made with. @type {CreateOptions | null} */
  #held = null;
  /** @type {CreateOptions | null} */
  #options = null;
  /** @type {import('./words/words.js').Tree | undefined} */
  #messages;
  #making = false;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = sheets();
    // Until the words have come, what the page itself has put there stays in sight.
    this.#root.append(slot(''), slot('about'));
    this.#internals.role = 'group';
    // A press on the element's label.
    this.addEventListener('click', (event) => event.composedPath()[0] === this && this.focus());
  }

  connectedCallback() {
    // Properties that were set before the element was defined hide its own.
    for (const name of /** @type {const} */ (['options', 'messages'])) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      Reflect.deleteProperty(this, name);
      Object.assign(this, { [name]: value });
    }
    this.#validate();
    this.#make();
  }

  disconnectedCallback() {
    // Who is only moved is connected again in the same task.
    queueMicrotask(() => this.isConnected || this.#end());
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (MAKING.includes(name)) this.#make();
    if (name === 'eager' && now !== null) this.#load();
    if (name === 'name') this.#offer();
    if (name === 'required') this.#validate();
    if (name === 'disabled') this.#widget?.root.toggleAttribute('inert', this.disabled);
  }

  formResetCallback() {
    this.clear();
  }

  formDisabledCallback() {
    this.#widget?.root.toggleAttribute('inert', this.disabled);
  }

  get form() {
    return this.#internals.form;
  }

  get validity() {
    return this.#internals.validity;
  }

  get validationMessage() {
    return this.#internals.validationMessage;
  }

  checkValidity() {
    return this.#internals.checkValidity();
  }

  reportValidity() {
    return this.#internals.reportValidity();
  }

  get disabled() {
    return this.matches(':disabled');
  }

  set disabled(on) {
    this.toggleAttribute('disabled', on);
  }

  get options() {
    return this.#options;
  }

  set options(options) {
    this.#options = options;
    this.#make();
  }

  get messages() {
    return this.#messages;
  }

  set messages(messages) {
    this.#messages = messages;
    this.#make();
  }

  get answer() {
    const { current } = this.#visit;
    return current?.state === 'answered' ? current.answer : null;
  }

  get value() {
    const { current } = this.#visit;
    return current ? valueOf(current, this.#loader?.info) : '';
  }

  /** @param {readonly File[]} files */
  add(files) {
    this.#widget?.add(files);
  }

  choose() {
    this.#widget?.choose();
  }

  clear() {
    this.#visit.clear();
    this.#widget?.cleared();
    this.#offer();
  }

  focus() {
    this.#widget?.focus();
  }

  /** Makes the widget for the attributes and properties of now: once for all changes of a task. */
  #make() {
    if (this.#making || !this.isConnected) return;
    this.#making = true;
    queueMicrotask(async () => {
      this.#making = false;
      if (!this.isConnected) return;
      this.#life.abort();
      const life = new AbortController();
      this.#life = life;
      const loader = this.#hasLoader();
      const words = await wordsFor(this.#language(), this.#messages).catch(() => null);
      if (life.signal.aborted) return;
      // Without words there is nothing to show; what stood there before stays.
      if (!words) return this.#tell('error', { code: 'network' });
      this.#widget = new Widget({ words, visit: this.#visit, loader, settings: this.#settings(), signal: life.signal });
      this.#widget.root.toggleAttribute('inert', this.disabled);
      this.#root.replaceChildren(this.#widget.root);
      this.#validate();
    });
  }

  /** The hold on the classifier that the element's options ask for. */
  #hasLoader() {
    const options = this.#options ?? optionsFor(this.getAttribute('assets'));
    if (this.#loader && this.#held === options) return this.#loader;
    this.#hold.abort();
    this.#hold = new AbortController();
    this.#held = options;
    this.#loader = new Loader({
      options,
      onState: (state) => this.#loading(state),
      onReady: ({ info }) => this.#ready(info),
      signal: this.#hold.signal,
    });
    if (this.hasAttribute('eager')) this.#load();
    // Its photographs have waited while it was out of the page.
    if (this.#visit.current) this.#loader.load().catch(() => {});
    return this.#loader;
  }

  #end() {
    this.#life.abort();
    this.#visit.stop();
    this.#hold.abort();
    this.#loader = null;
  }

  /** Loads before a photograph asks for it, unless the reader's browser is to save data. */
  #load() {
    if (!savesData()) this.#loader?.load().catch(() => {});
  }

  #language() {
    const holder = this.closest('[lang]');
    return holder?.getAttribute('lang') || 'en';
  }

  /** @returns {import('./widget.js').Settings} */
  #settings() {
    return {
      limit: this.hasAttribute('multiple') ? SEVERAL : 1,
      camera: this.getAttribute('camera') !== 'off',
      samples: this.hasAttribute('samples'),
      area: this.hasAttribute('drop-anywhere') ? document : this,
    };
  }

  /** @param {import('./model/loader.js').State} state */
  #loading(state) {
    this.#widget?.loading(state);
    if (state.name === 'loading') this.#tell('progress', { loaded: state.loaded, total: state.total });
    if (state.name === 'failed' || state.name === 'old') this.#tell('error', { code: state.code });
  }

  /** @param {import('../lib/index.js').Info} info */
  #ready(info) {
    this.#tell('ready', { info });
    this.#visit.resume();
    const { current } = this.#visit;
    if (current?.state === 'answered') this.#widget?.changed(current);
  }

  /** @param {Photograph} photograph */
  #changed(photograph) {
    this.#widget?.changed(photograph);
    this.#offer();
    const { state, answer, error, file, loadFailed } = photograph;
    if (state === 'answered' && answer) this.#tell('result', { answer, file });
    if (state === 'error' && error && !loadFailed) this.#tell('error', { code: error.code, error, file });
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Gives the form what there is to send: one value an answered photograph, and never a picture. */
  #offer() {
    const name = this.getAttribute('name');
    const values = this.#visit.photographs.map((photograph) => valueOf(photograph, this.#loader?.info)).filter(Boolean);
    const data = new FormData();
    if (name) for (const value of values) data.append(name, value);
    this.#internals.setFormValue(data);
    this.#validate();
  }

  #validate() {
    const missing = this.hasAttribute('required') && !this.#visit.photographs.some(({ state }) => state === 'answered');
    if (!missing) this.#internals.setValidity({});
    else this.#internals.setValidity({ valueMissing: true }, this.#widget?.required ?? '…', this.#widget?.anchor);
  }
}

/**
 * What a form sends of a photograph: the answer as JSON, without a picture and without a file name.
 * @param {Photograph} photograph
 * @param {import('../lib/index.js').Info | null | undefined} info
 */
function valueOf({ state, answer, answeredPrior }, info) {
  if (state !== 'answered' || !answer) return '';
  const { abstained, covering, probabilities } = answer;
  const code = abstained ? null : answer.ranked[0].code;
  return JSON.stringify({ code, abstained: abstained?.code ?? null, probabilities, covering, prior: answeredPrior, weights: info?.card.version });
}

/** Whether the reader's browser asks to save data. */
function savesData() {
  return /** @type {{connection?: {saveData?: boolean}}} */ (navigator).connection?.saveData === true;
}
