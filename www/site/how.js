/** The page that explains: fills in its words, the eight classes and the network's own card. */

import './tokens.css';
import './page.css';
import './markers.css';
import './how.css';
import { cardFacts, readCard } from './card.js';
import { classNames } from './messages.js';
import { startTheme } from './theme.js';
import { element, fill, say } from './words.js';

fill(document);
startTheme(document.querySelector('#theme'));
document.title = say('page.howTitle');

document
  .querySelector('#classes')
  .replaceChildren(
    ...Object.entries(classNames).map(([code, name]) =>
      element(
        'div',
        { attributes: { 'data-class': code } },
        element('dt', {}, element('span', { className: 'marker', attributes: { 'aria-hidden': 'true' } }), `${name} (${code})`),
        element('dd', { text: say(`how.classes.${code}`) }),
      ),
    ),
  );

// The words came after the page, so a link to one of its parts has to be followed once more.
document.getElementById(location.hash.slice(1))?.scrollIntoView();

const state = document.querySelector('#card-state');
try {
  const card = await readCard();
  document.querySelector('#card-facts').replaceChildren(...cardFacts(card));
  state.textContent = '';
} catch {
  state.textContent = say('card.failed');
}
