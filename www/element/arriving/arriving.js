/** The first screen: one large target that says what to bring, and the ways to bring it. */

import { button, element, slot } from '../dom.js';
import { prefersOwnCamera } from './camera.js';
import { createSamples } from './samples.js';

/**
 * @param {import('../words/words.js').Words} words
 * @param {{camera: boolean, samples: boolean, onChoose: () => void, onCamera: () => void, onSample: (file: File) => void,
 *   onFailed: () => void}} options
 */
export function createArriving(words, { camera, samples, onChoose, onCamera, onSample, onFailed }) {
  const heading = words.say(prefersOwnCamera() && camera ? 'arriving.headingTouch' : 'arriving.heading');
  const choose = button({ text: words.say('arriving.choose'), className: 'primary', part: 'button primary' }, onChoose);
  const target = element(
    'div',
    { className: 'target', attributes: { part: 'target' } },
    element('h2', {}, slot('heading', heading)),
    element(
      'p',
      { className: 'actions' },
      choose,
      ...(camera ? [button({ text: words.say('arriving.camera') }, onCamera)] : []),
      element('span', { className: 'paste', text: words.say('arriving.paste') }),
    ),
    element('p', { className: 'stays' }, `${words.say('arriving.stays')} `, slot('privacy')),
  );
  if (samples) target.append(createSamples(words, { onFile: onSample, onFailed }));
  const root = element('section', { className: 'arriving', attributes: { 'aria-label': words.say('arriving.label') } }, target, slot('about'));
  return { root, focus: () => choose.focus(), anchor: choose };
}
