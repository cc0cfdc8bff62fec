/** The line that tells how far the network has loaded, byte by byte, and what to do when it has not. */

import { button, element, focusedIn } from '../dom.js';

/** @typedef {import('./loader.js').State} State */

/** About how much there is to load, for a reader who has to decide before a server has said. */
const ABOUT_BYTES = 5e6;

export class Status {
  #words;
  #actions;
  #bar = element('progress', { attributes: { 'aria-hidden': 'true', 'value': '0' } });
  #text = element('p', { className: 'status-text', attributes: { tabindex: '-1' } });
  #button;
  /** @type {(() => void) | null} */
  #act = null;

  /**
   * @param {import('../words/words.js').Words} words
   * @param {{onStop: () => void, onLoad: () => void, onChange: (words: string) => void}} actions `onChange` is told of every new state, not
   *   of every byte
   */
  constructor(words, actions) {
    this.#words = words;
    this.#actions = actions;
    this.#button = button({ className: 'small' }, () => this.#act?.());
    this.#button.hidden = true;
    const attributes = { 'part': 'status', 'data-state': '', 'aria-label': words.say('model.label') };
    this.root = element('section', { className: 'status', attributes }, this.#bar, this.#text, this.#button);
  }

  /** @param {State} state */
  show(state) {
    if (state.name === 'loading') this.#fill(state);
    if (state.name === 'ready') this.#fill({ loaded: state.bytes, total: state.bytes });
    const words = this.#wordsFor(state);
    const changed = this.root.dataset['state'] !== state.name;
    this.root.dataset['state'] = state.name;
    this.#text.textContent = words;
    this.#offer(state.name);
    if (changed && state.name !== 'idle') this.#actions.onChange(words);
  }

  /** @param {State['name']} name */
  #offer(name) {
    const focused = focusedIn(this.#button) === this.#button;
    const offers = { loading: 'stop', idle: 'load', offline: 'again', stopped: 'again', failed: 'again', old: '', 'ready': '', 'ready-offline': '' };
    const offer = offers[name];
    this.#act = offer === 'stop' ? this.#actions.onStop : offer ? this.#actions.onLoad : null;
    this.#button.hidden = !offer;
    if (offer) this.#button.textContent = this.#words.say(`model.${offer}`);
    // A button that goes would take the reader's place on the page with it.
    else if (focused) this.#text.focus();
  }

  /** @param {{loaded: number, total: number}} state */
  #fill({ loaded, total }) {
    if (total > 0) {
      this.#bar.max = total;
      this.#bar.value = loaded;
    } else {
      this.#bar.removeAttribute('value');
    }
  }

  /** @param {State} state */
  #wordsFor(state) {
    const words = this.#words;
    switch (state.name) {
      case 'idle':
        return words.say('model.idle', { size: words.megabytes(ABOUT_BYTES) });
      case 'loading': {
        const [loaded, total] = [words.megabytes(state.loaded), words.megabytes(state.total)];
        if (state.total === 0) return words.say('model.loadingOpen', { loaded });
        return state.loaded >= state.total ? words.say('model.starting') : words.say('model.loading', { loaded, total });
      }
      case 'ready':
        return words.say('model.ready', { size: words.megabytes(state.bytes) });
      case 'ready-offline':
        return words.say('model.readyOffline');
      case 'failed':
      case 'old':
        return `${words.say(`model.${state.name}`)} ${words.byCode('errors.hint', state.code)}`;
      default:
        return words.say(`model.${state.name}`);
    }
  }
}
