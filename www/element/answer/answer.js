/** The answer's place: working, answered, cannot judge, or an error. The place keeps its size whichever it is. */

import { button, element, focusedIn, slot } from '../dom.js';
import { computedFacts } from './computed.js';
import { Ranking } from './ranking.js';
import { answered, cannotJudge, failed } from './verdict.js';

/**
 * @typedef {import('../../lib/index.js').Answer} Answer
 * @typedef {'training' | 'equal'} Mix
 * @typedef {{onPick: (code: import('../../lib/index.js').ClassCode) => void, onStop: () => void, onAgain: () => void, onOther: () => void,
 *   onEqual: (on: boolean) => void}} Actions
 */

/** The classes whose names stand in the list before the network has said which it knows. */
const CODES = ['AK', 'BCC', 'BKL', 'DF', 'MEL', 'NV', 'SCC', 'VASC'];

export class AnswerPanel {
  #words;
  #actions;
  #ranking;
  #verdict = element('div', { className: 'verdict', attributes: { part: 'verdict', tabindex: '-1' } });
  #rankingPlace = element('div', { className: 'ranking-place' });
  #numbersPlace = element('div');
  #equal = element('input', { className: 'equal', attributes: { 'type': 'checkbox', 'role': 'switch', 'aria-describedby': 'equal-words' } });
  #equalWords = element('p', { className: 'equal-words quiet', attributes: { id: 'equal-words' } });
  #facts = element('dl', { className: 'facts' });
  #figures;
  #numbers;
  #computed;

  /**
   * @param {import('../words/words.js').Words} words
   * @param {Actions} actions
   */
  constructor(words, actions) {
    this.#words = words;
    this.#actions = actions;
    this.#ranking = new Ranking(words, actions.onPick);
    this.#equal.addEventListener('change', () => actions.onEqual(this.#equal.checked));
    this.#figures = element(
      'div',
      { className: 'figures' },
      element('p', { className: 'pick quiet', text: words.say('answer.pick'), attributes: { id: 'pick' } }),
      this.#ranking.root,
      element('label', { className: 'switch' }, this.#equal, element('span', { text: words.say('answer.equal') })),
      this.#equalWords,
    );
    const numbers = element('summary', { text: words.say('cannot.numbers') });
    this.#numbers = element('details', { className: 'numbers' }, numbers, this.#numbersPlace);
    const computed = element('summary', { text: words.say('computed.heading') });
    this.#computed = element('details', { className: 'computed' }, computed, this.#facts, slot('computed'));
    this.root = element(
      'section',
      { className: 'answer', attributes: { 'part': 'answer', 'data-state': 'working', 'aria-label': words.say('answer.heading') } },
      element('h2', { className: 'visually-hidden', text: words.say('answer.heading') }),
      this.#verdict,
      this.#rankingPlace,
      this.#numbers,
      note(words),
      this.#computed,
    );
    this.#rankingPlace.append(this.#figures);
  }

  /** At work on a first answer. @param {boolean} loading the network is not there yet; its loading has a stop button of its own */
  working(loading) {
    const nodes = [element('p', { className: 'headline quiet', text: this.#words.say(loading ? 'answer.waiting' : 'answer.working') })];
    if (!loading) nodes.push(element('p', {}, button({ text: this.#words.say('answer.stop') }, this.#actions.onStop)));
    this.#ranking.blank(CODES);
    this.#set('working', nodes, 'open');
    this.#computed.hidden = true;
  }

  /** At work on a new answer while the shown one stays, dimmed. */
  busy() {
    this.root.dataset['state'] = 'busy';
    this.root.setAttribute('aria-busy', 'true');
  }

  /**
   * An answer; returns the words to announce.
   * @param {Answer} answer
   * @param {{prior: Mix, wanted: Mix, sentence: string, info: import('../../lib/index.js').Info}} context `prior` is what it was asked
   *   under, `wanted` how the switch stands now: they differ while a new answer is on its way
   */
  answered(answer, { prior, wanted, sentence, info }) {
    const words = this.#words;
    this.#equal.checked = wanted === 'equal';
    this.#explainEqual(prior, info.card);
    this.#ranking.show(answer.ranked, answer.map?.class);
    this.#facts.replaceChildren(...computedFacts(words, answer, info));
    if (answer.abstained) {
      const why = words.byCode('cannot.why', answer.abstained.code);
      this.#set('cannot', cannotJudge(words, answer.abstained.code), 'behind');
      return words.say('cannot.announce', { why });
    }
    this.#set('answered', answered(words, answer, prior), 'open');
    const [top] = answer.ranked;
    return words.say('answer.announce', { name: words.className(top.code, top.name), percent: words.percent(top.probability), sentence });
  }

  /** An error in words; returns what to announce. @param {import('../../lib/index.js').DermError} error */
  error(error) {
    const { nodes, announcement } = failed(this.#words, error, this.#actions);
    this.#set('error', nodes, 'none');
    return announcement;
  }

  /** The reader stopped it. */
  stopped() {
    const again = button({ text: this.#words.say('answer.again'), className: 'primary', part: 'button primary' }, this.#actions.onAgain);
    const headline = element('p', { className: 'headline quiet', text: this.#words.say('answer.stopped') });
    this.#set('stopped', [headline, element('p', {}, again)], 'none');
  }

  /**
   * Puts a state in place.
   * @param {'working' | 'answered' | 'cannot' | 'error' | 'stopped'} state
   * @param {Node[]} nodes
   * @param {'open' | 'behind' | 'none'} where the figures go: in the open, behind the disclosure, or nowhere
   */
  #set(state, nodes, where) {
    const focused = this.#verdict.contains(focusedIn(this.#verdict));
    this.root.dataset['state'] = state;
    this.root.setAttribute('aria-busy', String(state === 'working'));
    this.#verdict.replaceChildren(...nodes);
    // The button that was pressed is gone: the reader goes on with the one that took its place, or with the words.
    if (focused) (this.#verdict.querySelector('button') ?? this.#verdict).focus({ preventScroll: true });
    this.#numbers.hidden = where !== 'behind';
    const place = where === 'behind' ? this.#numbersPlace : this.#rankingPlace;
    // Moving the figures would take the focus from them.
    if (this.#figures.parentElement !== place) place.append(this.#figures);
    this.#figures.hidden = where === 'none';
    this.#computed.hidden = where === 'none';
  }

  /** @param {Mix} prior @param {import('../../lib/index.js').Card} card */
  #explainEqual(prior, { class_mix: mix, classes }) {
    const top = mix.indexOf(Math.max(...mix));
    const values = { share: this.#words.percent(mix[top] ?? NaN), name: this.#words.className(classes[top] ?? '') };
    this.#equalWords.textContent = this.#words.say(prior === 'equal' ? 'answer.equalOn' : 'answer.equalOff', values);
  }
}

/** What every answer stands beside; a portal may add to it, not replace it. @param {import('../words/words.js').Words} words */
function note(words) {
  const heading = element('strong', { text: words.say('note.heading') });
  return element('p', { className: 'note', attributes: { part: 'note' } }, heading, ` ${words.say('note.body')} `, slot('note'));
}
