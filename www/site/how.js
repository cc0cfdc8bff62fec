/** The page that explains: its words are in its HTML, the network's own card is read here. */

import 'virtual:look.css';
import './page.css';
import './reading.css';
import { wordsFor } from '../element/words/languages.js';
import { cardFacts, readCard } from './card.js';
import { startKeeping } from './keep.js';
import { startTheme } from './theme.js';

/** @type {Record<string, () => Promise<{default: import('./words/en.js').Messages}>>} */
const messages = {
  en: () => import('./words/en.js'),
  hi: () => import('./words/hi.js'),
  es: () => import('./words/es.js'),
  de: () => import('./words/de.js'),
};

startTheme();
startKeeping();

const state = /** @type {HTMLElement} */ (document.querySelector('#card-state'));
try {
  const { lang } = document.documentElement;
  const { default: own } = await (messages[lang] ?? (() => import('./words/en.js')))();
  const [words, card] = await Promise.all([wordsFor(lang, own), readCard()]);
  document.querySelector('#card-facts')?.replaceChildren(...cardFacts(words, card));
  state.textContent = lang === 'en' ? '' : words.say('card.english');
} catch {
  state.textContent = state.dataset['failed'] ?? '';
}
