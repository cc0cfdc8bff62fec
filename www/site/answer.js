/** The answer's place: working, answered, cannot judge, or an error. The place keeps its size whichever it is. */

import { computedFacts } from './computed.js';
import { createRanking } from './ranking.js';
import { classNameInSentence, element, lookup, percent, say, sayCode } from './words.js';

/**
 * @param {HTMLElement} root the panel
 * @param {{onPick: (code: string) => void, onStop: () => void, onAgain: () => void, onOther: () => void, onEqual: (on: boolean) => void}} actions
 */
export function createAnswer(root, { onPick, onStop, onAgain, onOther, onEqual }) {
  const find = (id) => root.querySelector(`#${id}`);
  const verdict = find('verdict');
  const figures = find('figures');
  const numbers = find('numbers');
  const equal = find('equal');
  const computed = find('computed');
  const ranking = createRanking(find('ranking'), onPick);
  equal.addEventListener('change', () => onEqual(equal.checked));

  const button = (key, act, primary = false) => {
    const node = element('button', { text: say(key), className: primary ? 'primary' : '', attributes: { type: 'button' } });
    node.addEventListener('click', act);
    return node;
  };

  /** Puts a state in place. `where` the figures go: in the open, behind the disclosure, or nowhere. */
  function set(state, nodes, where) {
    const focused = verdict.contains(document.activeElement);
    root.dataset.state = state;
    root.setAttribute('aria-busy', String(state === 'working'));
    verdict.replaceChildren(...nodes);
    // The button that was pressed is gone: the reader goes on with the one that took its place, or with the words.
    if (focused) (verdict.querySelector('button') ?? verdict).focus({ preventScroll: true });
    numbers.hidden = where !== 'behind';
    const place = find(where === 'behind' ? 'numbers-place' : 'ranking-place');
    // Moving the figures would take the focus from them.
    if (figures.parentElement !== place) place.append(figures);
    figures.hidden = where === 'none';
    computed.hidden = where === 'none';
  }

  function verdictOf(answer, prior) {
    const top = answer.ranked[0];
    const figure = percent(top.probability);
    const nodes = [
      element('p', { className: 'headline', text: say('answer.mostLike', { name: classNameInSentence(top.code, top.name) }) }),
    ];
    const sure = prior === 'equal' ? 'answer.sureEqual' : 'answer.sure';
    nodes.push(element('p', { text: say(sure, { percent: figure, share: Math.min(99, Math.round(top.probability * 100)) }) }));
    // The set covers the truth under the training's mix only.
    if (answer.covering?.codes.length > 1 && prior === 'training') {
      const names = answer.covering.codes.map((code) => classNameInSentence(code)).join(', ');
      nodes.push(element('p', { text: say('answer.set', { confidence: percent(answer.covering.coverage), names }) }));
    }
    return nodes;
  }

  return {
    /** At work on a first answer; `loading`: the network is not there yet, and the loading has a stop button of its own. */
    working(loading) {
      const nodes = [element('p', { className: 'headline quiet', text: say(loading ? 'answer.waiting' : 'answer.working') })];
      if (!loading) nodes.push(element('p', {}, button('answer.stop', onStop)));
      ranking.blank();
      set('working', nodes, 'open');
      computed.hidden = true;
    },

    /** At work on a new answer while the shown one stays, dimmed. */
    busy() {
      root.dataset.state = 'busy';
      root.setAttribute('aria-busy', 'true');
    },

    /**
     * An answer; returns the words to announce. `prior` is what it was asked under, `wanted` how the switch stands now:
     * they differ while a new answer is on its way.
     */
    answered(answer, { prior, wanted, card, sentence, info }) {
      const cannot = Boolean(answer.abstained);
      equal.checked = wanted === 'equal';
      explainEqual(prior, card);
      ranking.show(answer.ranked, answer.map?.class);
      computed.querySelector('dl').replaceChildren(...computedFacts(answer, info));
      if (!cannot) {
        set('answered', verdictOf(answer, prior), 'open');
        const top = answer.ranked[0];
        return say('answer.announce', { name: classNameInSentence(top.code, top.name), percent: percent(top.probability), sentence });
      }
      const why = sayCode('cannot.why', answer.abstained.code);
      const tries = element('ul', {}, ...lookup('cannot.tries').map((text) => element('li', { text })));
      set(
        'cannot',
        [
          element('p', { className: 'headline', text: say('cannot.heading') }),
          element('p', { text: why }),
          element('p', { className: 'strong', text: say('cannot.tryHeading') }),
          tries,
        ],
        'behind',
      );
      return say('cannot.announce', { why });
    },

    /** An error in words; returns what to announce. */
    error(error) {
      const what = sayCode('errors.what', error.code);
      const hint = sayCode('errors.hint', error.code);
      const found = element('p', { className: 'found', text: say('errors.found', { message: error.message }) });
      const own = String(error.code).startsWith('image-');
      const nodes = [element('p', { className: 'headline', text: say('errors.heading') }), element('p', { text: what })];
      if (own) nodes.push(found);
      nodes.push(element('p', { text: hint }));
      const other = button('errors.chooseOther', onOther, own);
      nodes.push(element('p', { className: 'actions' }, ...(own ? [other] : [button('errors.again', onAgain, true), other])));
      // What a reader can do nothing with is for those who look after the page.
      if (!own) nodes.push(element('details', {}, element('summary', { text: say('errors.details') }), found));
      set('error', nodes, 'none');
      return say('errors.announce', { what, hint });
    },

    /** The reader stopped it. */
    stopped() {
      set(
        'stopped',
        [
          element('p', { className: 'headline quiet', text: say('answer.stopped') }),
          element('p', {}, button('answer.again', onAgain, true)),
        ],
        'none',
      );
    },
  };

  function explainEqual(prior, card) {
    const mix = card?.class_mix ?? [];
    const top = mix.indexOf(Math.max(...mix));
    const values = { share: percent(mix[top]), name: classNameInSentence(card?.classes?.[top]) };
    find('equal-words').textContent = say(prior === 'equal' ? 'answer.equalOn' : 'answer.equalOff', values);
  }
}
