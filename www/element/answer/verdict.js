/** The verdict's words in each state, as elements. */

import { button, element, slot } from '../dom.js';

/**
 * @typedef {import('../words/words.js').Words} Words
 * @typedef {import('../../lib/index.js').Answer} Answer
 */

/**
 * @param {Words} words
 * @param {Answer} answer
 * @param {'training' | 'equal'} prior what it was asked under
 */
export function answered(words, { ranked: [top], covering }, prior) {
  const percent = words.percent(top.probability);
  // Of a figure above 99 % nobody can say that all are right.
  const count = Math.min(99, Math.round(top.probability * 100));
  const nodes = [
    element('p', { className: 'headline', text: words.say('answer.mostLike', { name: words.className(top.code, top.name) }) }),
    element('p', { text: words.say(prior === 'equal' ? 'answer.sureEqual' : 'answer.sure', { percent, count }) }),
  ];
  // The set covers the truth under the training's mix only.
  if (covering && covering.codes.length > 1 && prior === 'training') {
    const names = words.choice(covering.codes.map((code) => words.className(code)));
    nodes.push(element('p', { text: words.say('answer.set', { confidence: words.percent(covering.coverage), names }) }));
  }
  return [...nodes, slot('answered')];
}

/**
 * @param {Words} words
 * @param {string} code why it declines
 */
export function cannotJudge(words, code) {
  return [
    element('p', { className: 'headline', text: words.say('cannot.heading') }),
    element('p', { text: words.byCode('cannot.why', code) }),
    element('p', { className: 'strong', text: words.say('cannot.tryHeading') }),
    element('ul', {}, ...words.allByCode('cannot.tries', code).map((text) => element('li', { text }))),
    slot('declined'),
  ];
}

/**
 * @param {Words} words
 * @param {import('../../lib/index.js').DermError} error
 * @param {{onAgain: () => void, onOther: () => void}} actions
 * @returns {{nodes: HTMLElement[], announcement: string}}
 */
export function failed(words, error, { onAgain, onOther }) {
  const what = words.byCode('errors.what', error.code);
  const hint = words.byCode('errors.hint', error.code);
  // Another photograph is what helps against a bad one; everything else may work the next time.
  const bad = String(error.code).startsWith('image-');
  const again = button({ text: words.say('errors.again'), className: 'primary', part: 'button primary' }, onAgain);
  const primary = bad ? { className: 'primary', part: 'button primary' } : {};
  const other = button({ text: words.say('errors.chooseOther'), ...primary }, onOther);
  // The package's own message is English and for those who look after the page.
  const found = element('p', { className: 'found', text: `${error.code}: ${error.message}`, attributes: { lang: 'en', dir: 'ltr' } });
  const nodes = [
    element('p', { className: 'headline', text: words.say('errors.heading') }),
    element('p', { text: what }),
    element('p', { text: hint }),
    element('p', { className: 'actions' }, ...(bad ? [other] : [again, other])),
    element('details', {}, element('summary', { text: words.say('errors.details') }), found),
  ];
  return { nodes, announcement: words.say('errors.announce', { what, hint }) };
}
