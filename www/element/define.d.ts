/**
 * The element `<derm-classifier>`: a photograph in, an answer out, on any page.
 *
 * ```html
 * <script type="module" src="derm-classifier.js"></script>
 * <derm-classifier name="spot" samples></derm-classifier>
 * ```
 *
 * Attributes: `lang` (otherwise that of the page around it), `eager` (loads the network at once), `multiple`, `samples`, `camera="off"`,
 * `drop-anywhere`, `theme` (`light`, `dark`; otherwise the system's wish), `assets` (the address of a copy of the package's `pkg`), `name`,
 * `required`, `disabled`.
 * Slots: `heading`, `privacy`, `about`, `answered`, `declined`, `note`, `computed`; what has no slot is shown until the element is ready.
 * Parts: `target`, `stage`, `answer`, `verdict`, `ranking`, `row`, `note`, `status`, `visit`, `button`, `primary`.
 * Custom properties: `--derm-paper`, `-raised`, `-ink`, `-quiet`, `-line`, `-edge`, `-accent`, `-accent-ink`, `-accent-wash`,
 * `-notice-wash`, `-stage`, `-font`, `-round`.
 *
 * Elements that are made with the same options share one worker, which is closed with the last of them.
 * As a form's field its value is the answer as JSON: `{code, abstained, probabilities, covering, prior, weights}`, never a picture or a
 * file's name; `code` is `null` where the network declines. It is one value for each answered photograph.
 */
import type { Answer, CreateOptions, DermError, ErrorCode, Info } from '../lib/index.js';

/** Messages by name, as in `element/words/en.js`; `{blanks}` are filled in, plural forms are objects. */
export interface Messages {
  readonly [key: string]: string | readonly string[] | Messages;
}

/** What each event carries as its `detail`. None of them bubbles. */
export interface DermClassifierEventMap {
  /** The network is loaded. */
  ready: CustomEvent<{ info: Info }>;
  /** Bytes so far and in all; `total` is 0 while a server has not said. */
  progress: CustomEvent<{ loaded: number; total: number }>;
  /** A photograph has an answer: the first one, or a new one after its box or the class mix changed. */
  result: CustomEvent<{ answer: Answer; file: File }>;
  /** A photograph has none, or (without `file` and `error`) the network could not be loaded. */
  error: CustomEvent<{ code: ErrorCode; error?: DermError; file?: File }>;
}

export class DermClassifier extends HTMLElement {
  static readonly formAssociated: true;
  static readonly observedAttributes: string[];
  /** What the classifier is made with, in place of `assets`; elements with the same object share a worker. */
  options: Omit<CreateOptions, 'onProgress' | 'signal'> | null;
  /** Words of the page's own, some or all. */
  messages: Messages | undefined;
  /** The opened photograph's answer. */
  readonly answer: Answer | null;
  /** The same as a form sends it; empty without an answer. */
  readonly value: string;
  disabled: boolean;
  readonly form: HTMLFormElement | null;
  readonly validity: ValidityState;
  readonly validationMessage: string;
  /** Takes photographs in, as if the reader had chosen them. */
  add(files: readonly File[]): void;
  /** Opens the file chooser; browsers allow it only in answer to a press. */
  choose(): void;
  /** Forgets every photograph. */
  clear(): void;
  checkValidity(): boolean;
  reportValidity(): boolean;
  addEventListener<K extends keyof DermClassifierEventMap>(
    type: K,
    listener: (this: DermClassifier, event: DermClassifierEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'derm-classifier': DermClassifier;
  }
}
