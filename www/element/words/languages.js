/** The languages there are. Each one's messages are fetched when a page first asks for them. */

import { Words } from './words.js';

/** @type {Record<string, () => Promise<{default: import('./en.js').Messages}>>} */
const languages = {
  en: () => import('./en.js'),
  hi: () => import('./hi.js'),
  es: () => import('./es.js'),
  de: () => import('./de.js'),
};

export const LANGUAGES = Object.freeze(Object.keys(languages));

/**
 * The words for a wish such as "de-CH" (whose numbers are Swiss); English for a language that there is not.
 * @param {string} wish
 * @param {import('./words.js').Tree} [own] a portal's own messages, which come first; with those of a new language everything has its words
 */
export async function wordsFor(wish, own) {
  const language = wish.split('-')[0]?.toLowerCase() ?? '';
  const load = Object.hasOwn(languages, language) ? languages[language] : undefined;
  const { default: messages } = await (load ? load() : import('./en.js'));
  return new Words(load || own ? tag(wish) : 'en', messages, own);
}

/** A wish that is no language tag at all is English. @param {string} wish */
function tag(wish) {
  try {
    return new Intl.Locale(wish).toString();
  } catch {
    return 'en';
  }
}
