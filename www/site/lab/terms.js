/** The terms of the loss: what each asks of the student, its formula, and how its curve is drawn. Colours are Okabe and Ito's; each has its own dash. */

/**
 * @typedef {{title: string, asks: string, formula: string, colour: string, dash: number[]}} Shown
 * @type {Record<string, Shown>}
 */
export const TERMS = {
  cross_entropy: {
    title: 'L1, labels',
    asks: 'Give the right class a high probability. Every class weighs alike, however many examples it has.',
    formula: 'Σ wᵧ · (−ln pᵧ) / Σ wᵧ',
    colour: '#0072b2',
    dash: [],
  },
  softened: {
    title: 'L2, softened answers',
    asks: 'Answer upright pictures as the teacher does, with the wrong classes in the teacher’s proportions. The temperature T brings small probabilities out.',
    formula: 'T² · KL(softmax(zᵗ / T) ‖ softmax(zˢ / T))',
    colour: '#d55e00',
    dash: [6, 3],
  },
  transferred: {
    title: 'L3, turned pictures',
    asks: 'Answer the turned pictures as the teacher does, too.',
    formula: 'T² · KL over the turned views',
    colour: '#009e73',
    dash: [2, 3],
  },
  similarity: {
    title: 'L4, similarities',
    asks: 'A turned picture is like its own upright one: find the same likenesses among all pictures of the batch as the teacher does.',
    formula: 'τ² · KL(softmax(Mᵗ / τ) ‖ softmax(Mˢ / τ)),  M = cosines, 3B × B',
    colour: '#cc79a7',
    dash: [8, 2, 2, 2],
  },
  distance: {
    title: 'Distances',
    asks: 'Pictures that are far apart for the teacher be far apart for the student, each measured by its own mean distance.',
    formula: '25 · mean smoothL1(dˢ / μˢ − dᵗ / μᵗ)',
    colour: '#e69f00',
    dash: [1, 2],
  },
  angle: {
    title: 'Angles',
    asks: 'Three pictures make the same angle for both.',
    formula: '50 · mean smoothL1(cos ∠ˢ − cos ∠ᵗ)',
    colour: '#56b4e9',
    dash: [10, 4],
  },
  gram: {
    title: 'Channel relations',
    asks: 'Channels that light up together for the teacher light up together for the student.',
    formula: '1000 · √mean((Gˢ − Gᵗ)²),  G = F Fᵀ / (C·H·W)',
    colour: '#6b6b6b',
    dash: [4, 4, 1, 4],
  },
};

/** The rungs, lowest first. @type {{method: 'ce' | 'kd' | 'd-kd' | 'ssd-kd', title: string, terms: string[]}[]} */
export const RUNGS = [
  { method: 'ce', title: 'CE: the labels alone', terms: ['cross_entropy'] },
  { method: 'kd', title: 'KD: and the teacher’s answers', terms: ['cross_entropy', 'softened'] },
  { method: 'd-kd', title: 'D-KD: and how it relates pictures and channels', terms: ['cross_entropy', 'softened', 'distance', 'angle', 'gram'] },
  { method: 'ssd-kd', title: 'SSD-KD: and what it makes of turned pictures', terms: Object.keys(TERMS) },
];
