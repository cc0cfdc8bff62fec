/**
 * Learning from a few photographs, in a worker of its own; this package sends none of them anywhere (PRIVACY.md says how that is tested).
 *
 * ```js
 * const learner = await classifier.learner();
 * for (const [file, label] of mine) await learner.addExample(file, label);
 * for await (const { step, loss } of learner.train({ steps: 40 })) console.log(step, loss);
 * const { before, after } = await learner.compare();
 * const weights = await learner.exportWeights(); // createClassifier({ weights })
 * learner.close();
 * ```
 *
 * A handful of photographs teaches a handful of photographs: what comes out is a demonstration of learning. Exported weights can carry
 * information about the pictures that they were made from.
 */
import type { Asset, CallOptions, ClassCode, Classifier, Crop, DermError, Prior, Progress, Source, TrustedScriptURL } from '../index.js';

/**
 * What an example is for. `auto` (the default): with ten examples or more a fifth is held back for validation when a run begins, and stays
 * held back; the others are learned from. `check`: held back. `retained`: never learned from either, and judged apart: what shows how much is forgotten.
 */
export type Use = 'auto' | 'train' | 'check' | 'retained';

/** A labelled photograph. */
export interface Example {
  readonly id: number;
  readonly label: ClassCode;
  readonly use: Use;
  /** The square that is learned from. */
  readonly seen: ImageData;
}

/** Options of {@link Learner.addExample}. */
export interface ExampleOptions extends CallOptions {
  /** The part of the photograph; all of it when absent. */
  crop?: Crop | undefined;
  use?: Use | undefined;
}

/** What moves: the last layer; the blocks of the smallest maps and the last layer; everything. */
export type Scope = 'head' | 'last-stage' | 'whole';

/** Options of {@link Learner.train}. Two runs with the same ones (`steps` and `signal` aside) are one run that paused. */
export interface TrainOptions extends CallOptions {
  /** How many steps at most. Default 40. The signal ends the run between two steps. */
  steps?: number | undefined;
  /** Default `'last-stage'`. For `'head'` and `'last-stage'` what lies before is computed once an example. */
  scope?: Scope | undefined;
  /** BatchNorm's statistics. Default `'frozen'`: a few photographs are too few to measure them; `'batch'` does, and moves them. */
  norms?: 'frozen' | 'batch' | undefined;
  /** Images a step, 1 to 32. Default 8. */
  batch?: number | undefined;
  /** Learning rate, above 0 and at most 1. Default 0.001, for `'ssd-kd'` 0.0002. */
  rate?: number | undefined;
  /** Default 0.9. */
  momentum?: number | undefined;
  /** Default 0.001. */
  weightDecay?: number | undefined;
  /** Of the order of examples. Default 0. */
  seed?: number | undefined;
}

/**
 * A rung of the ladder: labels alone; and the teacher's softened answers; and how it relates views and channels; and what it makes of turned
 * views, which is the paper's method and needs a teacher with a projection head.
 */
export type Method = 'ce' | 'kd' | 'd-kd' | 'ssd-kd';

/** Options of {@link Learner.distill}. */
export interface DistillOptions extends TrainOptions {
  /** Default `'ssd-kd'`. `'d-kd'` and `'ssd-kd'` compare what lies before the last layer, so they refuse the scope `'head'`. */
  method?: Method | undefined;
  /** Of the softened answers to upright views, above 0. Default 4 for `'ssd-kd'`, else 5. */
  temperature?: number | undefined;
  /** Terms' weights in place of the method's own, each from 0 on; 0 leaves a term out. */
  weights?: Partial<Record<TermName, number>> | undefined;
  /** Called for every view that the teacher has answered, before the first step. */
  onTaught?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** What a term is called in reports and logs. */
export type TermName = 'cross_entropy' | 'softened' | 'transferred' | 'similarity' | 'distance' | 'angle' | 'gram';

/** A term of the loss. */
export interface Term {
  name: TermName;
  weight: number;
  value: number;
  /** weight · value: what it adds to the loss. */
  weighted: number;
  /** Whether the batch left it nothing to compare; its value is 0 then. */
  skipped: boolean;
}

/** How examples that are not learned from stand. */
export interface Validation {
  n: number;
  accuracy: number;
  loss: number;
}

/** `rows` · `columns` numbers, row by row. */
export interface Matrix {
  rows: number;
  columns: number;
  values: number[];
}

/** What the relational terms of a batch compare; `null` where the method has no such term, or where it was left nothing to compare. */
export interface Matrices {
  /**
   * 3B × B for a batch of B images: the share of likeness (softmax of cosines over τ) that a turned view (row) gives to each upright one (column).
   * Row a belongs to image ⌊a / 3⌋.
   */
  similarities: { teacher: Matrix; student: Matrix } | null;
  /** Distances between the pooled features of all views over their mean; image by image. */
  distances: { teacher: Matrix; student: Matrix } | null;
  /** How far the Gram matrices of channels are apart: the root mean square of their difference, by groups of neighbouring channels, at most 32 × 32. */
  channels: Matrix | null;
}

/** Logits of an example, upright, for equal class shares: softmax(logits / T) is what the loss compares at temperature T. */
export interface Opinions {
  /** `null` without a teacher. */
  teacher: number[] | null;
  /** Under the shipped weights. */
  before: number[];
  /** Under the present ones. */
  now: number[];
}

/** What a step did. */
export interface StepReport {
  /** Steps of the run so far. */
  step: number;
  /** Before the step. */
  loss: number;
  terms: Term[];
  rate: number;
  /** Images of the batch, and those answered rightly before the step. */
  images: number;
  correct: number;
  /** The share of turned views matched to their own image before the step; `null` where the method matches none. */
  matched: number | null;
  /** The batch's examples, by their ids. */
  examples: number[];
  /** How the held-back examples stand, every class weighed alike; `null` without any, and in steps between two validations. */
  validation: Validation | null;
  /** The same for the retained ones, which show what is forgotten. */
  retained: Validation | null;
  /** What is kept of the fixed part's features; `full`: the bound of 64 MB is reached, and some are computed in every step. */
  cached: { views: number; bytes: number; full: boolean };
  /** Milliseconds by part. */
  ms: { batch: number; forward: number; terms: number; backward: number; total: number };
  /** On how many threads it ran. */
  threads: number;
  /** Bytes of the worker's WebAssembly memory, which never shrinks. */
  memory_bytes: number;
}

/** The figures of a set, as `dermdistill evaluate --json` prints them. */
export interface Figures {
  n: number;
  accuracy: number;
  /** The mean recall of the classes that occur. */
  balanced_accuracy: number;
  ece: number;
  nll: number;
  abstained: number;
  per_class: Record<string, { n: number; recall: number | null; precision: number | null; auc: number | null }>;
  classes: string[];
  /** Rows: truth; columns: answer. */
  confusion: number[][];
}

/** The answers to all examples, and figures by what they are for; `null` for a set without examples. */
export interface Evaluation {
  answers: { id: number; label: ClassCode; use: Use; probabilities: number[]; abstained: boolean }[];
  train: Figures | null;
  /** `null` below ten examples, where a figure would be chance. */
  check: Figures | null;
  retained: Figures | null;
  all: Figures;
}

/** Options of {@link Learner.evaluate} and {@link Learner.compare}. */
export interface FiguresOptions extends CallOptions {
  /** The class mix of the answers, as in `classify`. */
  prior?: Prior | undefined;
}

/** Options of {@link Learner.exportWeights}. */
export interface ExportOptions extends CallOptions {
  /** `true`: a state to go on from, with the run's velocities, in place of a weight file. */
  resume?: boolean | undefined;
}

/** Options of {@link Learner.keep} and {@link Learner.resume}. */
export interface KeepOptions {
  /** Called whenever a state has been kept. */
  onKept?: ((kept: Kept) => void) | undefined;
  /**
   * Called when keeping ends by itself: `disk-full` without room, `io` where the browser refuses, where another tab keeps in its place, or where what was
   * kept has been deleted. Learning goes on, and what was kept last stays whole.
   */
  onEnd?: ((error: DermError) => void) | undefined;
}

/** What a learner keeps on the device. */
export interface Kept {
  /** Of the state that was kept last. */
  readonly bytes: number;
}

/**
 * Options of `classifier.learner()`. `teacher`, `teacherHead` and `heads` are downloads of their own, with progress; one that claims to be a released file
 * (of which `dermdistill/weights/*` has those that this version comes with) must have its SHA-256 (`weights-hash`).
 */
export interface LearnerOptions extends CallOptions {
  /** A weight file to learn from: of any network that this version knows, asked at the size of the student's pictures, with its projection head for `'ssd-kd'`. Asked for by `distill` alone. */
  teacher?: Asset | undefined;
  /** The teacher's projection head, where that is a file of its own. */
  teacherHead?: Asset | undefined;
  /** The student's training heads to begin with, made for this teacher (`weights-shape` otherwise); without them heads begin with numbers drawn from the seed. */
  heads?: Asset | undefined;
  /** The file `dermdistill/worker-learn` alone: address, blob or bytes. */
  worker?: string | URL | TrustedScriptURL | Blob | ArrayBuffer | Uint8Array | undefined;
  /**
   * The files `dermdistill/wasm/learn`, `/learn-relaxed` and `/learn-threads` alone, or modules compiled from them. One of the first two is enough; without
   * the third there are no threads.
   */
  wasm?:
    | { simd?: Asset | WebAssembly.Module | undefined; relaxed?: Asset | WebAssembly.Module | undefined; threads?: Asset | WebAssembly.Module | undefined }
    | undefined;
  /**
   * On how many threads at most. Default: one less than there are cores, and 16 at most. Only a page that is cross-origin isolated can have more than one,
   * in a browser with relaxed SIMD; elsewhere, and where they cannot be had, it is one, and no error. The numbers differ by roundings.
   */
  threads?: number | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** A step that takes longer ends with code `timeout` and a fresh worker. Default 120 000. */
  timeLimitMs?: number | undefined;
}

/**
 * A learner and the worker it owns, which ends with `close`, not with the classifier's. Calls are answered one after another; a run asks for one
 * step at a time, so that whatever is asked in between is answered between two steps.
 *
 * A lost worker is replaced: examples come back, and what was learned up to the last saved step (at the end of a run, every five
 * seconds within it, and a second after a step that no other follows). The run's iterator rejects then; begun again with the same options, it goes on from there.
 *
 * The weights are those that the classifier was opened with; the loss weighs every class alike, and probabilities keep the meaning of the card's class mix.
 */
export interface Learner extends Pick<Classifier, 'classify' | 'explain' | 'embed'> {
  /** Takes in a photograph, decoded and cut like one that is classified. */
  addExample(source: Source, label: ClassCode, options?: ExampleOptions): Promise<Example>;
  /** Forgets an example; what was learned from it stays learned. Whether there was one. */
  removeExample(id: number): Promise<boolean>;
  /** In the order they came. */
  examples(): Example[];
  /** Fine-tunes on the labels. Every `next()` is one step; ending the iteration keeps the steps that were taken. */
  train(options?: TrainOptions): AsyncGenerator<StepReport, void, void>;
  /**
   * Learns from the teacher as well. It answers first, for every example and turn that it has not answered for yet, in a worker of its own that ends
   * afterwards; at most 128 MB of answers are kept (`examples`).
   */
  distill(options?: DistillOptions): AsyncGenerator<StepReport, void, void>;
  /** How teacher and student related the batch of the last step, before it; `null` when the run has taken none. */
  matrices(): Promise<Matrices | null>;
  /** What teacher and student think of an example; the teacher is asked where it has not answered yet. */
  opinions(id: number): Promise<Opinions>;
  /** How the present weights answer the examples. */
  evaluate(options?: FiguresOptions): Promise<Evaluation>;
  /** The same before and after. */
  compare(options?: FiguresOptions): Promise<{ before: Evaluation; after: Evaluation }>;
  /** Goes back to the weights before the last run or import, of which eight are kept; whether there was one. */
  undo(): Promise<boolean>;
  /** Goes back to the shipped weights, bit for bit. Examples stay. */
  reset(): Promise<void>;
  /** A safetensors file in f32 whose card says that it was changed; or a state to go on from. */
  exportWeights(options?: ExportOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Takes in either. A file of another network, class order or class mix, a damaged one or one with NaN is refused, and nothing changes. */
  importWeights(file: ArrayBuffer | Uint8Array): Promise<void>;
  /**
   * Keeps what is learned on this device from now on, in place of whatever was kept: the state that `exportWeights({ resume: true })` gives, whenever it is
   * saved, in the origin's private files, and released files that were downloaded. Never a photograph: `addExample` brings the same ones back. Nothing is
   * kept without this call. Rejects with `disk-full` or `io` where the browser refuses: what was kept before is whole then, and
   * downloads for which there was room stay until `forget`.
   */
  keep(options?: KeepOptions): Promise<void>;
  /**
   * Goes on from what is kept on this device, as `importWeights` would, and keeps from now on; `false` where nothing is kept. With the same examples in the
   * same order a run of the same options goes on to the same bits. What is damaged or began with other weights is refused (`checkpoint`), and nothing
   * changes. A crash in the middle of keeping leaves the state before.
   */
  resume(options?: KeepOptions): Promise<boolean>;
  /** What this learner keeps; `null` when it keeps nothing. */
  kept(): Kept | null;
  /** Keeps nothing from now on, and deletes everything that this package has kept on this device for this origin. What was learned stays in this tab. */
  forget(): Promise<void>;
  /** Ends the worker; calls under way reject with code `closed`. */
  close(): void;
  [Symbol.dispose](): void;
}
