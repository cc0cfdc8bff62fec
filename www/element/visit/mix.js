/**
 * An answer under another class mix, without asking the network again: q = p · next / before, over its sum (Saerens et al. 2002, equation 2.4).
 *
 * @typedef {import('../../lib/index.js').Answer} Answer
 * @typedef {'training' | 'equal'} Mix
 */

/**
 * The same answer as the classifier would give under `next`. Its map stays where it is still the one that is wanted, and is `null` otherwise.
 * @param {Answer} answer
 * @param {{before: Mix, next: Mix, explain: true | import('../../lib/index.js').ClassCode}} asked what it was asked under, what it shall hold
 *   for, and the class of the map: `true` is the top class
 * @param {import('../../lib/index.js').Card} card of the weights that answered
 * @returns {Answer}
 */
export function underMix(answer, { before, next, explain }, { classes, class_mix }) {
  const share = (/** @type {Mix} */ mix, /** @type {number} */ index) => (mix === 'equal' ? 1 : (class_mix[index] ?? NaN));
  const weights = classes.map((code, index) => (answer.probabilities[code] * share(next, index)) / share(before, index));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const probabilities = /** @type {Answer['probabilities']} */ (Object.fromEntries(classes.map((code, index) => [code, (weights[index] ?? NaN) / sum])));
  const names = new Map(answer.ranked.map(({ code, name }) => [code, name]));
  const ranked = /** @type {Answer['ranked']} */ (
    classes
      .map((code) => ({ code, name: names.get(code) ?? code, probability: probabilities[code] }))
      .sort((a, b) => b.probability - a.probability)
  );
  const wanted = explain === true ? ranked[0].code : explain;
  return { ...answer, probabilities, ranked, map: answer.map?.class === wanted ? answer.map : null };
}
