/** The camera: a live view with a shutter where the browser gives one, the phone's own camera app where that is better. */

import { say } from './words.js';

const QUALITY = 0.95;
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

/**
 * @param {HTMLDialogElement} dialog holds a `video`, `.camera-text`, `#shutter`, `#turn` and `#camera-cancel`
 * @param {(file: File) => void} onPhotograph
 * @returns {{open: () => Promise<void>}}
 */
export function createCamera(dialog, onPhotograph) {
  const video = dialog.querySelector('video');
  const text = dialog.querySelector('.camera-text');
  const shutter = dialog.querySelector('#shutter');
  const turn = dialog.querySelector('#turn');
  let stream = null;
  let facing = 'environment';
  let taken = 0;
  /** The number of the last start: what an earlier one is granted after it belongs to nobody. */
  let attempt = 0;

  function stop() {
    attempt += 1;
    end(stream);
    stream = null;
    video.srcObject = null;
  }

  async function start() {
    stop();
    const mine = attempt;
    shutter.disabled = true;
    text.textContent = say('camera.starting');
    if (!navigator.mediaDevices?.getUserMedia) {
      text.textContent = say('camera.insecure');
      return;
    }
    try {
      const wanted = { facingMode: facing, width: { ideal: 1920 }, height: { ideal: 1440 } };
      const granted = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      // The dialog may have been closed, and opened again, while the browser asked.
      if (mine !== attempt) return end(granted);
      stream = granted;
      video.srcObject = stream;
      await video.play();
      shutter.disabled = false;
      text.textContent = say('camera.hint');
      const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === 'videoinput');
      turn.hidden = cameras.length < 2;
    } catch (error) {
      if (mine !== attempt) return;
      text.textContent = say(REASONS[error.name] ?? 'camera.none');
    }
  }

  async function take() {
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d').drawImage(video, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
    dialog.close();
    if (!blob) return;
    taken += 1;
    onPhotograph(new File([blob], say('camera.fileName', { n: taken }), { type: 'image/jpeg' }));
  }

  shutter.addEventListener('click', take);
  turn.addEventListener('click', () => {
    facing = facing === 'environment' ? 'user' : 'environment';
    start();
  });
  dialog.querySelector('#camera-cancel').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', stop);

  return {
    open() {
      dialog.showModal();
      return start();
    },
  };
}

function end(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
