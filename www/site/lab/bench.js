/** What the lab works on: the classifier as shipped, a learner with its teacher, the examples, and the drawings that show what is forgotten. */

import { createClassifier } from '../../lib/index.js';
import { checkSet } from './drawings.js';
import { RELEASED, SHIPPED } from './teachers.js';

/**
 * @typedef {import('../../lib/index.js').Classifier} Classifier
 * @typedef {import('../../lib/index.js').ClassCode} ClassCode
 * @typedef {import('../../lib/index.js').Example} Example
 * @typedef {import('../../lib/index.js').Learner} Learner
 * @typedef {import('../../lib/index.js').Progress} Progress
 * @typedef {import('./teachers.js').Teaching} Teaching
 */

export class Bench {
  #progress;
  /** Whether SSD-KD can be tried: the shipped network has no projection head, another teacher may have one. */
  mayRepresent = false;
  /** The making of the check set. @type {Promise<void> | null} */
  #retaining = null;

  /** @param {Classifier} classifier @param {Learner} learner @param {(progress: Progress) => void} onProgress */
  constructor(classifier, learner, onProgress) {
    this.classifier = classifier;
    this.learner = learner;
    this.#progress = onProgress;
  }

  /** @param {(progress: Progress) => void} onProgress */
  static async open(onProgress) {
    const classifier = await createClassifier({ onProgress });
    return new Bench(classifier, await classifier.learner({ ...SHIPPED, onProgress }), onProgress);
  }

  /** What the visitor sees among the trays: all but the check set. */
  examples() {
    return this.learner.examples().filter(({ use }) => use !== 'retained');
  }

  /** Whether there are two classes to tell apart. */
  canLearn() {
    return new Set(this.examples().filter(({ use }) => use !== 'check').map(({ label }) => label)).size > 1;
  }

  /** @param {import('../../lib/index.js').Source} source @param {ClassCode} label */
  add(source, label) {
    return this.learner.addExample(source, label);
  }

  /**
   * Sees to it that the check set is there: drawings that are never learned from, labelled with what the shipped network answers. Once, and for every learner.
   */
  retain() {
    this.#retaining ??= this.#retain().catch((error) => {
      this.#retaining = null;
      throw error;
    });
    return this.#retaining;
  }

  async #retain() {
    for (const canvas of checkSet()) {
      const { ranked } = await this.classifier.classify(canvas, { prior: 'equal' });
      const [first] = ranked;
      if (first) await this.learner.addExample(canvas, first.code, { use: 'retained' });
    }
  }

  /**
   * Another teacher. Examples and what was learned so far stay; runs before can no longer be taken back.
   * @param {Teaching} teaching
   */
  async teach(teaching) {
    const next = await this.classifier.learner({ ...teaching, onProgress: this.#progress });
    try {
      for (const { seen, label, use } of this.learner.examples()) await next.addExample(seen, label, { use });
      await next.importWeights(await this.learner.exportWeights());
    } catch (error) {
      next.close();
      throw error;
    }
    this.learner.close();
    this.learner = next;
    // Of a file of one's own nobody knows before it is asked.
    this.mayRepresent = teaching === RELEASED ? RELEASED.teacherHead !== undefined : teaching !== SHIPPED;
  }

  /** Forgets every example; the check set stays, it is nobody's. */
  async forget() {
    for (const { id } of this.examples()) await this.learner.removeExample(id);
  }
}
