// A strict consumer's view of the package: every line either compiles or is expected not to.
import type { DermClassifier } from 'dermdistill/element';
import { createClassifier, DermError, type Evaluation, type Example, type Kept, type Learner, type Matrices, type Opinions, type StepReport, type Use, type AbstentionCode, type Answer, type Build, type ClassMap, type ErrorCode, type Progress } from 'dermdistill';

export async function everyCall(file: File, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const seen: Progress[] = [];
  using classifier = await createClassifier({ onProgress: (progress) => seen.push(progress), signal, timeLimitMs: 5000 });
  const build: Build = classifier.info.build;
  const standing: void = await classifier.settled;
  const side: number = classifier.info.card.input_side;
  const answer: Answer = await classifier.classify(file, { crop: { x: 0, y: 0, width: 10, height: 10 }, prior: 'equal', explain: 'MEL', signal });
  const top: number = answer.ranked[0].probability;
  const picture: ImageData = answer.seen;
  const map: ClassMap = await classifier.explain(bytes, { class: 'NV' });
  const embedding: Float32Array = await classifier.embed(await file.arrayBuffer());
  const logits: Float32Array = await classifier.logits(new Float32Array(side * side * 3), { signal });
  await classifier.classify(bytes, { prior: [1, 1, 1, 1, 1, 1, 1, 1], explain: true });
  console.log(build, standing, top, picture, map.values, embedding, logits, answer.probabilities.MEL, answer.abstained?.message, answer.map?.side, answer.covering?.codes[0]);
  const video = document.createElement('video');
  const reason: AbstentionCode | undefined = (await classifier.classify(video)).abstained?.code;
  for (const pixels of [picture, await createImageBitmap(file), document.createElement('canvas'), new OffscreenCanvas(1, 1)]) await classifier.embed(pixels);
  const { load_ms, first_load_bytes } = classifier.info;
  console.log(load_ms + first_load_bytes, reason, answer.unlikeness?.distance);
  // @ts-expect-error: the list of reasons is closed
  if (answer.abstained?.code === 'too-small') return;
  // @ts-expect-error: an image element is neither a file nor pixels
  await classifier.classify(document.createElement('img'));
  // @ts-expect-error: no such prior
  await classifier.classify(file, { prior: 'flat' });
  // @ts-expect-error: a crop has four numbers
  await classifier.explain(file, { crop: { x: 0, y: 0 } });
  // @ts-expect-error: the state is read only
  classifier.info = classifier.info;
  // @ts-expect-error: no such build
  await createClassifier({ build: 'scalar' });
  classifier.close();
}

/** The element, as a portal's script sees it. */
export function watch(element: DermClassifier, mine: File): string {
  element.addEventListener('result', ({ detail }) => console.log(detail.answer.ranked[0].code, detail.file.name));
  element.addEventListener('error', ({ detail }) => console.log(detail.code, detail.error?.hint));
  element.options = { timeLimitMs: 10_000 };
  element.messages = { arriving: { choose: 'Choose' } };
  element.add([mine]);
  // @ts-expect-error: there is no such detail
  element.addEventListener('ready', ({ detail }) => detail.answer);
  // @ts-expect-error: the answer is read only
  element.answer = null;
  const found: DermClassifier | null = document.querySelector('derm-classifier');
  return found?.value ?? '';
}

export async function everyWayToTheFiles(worker: Blob, bytes: ArrayBuffer, module: WebAssembly.Module, policy: { createScriptURL(url: string): { toJSON(): string } }): Promise<void> {
  await createClassifier({ assets: '/dermdistill/' });
  await createClassifier({ worker, wasm: { simd: module }, weights: bytes });
  await createClassifier({ worker: policy.createScriptURL('/worker.js'), wasm: { simd: '/simd.wasm', relaxed: new Uint8Array(bytes) } });
  // @ts-expect-error: a number is no worker
  await createClassifier({ worker: 42 });
  // @ts-expect-error: nor is any object
  await createClassifier({ worker: {} });
  // @ts-expect-error: there is no such option
  await createClassifier({ wieghts: bytes });
}

export function advice(error: unknown): string {
  if (!(error instanceof DermError)) return '';
  const code: ErrorCode = error.code;
  // @ts-expect-error: the list of codes is closed
  if (error.code === 'no-such-code') return '';
  return code === 'aborted' ? '' : `${error.message} ${error.hint}`;
}

/** A learner, as a lesson's script sees it. */
export async function learn(file: File, signal: AbortSignal): Promise<Uint8Array> {
  const classifier = await createClassifier();
  using learner: Learner = await classifier.learner({ timeLimitMs: 60_000, signal, teacher: '/teacher', teacherHead: file.name, heads: new Uint8Array(), onProgress: ({ loaded }) => console.log(loaded) });
  const example: Example = await learner.addExample(file, 'MEL', { use: 'check', crop: { x: 0, y: 0, width: 9, height: 9 }, signal });
  const use: Use = example.use;
  for await (const report of learner.train({ steps: 3, scope: 'head', norms: 'batch', batch: 4, rate: 0.01, momentum: 0, weightDecay: 0, seed: 1, signal })) {
    const matrices: Matrices | null = await learner.matrices();
    console.log(report.retained?.accuracy, matrices?.similarities?.teacher.columns, matrices?.channels?.values[0]);
    const { step, terms, validation, cached, ms, memory_bytes }: StepReport = report;
    console.log(step, terms[0]?.weighted, validation?.accuracy, cached.full, ms.forward, memory_bytes);
  }
  const after: Evaluation = (await learner.compare({ prior: 'equal' })).after;
  const { teacher, now }: Opinions = await learner.opinions(example.id);
  console.log(teacher?.[0], now[0]);
  const undone: boolean = await learner.undo();
  await learner.importWeights(await learner.exportWeights({ resume: true }));
  console.log(use, after.check?.accuracy, undone, learner.examples()[0]?.seen.width, (await learner.classify(file)).ranked[0].name);
  await learner.reset();
  if (!(await learner.resume({ onEnd: ({ code }) => console.log(code) }))) await learner.keep();
  const kept: Kept | null = learner.kept();
  console.log(kept?.bytes);
  await learner.forget();
  // @ts-expect-error: no such class
  await learner.addExample(file, 'NAEVUS');
  // @ts-expect-error: no such scope
  learner.train({ scope: 'tail' });
  // @ts-expect-error: an example is read only
  example.label = 'NV';
  // @ts-expect-error: nor is there such an option
  await classifier.learner({ rate: 1 });
  return learner.exportWeights();
}
