import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { COMMAND, expect, ROOT, SAME } from './support/fixtures.mjs';
import { test } from './support/lesson.mjs';

const run = promisify(execFile);

test('fine-tuning on labelled drawings lowers the loss and raises the accuracy on held-back ones, and nothing is sent', async ({ lesson, traffic }) => {
  const before = traffic.requests.length;
  const found = await lesson(async () => {
    const { classifier, learnerWith, reports } = globalThis.client;
    const learner = await learnerWith(classifier, 16);
    const told = await reports(learner.train({ steps: 20, batch: 6 }));
    const compared = await learner.compare({ prior: 'equal' });
    const uses = learner.examples().map(({ use }) => use);
    learner.close();
    return { told, compared, uses };
  });
  const mean = (reports) => reports.reduce((sum, { loss }) => sum + loss, 0) / reports.length;
  expect(mean(found.told.slice(-5))).toBeLessThan(0.5 * mean(found.told.slice(0, 5)));
  expect(found.compared.after.check.accuracy).toBeGreaterThan(found.compared.before.check.accuracy);
  expect(found.uses.filter((use) => use === 'check')).toHaveLength(3);
  expect(found.uses.filter((use) => use === 'train')).toHaveLength(13);
  const [first] = found.told;
  expect(first).toMatchObject({ step: 1, images: 6, rate: 0.001, cached: { full: false }, validation: { n: 3 } });
  expect(first.terms.map(({ name }) => name)).toEqual(['cross_entropy']);
  for (const part of ['batch', 'forward', 'terms', 'backward', 'total']) expect(first.ms[part]).toBeGreaterThanOrEqual(0);
  // Once every example's features are kept, the batch costs next to nothing.
  expect(found.told.at(-1).ms.batch).toBeLessThan(first.ms.batch);
  // The module and its worker, and nothing else: not even at the end of learning.
  const names = traffic.requests.slice(before).map((url) => new URL(url).pathname.split('/').at(-1));
  const expected = ['crew.js', 'dermdistill_bg.wasm', 'downloads.js', 'keeping.js', 'learner.js', 'places.js', 'release-learn.js', 'teacher.js', 'worker-learn.js'];
  expect([...new Set(names)].sort()).toEqual(expected);
  expect(traffic.violations).toEqual([]);
});

test('undo and reset give back the shipped weights bit for bit, in every scope', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, learnerWith, reports, tensorHash } = globalThis.client;
    const learner = await learnerWith(classifier, 4);
    const hash = async () => tensorHash(await learner.exportWeights());
    const shipped = await hash();
    const seen = [];
    for (const scope of ['head', 'last-stage', 'whole']) {
      await reports(learner.train({ scope, steps: 2, batch: 2 }));
      const after = await hash();
      const undone = await learner.undo();
      seen.push([after !== shipped, undone, (await hash()) === shipped]);
    }
    await reports(learner.train({ steps: 1, batch: 2 }));
    await reports(learner.train({ scope: 'head', steps: 1, batch: 2 }));
    await learner.reset();
    seen.push([true, !(await learner.undo()), (await hash()) === shipped]);
    learner.close();
    return seen;
  });
  expect(found).toEqual(Array(4).fill([true, true, true]));
});

test('a run that is aborted and begun again equals one that is not interrupted', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, learnerWith, outcome, reports, tensorHash } = globalThis.client;
    const plan = { batch: 3, rate: 0.002 };
    const whole = await learnerWith(classifier, 6);
    await reports(whole.train({ ...plan, steps: 5 }));
    const wanted = await tensorHash(await whole.exportWeights());
    whole.close();
    const learner = await learnerWith(classifier, 6);
    const stop = new AbortController();
    const steps = [];
    const stopped = await outcome((async () => {
      for await (const { step } of learner.train({ ...plan, signal: stop.signal })) {
        steps.push(step);
        if (step === 2) stop.abort();
      }
    })());
    for await (const { step } of learner.train(plan)) {
      steps.push(step);
      if (step === 4) break;
    }
    // The third part goes on in another learner, from a state.
    const state = await learner.exportWeights({ resume: true });
    learner.close();
    const other = await learnerWith(classifier, 6);
    await other.importWeights(state);
    steps.push(...(await reports(other.train({ ...plan, steps: 1 }))).map(({ step }) => step));
    const hash = await tensorHash(await other.exportWeights());
    other.close();
    return { code: stopped.code, steps, same: hash === wanted };
  });
  expect(found).toEqual({ code: 'aborted', steps: [1, 2, 3, 4, 5], same: true });
});

test('a question in between two steps is answered by what was learned so far', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, drawing, learnerWith } = globalThis.client;
    const learner = await learnerWith(classifier, 6);
    const file = await drawing('VASC', 99);
    const of = (answer) => answer.probabilities.VASC;
    const shipped = of(await classifier.classify(file));
    const seen = [of(await learner.classify(file))];
    for await (const { step } of learner.train({ steps: 4, batch: 4 })) seen.push([step, of(await learner.classify(file))][1]);
    const map = await learner.explain(file, { class: 'VASC' });
    const again = of(await classifier.classify(file));
    learner.close();
    return { shipped, seen, again, side: map.side };
  });
  expect(Math.abs(found.seen[0] - found.shipped)).toBeLessThan(SAME);
  expect(new Set(found.seen).size).toBe(5);
  expect(found.again).toBe(found.shipped);
  expect(found.side).toBe(7);
});

test('the command line gives the page\'s figures for exported weights', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { base64, classifier, drawing, learnerWith, reports } = globalThis.client;
    const learner = await learnerWith(classifier, 8);
    await reports(learner.train({ steps: 4, batch: 4 }));
    const weights = await base64(await learner.exportWeights());
    const { all, answers } = await learner.evaluate();
    learner.close();
    const files = [];
    for (let at = 0; at < 8; at += 1) files.push(await base64(await drawing(at % 2 ? 'VASC' : 'NV', at)));
    return { weights, all, answers, files };
  });
  const folder = mkdtempSync(join(tmpdir(), 'learned-'));
  const weights = join(folder, 'weights.safetensors');
  writeFileSync(weights, found.weights, 'base64');
  const rows = found.files.map((text, at) => {
    writeFileSync(join(folder, `d${at}.png`), text, 'base64');
    return `d${at},${at % 2 ? 'VASC' : 'NV'}`;
  });
  writeFileSync(join(folder, 'labels.csv'), ['image,dx', ...rows].join('\n'));
  const { stdout } = await run(COMMAND, ['evaluate', '--weights', weights, '--images', folder, '--labels', join(folder, 'labels.csv'), '--json']);
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({ n: 8, accuracy: found.all.accuracy, balanced_accuracy: found.all.balanced_accuracy, abstained: found.all.abstained, confusion: found.all.confusion });
  expect(Math.abs(told.nll - found.all.nll)).toBeLessThan(SAME);
  const card = JSON.parse((await run(COMMAND, ['inspect', weights, '--json'])).stdout);
  expect(JSON.stringify(card)).toContain('locally_changed');
  expect(readFileSync(weights).length).toBeGreaterThan(8_000_000);
});

test('what cannot be learned from or imported is a typed error, and nothing changes', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, drawing, learnerWith, outcome, reports, tensorHash } = globalThis.client;
    const code = async (promise) => (await outcome(promise)).code;
    const learner = await classifier.learner();
    const seen = {};
    seen.none = await code(reports(learner.train()));
    seen.nothing = await code(learner.evaluate());
    await learner.addExample(await drawing('NV', 1), 'NV');
    seen.one = await code(reports(learner.train()));
    await learner.addExample(await drawing('NV', 2), 'NV');
    seen.oneClass = await code(reports(learner.train()));
    seen.broken = await code(learner.addExample(new Blob(['no picture']), 'NV'));
    seen.label = await code(learner.addExample(await drawing('NV', 3), 'NAEVUS'));
    seen.use = await code(learner.addExample(await drawing('NV', 3), 'NV', { use: 'learn' }));
    seen.count = learner.examples().length;
    await learner.addExample(await drawing('VASC', 4), 'VASC');
    seen.rate = await code(reports(learner.train({ rate: 7 })));
    seen.scope = await code(reports(learner.train({ scope: 'tail' })));
    seen.option = await code((async () => learner.train({ learningRate: 1 }))());
    const own = await learner.exportWeights();
    const changed = (from, to) => {
      const bytes = new Uint8Array(own);
      const text = new TextDecoder('latin1').decode(bytes.subarray(0, 1 << 16));
      bytes.set(new TextEncoder().encode(to), text.indexOf(from));
      return bytes;
    };
    const nan = new Uint8Array(own);
    nan.set([0, 0, 0xc0, 0x7f], nan.length - 4);
    seen.truncated = await code(learner.importWeights(own.subarray(0, own.length >> 1)));
    seen.nan = await code(learner.importWeights(nan));
    seen.order = await code(learner.importWeights(changed('\\"AK\\",\\"BCC\\"', '\\"BCC\\",\\"AK\\"')));
    seen.network = await code(learner.importWeights(changed('mobilenet_v2', 'mobilenet_v9')));
    seen.noBytes = await code(learner.importWeights('weights.safetensors'));
    seen.same = (await tensorHash(await learner.exportWeights())) === (await tensorHash(own));
    seen.removed = [await learner.removeExample(1), await learner.removeExample(1)];
    seen.goesOn = (await reports(learner.train({ steps: 1, batch: 2 }))).length;
    learner.close();
    seen.closed = await code(learner.evaluate());
    return seen;
  });
  expect(found).toEqual({
    none: 'examples', nothing: 'examples', one: 'examples', oneClass: 'examples', broken: 'image-format', label: 'argument', use: 'argument', count: 2,
    rate: 'argument', scope: 'argument', option: 'argument', truncated: 'weights-format', nan: 'weights-not-finite', order: 'weights-card',
    network: 'weights-card', noBytes: 'argument', same: true, removed: [true, false], goesOn: 1, closed: 'closed',
  });
});

test('a student follows its teacher: every rung lowers its terms, and the teacher\'s worker ends when it has answered', async ({ page, lesson }) => {
  const found = await lesson(async () => {
    const { classifier, learnerWith, reports, withHead } = globalThis.client;
    // A teacher that differs from the student: one that learned these drawings.
    const first = await learnerWith(classifier, 8);
    await reports(first.train({ steps: 12, batch: 4, rate: 0.003 }));
    const teacher = await withHead(await first.exportWeights());
    first.close();
    const learner = await learnerWith(classifier, 8, { teacher });
    const rungs = {};
    for (const method of ['kd', 'd-kd', 'ssd-kd']) {
      let taught = 0;
      rungs[method] = await reports(learner.distill({ method, steps: 10, batch: 4, onTaught: ({ done }) => (taught = done) }));
      rungs[method].taught = taught;
      await learner.undo();
    }
    const seen = Object.fromEntries(Object.entries(rungs).map(([method, reports]) => [method, { reports, taught: reports.taught }]));
    learner.close();
    return seen;
  });
  const terms = (method) => found[method].reports[0].terms.map(({ name }) => name);
  expect(terms('kd')).toEqual(['cross_entropy', 'softened']);
  expect(terms('d-kd')).toEqual(['cross_entropy', 'softened', 'distance', 'angle', 'gram']);
  expect(terms('ssd-kd')).toEqual(['cross_entropy', 'softened', 'transferred', 'similarity', 'distance', 'angle', 'gram']);
  // One upright view each at first; d-kd finds them there, ssd-kd asks for the three turned ones.
  expect([found.kd.taught, found['d-kd'].taught, found['ssd-kd'].taught]).toEqual([8, 0, 24]);
  for (const { reports } of Object.values(found)) {
    const mean = (part) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(reports.slice(-3))).toBeLessThan(mean(reports.slice(0, 3)));
  }
  expect(found['ssd-kd'].reports[0].matched).toBeGreaterThanOrEqual(0);
  expect(found.kd.reports[0].matched).toBeNull();
  await expect.poll(() => page.workers().filter((worker) => worker.url().endsWith('worker-learn.js')).length).toBe(0);
});

test('what teacher and student think of a picture, and how they relate a batch, can be asked between two steps', async ({ lesson }) => {
  const found = await lesson(async () => {
    const { classifier, learnerWith, outcome, withHead, drawing } = globalThis.client;
    const alone = await learnerWith(classifier, 2);
    const teacher = await withHead(await alone.exportWeights());
    const without = { opinions: await alone.opinions(1), matrices: await alone.matrices(), unknown: (await outcome(alone.opinions(9))).code };
    alone.close();
    const learner = await learnerWith(classifier, 4, { teacher });
    await learner.addExample(await drawing('NV', 30), 'NV', { use: 'retained' });
    const first = await learner.opinions(1);
    const run = learner.distill({ batch: 4 });
    const { value: report } = await run.next();
    const matrices = await learner.matrices();
    const { value: next } = await run.next();
    const later = await learner.opinions(1);
    await run.return();
    learner.close();
    return { without, first, report, matrices, next, later };
  });
  expect(found.without).toMatchObject({ matrices: null, unknown: 'argument', opinions: { teacher: null } });
  expect(found.without.opinions.now).toEqual(found.without.opinions.before);
  // The teacher is the student as it began; another worker answered for it.
  found.first.teacher.forEach((logit, at) => expect(logit).toBeCloseTo(found.first.before[at], 3));
  expect(found.later.before).toEqual(found.first.before);
  expect(found.later.now).not.toEqual(found.first.now);
  const { similarities, distances, channels } = found.matrices;
  expect([similarities.student, distances.teacher, channels].map(({ rows, columns, values }) => [rows, columns, values.length])).toEqual([[12, 4, 48], [16, 16, 256], [32, 32, 1024]]);
  const largest = (row) => row.indexOf(Math.max(...row));
  const own = Array.from({ length: 12 }, (_, at) => largest(similarities.student.values.slice(4 * at, 4 * at + 4)) === Math.floor(at / 3));
  expect(own.filter(Boolean).length / 12).toBe(found.report.matched);
  expect([found.report.retained.n, found.next.retained]).toEqual([1, null]);
});

test('a teacher that is missing, or has no head where one is needed, is said before anything is learned', async ({ lesson }) => {
  const codes = await lesson(async () => {
    const { classifier, learnerWith, outcome, reports } = globalThis.client;
    const said = async (run) => {
      const { code, message } = await outcome(reports(run));
      return [code, message];
    };
    const alone = await learnerWith(classifier, 2);
    const none = await said(alone.distill({ method: 'kd' }));
    const method = await outcome((async () => alone.distill({ method: 'skd' }))());
    const term = await outcome((async () => alone.distill({ weights: { grams: 1 } }))());
    alone.close();
    const learner = await learnerWith(classifier, 2, { teacher: '/pkg/student.safetensors' });
    const headless = await said(learner.distill({ batch: 2 }));
    const lastLayer = await said(learner.distill({ method: 'd-kd', scope: 'head' }));
    const shipped = await reports(learner.distill({ method: 'kd', scope: 'head', batch: 2, steps: 1 }));
    learner.close();
    const broken = await outcome(classifier.learner({ teacher: '/pkg/worker.js' }).then((taught) => reports(taught.distill({ method: 'kd' }))));
    return { none, method: method.code, term: term.code, headless, lastLayer, steps: shipped.length, broken: broken.code };
  });
  expect(codes).toMatchObject({ method: 'argument', term: 'argument', steps: 1, broken: 'examples' });
  expect(codes.none).toEqual(['argument', expect.stringContaining('this learner has none')]);
  expect(codes.headless).toEqual(['argument', expect.stringContaining('projection head')]);
  expect(codes.lastLayer).toEqual(['argument', expect.stringContaining('last layer')]);
});

/** What the release has of these, by what a learner takes it as. */
const RELEASED = Object.fromEntries(
  [['teacher', 'teacher_int8'], ['teacherHead', 'teacher_ss_head'], ['heads', 'student_heads']]
    .map(([name, file]) => [name, `/pkg/${file}.safetensors`])
    .filter(([, path]) => existsSync(`${ROOT}www${path}`)),
);
const who = RELEASED.teacher ? 'the released teacher' : 'a teacher that learned these drawings';
/**
 * At the reference's weight of 1000 the channel relation is a twentieth of the loss, and its gradient, spread over 2,048 channels, moves nothing: with the
 * released teacher the term then rises by a sixth while the others fall to a tenth.
 */
const WEIGHTS = { gram: 30_000 };

test(`forty steps of SSD-KD on the starter set, from ${who}, lower every term`, async ({ lesson }) => {
  const { terms, matched } = await lesson(async ([released, weights]) => {
    const { classifier, reports, withHead } = globalThis.client;
    const { starterSet } = await import('/site/lab/drawings.js');
    const learnerOf = async (options) => {
      const learner = await classifier.learner(options);
      for (const { canvas, label } of starterSet()) await learner.addExample(canvas, label);
      return learner;
    };
    // Without a released one: what the shipped network becomes on these drawings. The shipped network itself leaves nothing to learn from its answers.
    const taught = async () => {
      const first = await learnerOf();
      await reports(first.train({ steps: 20, batch: 6, rate: 0.002 }));
      const teacher = await withHead(await first.exportWeights());
      first.close();
      return { teacher };
    };
    const learner = await learnerOf(released ?? (await taught()));
    const told = await reports(learner.distill({ method: 'ssd-kd', batch: 4, steps: 40, weights }));
    learner.close();
    return { terms: told.map(({ terms }) => Object.fromEntries(terms.map(({ name, weighted }) => [name, weighted]))), matched: told.map(({ matched }) => matched) };
  }, [RELEASED.teacher ? RELEASED : null, WEIGHTS]);
  const mean = (part, of) => part.reduce((sum, one) => sum + of(one), 0) / part.length;
  expect(terms).toHaveLength(40);
  expect(Object.keys(terms[0])).toHaveLength(7);
  for (const name of Object.keys(terms[0])) {
    const of = (step) => step[name];
    expect.soft(mean(terms.slice(-5), of), name).toBeLessThan(mean(terms.slice(0, 5), of));
  }
  expect(matched.every((share) => share >= 0 && share <= 1)).toBe(true);
});
