/** The picture the network saw, with the map of one class over it, and what the map says in words. */

import { attentionSentence } from './attention.js';
import { drawHeat, drawSeen } from './overlay.js';
import { classNameInSentence, say } from './words.js';

/**
 * @param {HTMLElement} root holds `#seen`, `#seen-heat`, `#sentence`, `#for-class`, `#seen-caption` and `#opacity`
 * @param {HTMLCanvasElement} stageHeat the overlay inside the crop box
 */
export function createLook(root, stageHeat) {
  const seen = root.querySelector('#seen');
  const heats = [root.querySelector('#seen-heat'), stageHeat];
  const sentence = root.querySelector('#sentence');
  const forClass = root.querySelector('#for-class');
  const caption = root.querySelector('#seen-caption');
  const opacity = root.querySelector('#opacity');

  function fade() {
    for (const heat of heats) heat.style.opacity = opacity.value / 100;
    opacity.setAttribute('aria-valuetext', `${opacity.value}\u00a0%`);
  }
  opacity.addEventListener('input', fade);
  fade();

  return {
    /** Shows an answer's picture and map; returns the sentence, for announcing it. */
    show(answer) {
      drawSeen(seen, answer.seen);
      drawHeat(heats, answer.map);
      const words = answer.map ? attentionSentence(answer.map.values, answer.map.side) : '';
      const ranked = answer.ranked.find(({ code }) => code === answer.map?.class);
      sentence.textContent = words;
      forClass.textContent = ranked ? say('look.forClass', { name: classNameInSentence(ranked.code, ranked.name), code: ranked.code }) : '';
      caption.textContent = say('look.seen', { side: answer.seen.side });
      seen.setAttribute('aria-label', say('look.seenAlt', { sentence: words }));
      root.classList.remove('off', 'empty');
      return words;
    },
    /** Nothing to show: the space stays. `coming`: an answer is on its way. */
    clear(coming = true) {
      for (const canvas of [seen, ...heats]) canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
      sentence.textContent = say('look.waiting');
      seen.setAttribute('aria-label', say('look.waiting'));
      root.classList.toggle('empty', !coming);
      forClass.textContent = '';
      root.classList.add('off');
    },
    /** Hides the overlay on the photograph: the box is elsewhere than the map, or there is no answer that the map explains. */
    stale(on) {
      stageHeat.classList.toggle('stale', on);
    },
  };
}
