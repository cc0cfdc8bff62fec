/**
 * Classifies close-up photographs of skin spots in a worker of the browser.
 *
 * A demonstration of machine learning, not a medical device: its answers are the likeness to labelled pictures, nothing more.
 *
 * ```js
 * import { createClassifier } from 'dermdistill';
 * const classifier = await createClassifier();
 * const answer = await classifier.classify(file, { signal: AbortSignal.timeout(10_000) });
 * console.log(answer.ranked[0].name, answer.ranked[0].probability);
 * classifier.close();
 * ```
 *
 * This package sends no photograph anywhere: its worker takes away its own ways to the network before anything else runs. What makes that a
 * proof and not a promise is the policy that your server sends with the worker (README, "What your server must send"), which forbids `import()` too.
 *
 * Names: what comes back is written as the command line's JSON is (`load_ms`), what you write as JavaScript is (`timeLimitMs`).
 */

import type { Learner, LearnerOptions } from './learn/index.js';

export type {
  DistillOptions, Evaluation, Example, ExampleOptions, ExportOptions, Figures, FiguresOptions, KeepOptions, Kept, Learner, LearnerOptions, Matrices, Matrix, Method, Opinions, Scope, StepReport, Term, TermName, TrainOptions, Use,
  Validation,
} from './learn/index.js';

/** One of the eight classes of ISIC 2019. */
export type ClassCode = 'AK' | 'BCC' | 'BKL' | 'DF' | 'MEL' | 'NV' | 'SCC' | 'VASC';

/** Which WebAssembly build answers. `relaxed-simd` is the faster one where the browser has it. */
export type Build = 'relaxed-simd' | 'simd128';

/**
 * A photograph: an encoded file (JPEG, PNG or WebP, told apart by content), or pixels, of a camera's video for one.
 *
 * Bytes and pixels are copied when the call is made, so they stay yours; pixels lie over white where they are transparent, and must be of
 * the page's own origin. Asked about the same `Blob` or `File` again, with another crop, class or prior, the worker decodes nothing anew,
 * and runs the network only for another crop. It holds the last photograph until the next one or `close`.
 */
export type Source =
  | Blob | ArrayBuffer | Uint8Array
  | ImageData | ImageBitmap | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | VideoFrame;

/** A box in pixels of the upright photograph (after its EXIF orientation); integers, not empty, inside the photograph. */
export interface Crop {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * The class mix that the probabilities shall hold for: the mix of the training data (`'training'`, the default, under which they
 * are calibrated), all classes equally common (`'equal'`), or one number ≥ 0 a class in index order, not all zero.
 */
export type Prior = 'training' | 'equal' | readonly number[] | Float32Array | Float64Array;

/** Options of every call. */
export interface CallOptions {
  /** Stops the call: it rejects with code `aborted` at once. Work that then keeps the next call waiting ends with its worker. */
  signal?: AbortSignal | undefined;
}

/** Options of the calls that read a photograph. */
export interface PhotographOptions extends CallOptions {
  /** The part to look at; the whole photograph when absent. */
  crop?: Crop | undefined;
}

/** Options of {@link Classifier.classify}. */
export interface ClassifyOptions extends PhotographOptions {
  /** The class mix of the answer. */
  prior?: Prior | undefined;
  /** `true`: also the class activation map of the top class; a code: of that class. */
  explain?: boolean | ClassCode | undefined;
}

/** Options of {@link Classifier.explain}. */
export interface ExplainOptions extends PhotographOptions {
  /** The class to explain; the top class when absent. */
  class?: ClassCode | undefined;
}

/** One class of an answer. */
export interface Ranked {
  code: ClassCode;
  /** Its full English name. */
  name: string;
  /** Between 0 and 1; over all classes they add up to 1. */
  probability: number;
}

/** Every reason not to judge, in the order in which they are looked for. */
export type AbstentionCode = 'too-dark' | 'too-bright' | 'flat' | 'too-blurred' | 'unlike-dermoscopy' | 'unfamiliar' | 'not-sure';

/** Why the classifier would rather not judge this photograph. The probabilities are there all the same. */
export interface Abstention {
  /** A stable word to translate by. */
  code: AbstentionCode;
  /** What was found, in English. */
  message: string;
}

/** The classes that together hold the truth for a stated share of photographs like the training's. */
export interface Covering {
  /** That share, between 0 and 1. */
  coverage: number;
  /** The most probable first; at least one. */
  codes: [ClassCode, ...ClassCode[]];
}

/** Measures of the square that the network saw, over its luma Y = 0.299 R + 0.587 G + 0.114 B. */
export interface Quality {
  /** The variance of the Laplacian of Y (0–255): 0 for an even surface, small for a blurred one. */
  sharpness: number;
  /** The mean of Y / 255: 0 black, 1 white. */
  brightness: number;
  /** The standard deviation of Y / 255, 0.5 at most. */
  contrast: number;
  /** The share of pixels that are as good as black, 0 to 1. */
  clipped_dark: number;
  /** The share of pixels that are as good as white, 0 to 1. */
  clipped_bright: number;
}

/** A class activation map: how much each place of the seen picture spoke for the class rather than for the others, the class mix aside. */
export interface ClassMap {
  class: ClassCode;
  /** The map is side × side, row by row. */
  side: number;
  /**
   * The exact contributions, in units of the logit; negative: for others. Their mean is r − (mean of r over the classes), where r is a class's
   * logit − `temperature` · ln(its share of `class_mix`).
   */
  values: Float32Array<ArrayBuffer>;
}

/** How far a photograph is from those of the training. */
export interface Unlikeness {
  /** From 0 up. */
  distance: number;
  /** Above it the classifier does not judge (`unlike-dermoscopy`). */
  limit: number;
}

/** Milliseconds inside the worker. What an earlier call has done already counts 0. */
export interface Timings {
  decode_ms: number;
  resize_ms: number;
  network_ms: number;
  total_ms: number;
}

/** What {@link Classifier.classify} answers: plain data, yours to keep, post or store. */
export interface Answer {
  /** A probability for every class code. */
  probabilities: Record<ClassCode, number>;
  /** The same, most probable first. Never empty. */
  ranked: [Ranked, ...Ranked[]];
  /** `null` when the classifier judges. */
  abstained: Abstention | null;
  /** The set of classes at the card's coverage, under the training's mix; `null` where the weights state none. */
  covering: Covering | null;
  /** `null` where the weights cannot tell. */
  unlikeness: Unlikeness | null;
  quality: Quality;
  /** The upright photograph's size in pixels. */
  photograph: { width: number; height: number };
  /** The picture that went into the network: a square, opaque. */
  seen: ImageData;
  /** `null` unless `explain` was asked for. */
  map: ClassMap | null;
  /** The network's output in index order, before temperature and prior: the mean of two passes where `card.mirror` says so. */
  logits: number[];
  timings: Timings;
  build: Build;
}

/** What the weight file says about itself. */
export interface Card {
  architecture: string;
  /** Codes in index order. */
  classes: ClassCode[];
  /** Full names in the same order. */
  class_names: string[];
  /** Side of the network's input in pixels. */
  input_side: number;
  framing: 'centre_square' | 'squash';
  mean: [number, number, number];
  std: [number, number, number];
  /** Whether the network looks twice, at the square and at its mirror image, and the mean of the logits counts. Absent: once. */
  mirror?: boolean;
  temperature: number;
  /** The class mix that the probabilities hold for, in index order. */
  class_mix: number[];
  version: string;
  licence: string;
  attribution: string;
  /** Training data, split, metrics and whatever else the file states. */
  readonly [field: string]: unknown;
}

/** What a ready classifier knows about itself. */
export interface Info {
  build: Build;
  card: Card;
  /** Whether the weights are the released ones, by their SHA-256; `false` too for given ones where an http page cannot compute it. */
  released: boolean;
  /** Milliseconds from the call of {@link createClassifier} to ready. */
  load_ms: number;
  /** Bytes of WebAssembly and weights that were read, uncompressed; a compiled module counts 0. */
  first_load_bytes: number;
}

/** Bytes of one file while it loads. */
export interface Progress {
  /** A teacher, its projection head and training heads are only loaded for `learner()`. */
  file: 'code' | 'weights' | 'teacher' | 'teacher-head' | 'heads';
  /** Bytes so far. */
  loaded: number;
  /** Bytes in all; 0 when the server does not say. */
  total: number;
}

/** A file: its address, or its bytes. Bytes are copied. */
export type Asset = string | URL | ArrayBuffer | Uint8Array;

/** An address of a script from a policy of the page's own, where it requires Trusted Types. */
export interface TrustedScriptURL {
  toJSON(): string;
  toString(): string;
}

/**
 * Options of {@link createClassifier}. All may be left out: bundlers that understand `new URL('…', import.meta.url)` (Vite, webpack 5,
 * Parcel) find the files by themselves. For others, such as esbuild, copy the package's folder `pkg` beside the page and name it in `assets`.
 */
export interface CreateOptions {
  /** The address of a copy of the package's folder `pkg`: worker, WebAssembly and weights come from there. */
  assets?: string | URL | undefined;
  /**
   * The file `dermdistill/worker` alone. An address must be of the page's own origin. Bytes (or a blob) start it as a `blob:`, which asks
   * `worker-src blob:` of the page's policy. Default: its address, by a Trusted
   * Types policy named `dermdistill` where the browser has them.
   */
  worker?: string | URL | TrustedScriptURL | Blob | ArrayBuffer | Uint8Array | undefined;
  /** The files `dermdistill/wasm/simd` and `dermdistill/wasm/relaxed` alone, or modules compiled from them. One is enough. */
  wasm?: { simd?: Asset | WebAssembly.Module | undefined; relaxed?: Asset | WebAssembly.Module | undefined } | undefined;
  /**
   * A safetensors file with a card. Default: the released weights, hash-checked. A given file that carries the released card must be the
   * released file as well (`weights-hash`).
   */
  weights?: Asset | undefined;
  /** Force a build. Default: `relaxed-simd` where the browser has it, else `simd128`. */
  build?: Build | undefined;
  /** Called for every piece that arrives. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops loading. */
  signal?: AbortSignal | undefined;
  /** A step of a call that runs longer ends with code `timeout` and a fresh worker. Default 30 000. */
  timeLimitMs?: number | undefined;
}

/** Every code an error can have. */
export type ErrorCode =
  | 'argument' | 'io' | 'disk-full'
  | 'image-format' | 'image-truncated' | 'image-corrupt' | 'image-too-large' | 'image-empty' | 'image-animated' | 'image-crop'
  | 'weights-format' | 'weights-too-large' | 'weights-missing' | 'weights-extra' | 'weights-shape' | 'weights-type'
  | 'weights-not-finite' | 'weights-variance' | 'weights-card' | 'weights-hash'
  | 'table-column' | 'table-label' | 'table-duplicate' | 'table-empty' | 'table-image'
  | 'examples' | 'checkpoint' | 'not-finite' | 'aborted' | 'internal'
  | 'worker-lost' | 'out-of-memory' | 'timeout' | 'network' | 'unsupported-browser' | 'closed';

/** The one error of this package. Every promise it returns rejects with it. */
export class DermError extends Error {
  constructor(code: ErrorCode, message: string, hint?: string);
  readonly name: 'DermError';
  /** What went wrong, from a closed list. */
  readonly code: ErrorCode;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

/** A loaded classifier and the worker it owns. Calls are answered one after another, in order. */
export interface Classifier {
  readonly info: Info;
  /**
   * Fulfilled when nothing more is going to be requested: the workers that stand by have their script, or cannot be had now. Never rejects.
   * A call need not wait for it; a page that tells its visitor to go offline does.
   */
  readonly settled: Promise<void>;
  /** The probabilities of a photograph. */
  classify(source: Source, options?: ClassifyOptions): Promise<Answer>;
  /** The class activation map alone. */
  explain(source: Source, options?: ExplainOptions): Promise<ClassMap>;
  /** The 1280 numbers before the last layer, as a fingerprint of the photograph. */
  embed(source: Source, options?: PhotographOptions): Promise<Float32Array<ArrayBuffer>>;
  /** The network alone, for tests and benchmarks: side × side × 3 normalised numbers (NHWC) in, one logit a class out. */
  logits(input: Float32Array, options?: CallOptions): Promise<Float32Array<ArrayBuffer>>;
  /** Loads the learn module, a download of its own, for learning on from these weights. */
  learner(options?: LearnerOptions): Promise<Learner>;
  /** Ends the worker and gives its memory back; calls under way reject with code `closed`. Closing twice is fine. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Loads code and weights and starts the worker.
 *
 * A worker that is lost is replaced without a request, so it works offline too: the weight file and the compiled code stay in the page,
 * and two more workers stand by with nothing but their script ({@link Classifier.settled}). The next ones are started when there is a connection. A worker
 * whose memory a large photograph made grow is replaced after half a minute without calls.
 */
export function createClassifier(options?: CreateOptions): Promise<Classifier>;
