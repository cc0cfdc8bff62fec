/** The drawn samples, for a reader without a photograph at hand. */

import { button, element } from '../dom.js';

/** Each is pinned to its SHA-384: openssl dgst -sha384 -binary FILE | base64 */
const samples = () => /** @type {const} */ ([
  [new URL('./samples/synthetic-1.png', import.meta.url), 'tzFaw3RZSeWaQrIrr/NXgHGR6nL8MnYk/Olv+j5BhxFHUC/hcM2hrbiOQ/jLP+Du'],
  [new URL('./samples/synthetic-2.png', import.meta.url), 'ipPoy92tT3ItvyLaJyY5WG9WBEk2l9s+b7gAEegTrlNbdQA6hsKt29XozGmY/LJy'],
  [new URL('./samples/synthetic-3.png', import.meta.url), '+WZXPSrTSt9nQk5XdirXWKbEzF1PK6NZilMOvpAFyMsy5STavuO4EStV1meY/b/c'],
]);

/**
 * @param {import('../words/words.js').Words} words
 * @param {{onFile: (file: File) => void, onFailed: () => void}} actions
 * @returns {HTMLElement}
 */
export function createSamples(words, { onFile, onFailed }) {
  const items = samples().map(([url, hash], index) => {
    const name = words.say('arriving.sample', { n: index + 1 });
    const image = element('img', { attributes: { src: url.href, alt: '', width: '72', height: '72' } });
    const fetchIt = async () => {
      try {
        const response = await fetch(url, { integrity: `sha384-${hash}` });
        if (!response.ok) throw new Error(`status ${response.status}`);
        onFile(new File([await response.blob()], name, { type: 'image/png' }));
      } catch {
        onFailed();
      }
    };
    const node = button({ name, className: 'sample' }, fetchIt, image);
    node.title = name;
    return element('li', {}, node);
  });
  return element(
    'div',
    { className: 'try' },
    element('p', { text: words.say('arriving.samples') }),
    element('ul', { className: 'samples', attributes: { 'aria-label': words.say('arriving.samples') } }, ...items),
    element('p', { className: 'quiet', text: words.say('arriving.samplesNote') }),
  );
}
