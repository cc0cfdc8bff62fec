/** The ways a photograph comes in: dropped anywhere, chosen, pasted, or one of the drawn samples. */

import { element, say } from './words.js';

/** The drawn samples, each pinned to its SHA-384: openssl dgst -sha384 -binary FILE | base64 */
const SAMPLES = [
  [new URL('./samples/synthetic-1.png', import.meta.url), 'TpQ2+XSQXndm6dFzWnHgtwvef/UJkwmK2LGS34V2nGodZBMUJi7pxMyikVrd6IJ/'],
  [new URL('./samples/synthetic-2.png', import.meta.url), '70bQIn34ji2xoqyBnhbKdjV2TQf2wmZ9WmHGSTk6+vpKsWdIBIAViuRLgKgVIcqH'],
  [new URL('./samples/synthetic-3.png', import.meta.url), 'xzotJyz5MyXKOZdo9fJ3PS5kWaSFAU2YLrGKEq4iKlYLpjjLtOMUOJwb/n8Qt9Iw'],
];

/**
 * @param {{onFiles: (files: File[], synthetic?: boolean) => void, onNothing: () => void, onFailed: (error: Error) => void}} actions
 * @returns {{choose: () => void, capture: () => void}} opens the file chooser, or the phone's own camera
 */
export function createDrop({ onFiles, onNothing, onFailed }) {
  const chooser = document.querySelector('#chooser');
  const capture = document.querySelector('#capture');
  for (const input of [chooser, capture]) {
    input.addEventListener('change', () => {
      const files = [...input.files];
      // The same file may be chosen twice in a row.
      input.value = '';
      if (files.length) onFiles(files);
    });
  }
  listenForDrops(onFiles, onNothing);
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) onFiles(files);
    else onNothing();
  });
  drawSamples(document.querySelector('#samples'), onFiles, onFailed);
  return { choose: () => chooser.click(), capture: () => capture.click() };
}

/** The whole window is the target. `dragenter` and `dragleave` come once an element crossed, hence the count. */
function listenForDrops(onFiles, onNothing) {
  let depth = 0;
  const over = (count) => {
    depth = Math.max(0, count);
    document.body.classList.toggle('dragging', depth > 0);
  };
  document.addEventListener('dragenter', (event) => {
    event.preventDefault();
    over(depth + 1);
  });
  document.addEventListener('dragleave', () => over(depth - 1));
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    over(0);
    const files = [...event.dataTransfer.files];
    if (files.length) onFiles(files);
    else onNothing();
  });
}

function drawSamples(list, onFiles, onFailed) {
  SAMPLES.forEach(([url, hash], index) => {
    const name = say('drop.sample', { n: index + 1 });
    const image = element('img', { attributes: { src: url.href, alt: '', width: '72', height: '72' } });
    const button = element('button', { className: 'sample', attributes: { type: 'button', 'aria-label': name, title: name } }, image);
    button.addEventListener('click', async () => {
      try {
        const response = await fetch(url, { integrity: `sha384-${hash}` });
        if (!response.ok) throw new Error(`status ${response.status}`);
        onFiles([new File([await response.blob()], name, { type: 'image/png' })], true);
      } catch (error) {
        onFailed(error);
      }
    });
    list.append(element('li', {}, button));
  });
}
