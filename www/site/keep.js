/**
 * “Keep on this device”: the site without internet, when a visitor asks for it, and its deletion. Nothing is kept unasked, so a first visit loads no
 * more than it needs, and after “Ready” nothing is requested.
 */

import { deleteEverything, deleteSite, learnedIsKept } from './kept.js';

const SCRIPT = 'offline.js';

/** Shows the page's part about it, where the browser can. */
export function startKeeping() {
  const part = document.querySelector('#keep');
  if (!(part instanceof HTMLElement) || !('serviceWorker' in navigator) || Number(part.dataset['bytes']) === 0) return;
  const keeping = new Keeping(part);
  // To install the site is to ask for it.
  addEventListener('appinstalled', () => keeping.keep());
}

class Keeping {
  /** @type {HTMLElement} */
  #part;
  #status;
  #button;
  /** Beside the offer, where the lab keeps something and the site is not kept. */
  #forgetAll;
  /** @type {() => unknown} */
  #press = () => {};

  /** @param {HTMLElement} part */
  constructor(part) {
    this.#part = part;
    this.#status = /** @type {HTMLElement} */ (part.querySelector('[role=status]'));
    [this.#button, this.#forgetAll] = /** @type {[HTMLButtonElement, HTMLButtonElement]} */ ([...part.querySelectorAll('button')]);
    this.#button.addEventListener('click', () => this.#press());
    this.#forgetAll.addEventListener('click', () => this.#forget());
    this.#look().finally(() => (part.hidden = false));
  }

  async keep() {
    this.#show('keeping', 'keep', null);
    try {
      const registration = await navigator.serviceWorker.register(trusted(SCRIPT), { updateViaCache: 'none' });
      await settled(registration.installing);
      if (registration.active || registration.waiting) await this.#look();
      else await this.#failed();
    } catch {
      await this.#failed();
    }
  }

  async #forget() {
    try {
      await deleteEverything();
      this.#show('forgotten', 'keep', () => this.keep());
    } catch {
      // Another page of the site is writing, and goes on with it.
      this.#show('remains', 'forget', () => this.#forget());
    }
  }

  async #failed() {
    await deleteSite();
    this.#show('failed', 'keep', () => this.keep());
  }

  async #look() {
    const registration = await navigator.serviceWorker.getRegistration();
    const kept = registration && (registration.active ?? registration.waiting);
    if (!kept) this.#show('offer', 'keep', () => this.keep());
    else this.#show(registration.active && registration.waiting ? 'newer' : 'kept', 'forget', () => this.#forget());
  }

  /**
   * @param {'offer' | 'keeping' | 'kept' | 'newer' | 'forgotten' | 'failed' | 'remains'} state
   * @param {'keep' | 'forget'} label
   * @param {(() => unknown) | null} press what the button does; `null`: nothing now
   */
  #show(state, label, press) {
    const { dataset, lang } = this.#part;
    const size = new Intl.NumberFormat(lang || document.documentElement.lang, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 });
    this.#part.dataset['state'] = state;
    this.#status.textContent = (dataset[state] ?? '').replace('{size}', size.format(Number(dataset['bytes']) / 1e6));
    this.#button.textContent = dataset[label] ?? '';
    this.#button.setAttribute('aria-disabled', String(press === null));
    this.#forgetAll.textContent = dataset['forget'] ?? '';
    this.#forgetAll.hidden = label === 'forget' || !learnedIsKept();
    this.#press = press ?? (() => {});
  }
}

/** @param {ServiceWorker | null} worker until it has come to rest, one way or another */
function settled(worker) {
  return new Promise((done) => {
    const look = () => (!worker || ['activated', 'redundant'].includes(worker.state)) && done(undefined);
    worker?.addEventListener('statechange', look);
    look();
  });
}

/** @type {{createScriptURL: (address: string) => string} | undefined} */
let policy;

/** @param {string} address as a page that requires Trusted Types wants it; a policy's name can be taken once */
function trusted(address) {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  policy ??= trustedTypes?.createPolicy('dermdistill-offline', { createScriptURL: (/** @type {string} */ given) => given });
  return policy?.createScriptURL(address) ?? address;
}
