/** The photographs of this visit as a row of thumbnails, each with its answer in one word. */

import { drawSeen } from './overlay.js';
import { element, percent, say } from './words.js';

/**
 * @param {HTMLElement} root holds the `ol`
 * @param {(photograph: import("./visit.js").Photograph) => void} onOpen
 */
export function createStrip(root, onOpen) {
  const list = root.querySelector('ol');
  const items = new Map();

  function itemFor(photograph) {
    if (items.has(photograph)) return items.get(photograph);
    // The thumbnail is the network's own picture: no second decoding, and the strip shows what was judged.
    const canvas = element('canvas', { attributes: { width: '224', height: '224', 'aria-hidden': 'true' } });
    const name = element('span', { className: 'visually-hidden' });
    const caption = element('span', { className: 'thumb-caption' });
    const button = element('button', { className: 'thumb', attributes: { type: 'button' } }, canvas, name, caption);
    button.addEventListener('click', () => onOpen(photograph));
    const item = { node: element('li', {}, button), button, canvas, name, caption, drawn: null };
    items.set(photograph, item);
    return item;
  }

  function update(item, photograph, n, current) {
    const { answer, state, file } = photograph;
    const top = answer?.ranked[0];
    if (answer && item.drawn !== answer) {
      drawSeen(item.canvas, answer.seen);
      item.drawn = answer;
    }
    const short =
      state === 'error' || (state === 'stopped' && !answer)
        ? say(`strip.${state}`)
        : answer?.abstained
          ? say('strip.cannot')
          : top
            ? `${top.code} ${percent(top.probability)}`
            : say('strip.pending');
    item.caption.textContent = short;
    item.name.textContent = say('strip.item', { n, name: file.name });
    item.button.title = file.name;
    if (current) item.button.setAttribute('aria-current', 'true');
    else item.button.removeAttribute('aria-current');
  }

  return {
    show(photographs, current) {
      for (const gone of [...items.keys()].filter((photograph) => !photographs.includes(photograph))) {
        items.get(gone).node.remove();
        items.delete(gone);
      }
      photographs.forEach((photograph, index) => {
        const item = itemFor(photograph);
        update(item, photograph, index + 1, photograph === current);
        if (!item.node.isConnected) list.append(item.node);
      });
    },
  };
}
