/** The terms of the loss: the formula of each, and how its curve is drawn. Colours are Okabe and Ito's; each has its own dash. What it asks is in the words. */

/**
 * @typedef {{formula: string, colour: string, dash: number[]}} Term
 * @type {Record<string, Term>}
 */
export const TERMS = {
  cross_entropy: { formula: 'Σ wᵧ · (−ln pᵧ) / Σ wᵧ', colour: '#0072b2', dash: [] },
  softened: { formula: 'T² · KL(softmax(zᵗ / T) ‖ softmax(zˢ / T))', colour: '#d55e00', dash: [6, 3] },
  transferred: { formula: 'T² · KL(softmax(zᵗ / T) ‖ softmax(zˢ / T)),  90° 180° 270°', colour: '#009e73', dash: [2, 3] },
  similarity: { formula: 'τ² · KL(softmax(Mᵗ / τ) ‖ softmax(Mˢ / τ)),  M = cos, 3B × B', colour: '#cc79a7', dash: [8, 2, 2, 2] },
  distance: { formula: '25 · mean smoothL1(dˢ / μˢ − dᵗ / μᵗ)', colour: '#e69f00', dash: [1, 2] },
  angle: { formula: '50 · mean smoothL1(cos ∠ˢ − cos ∠ᵗ)', colour: '#56b4e9', dash: [10, 4] },
  gram: { formula: '1000 · √mean((Gˢ − Gᵗ)²),  G = F Fᵀ / (C·H·W)', colour: '#808080', dash: [4, 4, 1, 4] },
};

/** @typedef {'ce' | 'kd' | 'd-kd' | 'ssd-kd'} Method */

/** The rungs, lowest first, and their terms. @type {{method: Method, terms: string[]}[]} */
export const RUNGS = [
  { method: 'ce', terms: ['cross_entropy'] },
  { method: 'kd', terms: ['cross_entropy', 'softened'] },
  { method: 'd-kd', terms: ['cross_entropy', 'softened', 'distance', 'angle', 'gram'] },
  { method: 'ssd-kd', terms: Object.keys(TERMS) },
];
