/** The camera: a live view with a shutter where the browser gives one, the phone's own camera app where that is better. */

import { button, element, pen } from '../dom.js';

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: 'camera.denied',
  SecurityError: 'camera.denied',
  NotFoundError: 'camera.none',
  OverconstrainedError: 'camera.none',
  NotReadableError: 'camera.busy',
  AbortError: 'camera.busy',
};

/** Phones focus close objects far better in their own camera app than in a live view, so they get that. */
export function prefersOwnCamera() {
  return matchMedia('(pointer: coarse) and (hover: none)').matches;
}

/** The dialog with the live view. */
export class Camera {
  #words;
  #onPhotograph;
  #video;
  #text;
  #shutter;
  #turn;
  /** @type {MediaStream | null} */
  #stream = null;
  #facing = 'environment';
  #taken = 0;
  /** The number of the last start: what an earlier one is granted after it belongs to nobody. */
  #attempt = 0;

  /**
   * @param {import('../words/words.js').Words} words
   * @param {(file: File) => void} onPhotograph
   */
  constructor(words, onPhotograph) {
    this.#words = words;
    this.#onPhotograph = onPhotograph;
    this.#video = element('video', { attributes: { 'playsinline': '', 'muted': '', 'aria-label': words.say('camera.view') } });
    this.#video.muted = true;
    this.#text = element('p', { className: 'camera-text', attributes: { role: 'status' } });
    this.#shutter = button({ text: words.say('camera.shutter'), className: 'primary', part: 'button primary' }, () => this.#take());
    this.#turn = button({ text: words.say('camera.turn') }, () => {
      this.#facing = this.#facing === 'environment' ? 'user' : 'environment';
      this.#start();
    });
    this.#turn.hidden = true;
    const cancel = button({ text: words.say('camera.cancel') }, () => this.root.close());
    this.root = element(
      'dialog',
      { className: 'camera', attributes: { 'aria-label': words.say('camera.heading') } },
      element('h2', { text: words.say('camera.heading') }),
      this.#video,
      this.#text,
      element('p', { className: 'actions' }, this.#shutter, this.#turn, cancel),
    );
    this.root.addEventListener('close', () => this.stop());
  }

  open() {
    this.root.showModal();
    return this.#start();
  }

  stop() {
    this.#attempt += 1;
    end(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  async #start() {
    this.stop();
    const mine = this.#attempt;
    this.#shutter.disabled = true;
    this.#say('camera.starting');
    if (!navigator.mediaDevices?.getUserMedia) return this.#say('camera.insecure');
    try {
      const wanted = { facingMode: this.#facing, width: { ideal: 1920 }, height: { ideal: 1440 } };
      const granted = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      // The dialog may have been closed, and opened again, while the browser asked.
      if (mine !== this.#attempt) return end(granted);
      this.#stream = granted;
      this.#video.srcObject = granted;
      await this.#video.play();
      this.#shutter.disabled = false;
      this.#say('camera.hint');
      const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === 'videoinput');
      this.#turn.hidden = cameras.length < 2;
    } catch (error) {
      if (mine === this.#attempt) this.#say(REASONS[error instanceof Error ? error.name : ''] ?? 'camera.none');
    }
  }

  async #take() {
    const canvas = element('canvas');
    canvas.width = this.#video.videoWidth;
    canvas.height = this.#video.videoHeight;
    pen(canvas).drawImage(this.#video, 0, 0);
    // A format without loss: the frame is what is answered.
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
    this.root.close();
    if (!blob) return;
    this.#taken += 1;
    this.#onPhotograph(new File([blob], this.#words.say('camera.fileName', { n: this.#taken }), { type: 'image/png' }));
  }

  /** @param {string} key */
  #say(key) {
    this.#text.textContent = this.#words.say(key);
  }
}

/** @param {MediaStream | null} stream */
function end(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
