import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, ROOT } from './support/fixtures.mjs';
import { test as base } from './support/lesson.mjs';
import { headAlone, trainingHeads } from './support/drawings.mjs';

const student = () => new Uint8Array(readFileSync(`${ROOT}weights/student.safetensors`));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const pin = (bytes) => ({ sha256: sha256(bytes), bytes: bytes.length, head: sha256(bytes.subarray(0, 8 + Number(bytes.readBigUInt64LE(0)))) });

/** Another network than the student's in its name alone: a few numbers of the last layer are others. */
function teacherFile() {
  const bytes = Buffer.from(student());
  bytes[bytes.length - 1] ^= 0x02;
  const text = bytes.toString('latin1');
  const at = text.indexOf('\\"version\\":\\"') + 14;
  bytes.write('T', at, 'latin1');
  return bytes;
}

/** A release that has optional files: they lie under /released/, and the module's list names them; `asked`: which were requested. */
const test = base.extend({
  released: async ({ page }, use) => {
    const files = { 'teacher': teacherFile(), 'teacher-head': Buffer.from(await headAlone(student())), 'heads': Buffer.from(await trainingHeads(student(), 1280)) };
    const pins = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, pin(bytes)]));
    const asked = [];
    await page.route('**/pkg/release-learn.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(/Object\.freeze\((\{.*\})\)/s, (_, own) => `Object.freeze({ ...${own}, ...${JSON.stringify(pins)} })`) });
    });
    await page.route('**/released/*', async (route) => {
      const name = route.request().url().split('/').at(-1);
      asked.push(name);
      await route.fulfill({ body: files[name], headers: { 'content-length': String(files[name].length) } });
    });
    await use({ files, asked });
  },
});

/** In the page: a learner with the optional files, told its progress by file. */
const open = (lesson) => lesson(async () => {
  const { classifier, learnerWith, outcome } = globalThis.client;
  const progress = {};
  const told = ({ file, loaded, total }) => (progress[file] ??= []).push([loaded, total]);
  const given = { teacher: '/released/teacher', teacherHead: '/released/teacher-head', heads: '/released/heads', onProgress: told };
  const opened = learnerWith(classifier, 4, given).then((learner) => void (globalThis.learner = learner));
  return { ...(await outcome(opened)), progress };
});

const first = (lesson, options) => lesson(async (options) => {
  const { outcome, reports } = globalThis.client;
  const { ok, code, message } = await outcome(reports(globalThis.learner.distill({ batch: 4, steps: 1, ...options })));
  return code ? { code, message } : { loss: ok[0].loss, matched: ok[0].matched };
}, options);

test('teacher, head and training heads load with progress by the byte, and SSD-KD learns from them', async ({ released, lesson }) => {
  const { code, progress } = await open(lesson);
  expect(code).toBeUndefined();
  for (const [name, bytes] of Object.entries(released.files)) {
    expect(progress[name].at(-1)).toEqual([bytes.length, bytes.length]);
    expect(progress[name].map(([loaded]) => loaded)).toEqual(progress[name].map(([loaded]) => loaded).toSorted((a, b) => a - b));
  }
  const with1 = await first(lesson);
  expect(with1.matched).toBeGreaterThanOrEqual(0);
  // Without the student's heads they begin with other numbers; without the teacher's there is nothing to be like.
  await lesson(async () => {
    const { classifier, learnerWith } = globalThis.client;
    globalThis.learner = await learnerWith(classifier, 4, { teacher: '/released/teacher', teacherHead: '/released/teacher-head' });
  });
  expect((await first(lesson)).loss).not.toBe(with1.loss);
  await lesson(async () => {
    const { classifier, learnerWith } = globalThis.client;
    globalThis.learner = await learnerWith(classifier, 4, { teacher: '/released/teacher', heads: '/released/heads' });
  });
  expect(await first(lesson)).toEqual({ code: 'argument', message: expect.stringContaining('projection head') });
  expect((await first(lesson, { method: 'd-kd' })).loss).toBeGreaterThan(0);
});

test('a released file that was changed on its way is refused by its hash; own files need none; what does not fit is said', async ({ released, lesson }) => {
  for (const name of Object.keys(released.files)) {
    const whole = released.files[name];
    released.files[name] = Buffer.from(whole);
    released.files[name][whole.length - 1] ^= 1;
    expect(await open(lesson), name).toMatchObject({ code: 'weights-hash', typed: true });
    released.files[name] = whole;
  }
  const own = Buffer.from(await trainingHeads(student(), 640)).toString('base64');
  const codes = await lesson(async (own) => {
    const { bytesOf, classifier, learnerWith, outcome, reports } = globalThis.client;
    const code = async (promise) => (await outcome(promise)).code;
    const misfit = await learnerWith(classifier, 4, { teacher: '/released/teacher', heads: bytesOf(own) });
    const found = {
      misfit: await code(reports(misfit.distill({ method: 'd-kd', batch: 4 }))),
      // Nothing of theirs is read there.
      unread: (await reports(misfit.distill({ method: 'kd', batch: 4, steps: 1 }))).length,
      headless: await code(classifier.learner({ teacherHead: '/released/teacher-head' })),
      noHeads: await code(classifier.learner({ heads: '/pkg/student.safetensors' })),
    };
    misfit.close();
    const wrong = await learnerWith(classifier, 4, { teacher: '/released/teacher', teacherHead: '/pkg/student.safetensors' });
    return { ...found, wrongHead: await code(reports(wrong.distill({ batch: 4 }))) };
  }, own);
  expect(codes).toEqual({ misfit: 'weights-shape', unread: 1, headless: 'argument', noHeads: 'weights-card', wrongHead: 'weights-missing' });
});

test('downloads are kept when it is asked for, and not before; then they need no server, and a damaged one is loaded anew', async ({ page, released, lesson }) => {
  const cached = () => page.evaluate(async () => [await caches.keys(), (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).length)))]);
  await open(lesson);
  expect(await cached()).toEqual([[], []]);
  await lesson.again();
  await open(lesson);
  expect(released.asked).toHaveLength(6);
  await lesson(() => globalThis.learner.keep());
  expect(await cached()).toEqual([['dermdistill downloads'], [3]]);
  await lesson.again();
  const { code, progress } = await open(lesson);
  expect(code).toBeUndefined();
  expect(released.asked).toHaveLength(6);
  for (const [name, bytes] of Object.entries(released.files)) expect(progress[name]).toEqual([[bytes.length, bytes.length]]);
  expect((await first(lesson)).matched).toBeGreaterThanOrEqual(0);
  await page.evaluate(async () => {
    const cache = await caches.open('dermdistill downloads');
    const address = new URL('/released/heads', location.href).href;
    const bytes = new Uint8Array(await (await cache.match(address)).arrayBuffer());
    bytes[bytes.length - 1] ^= 1;
    await cache.put(address, new Response(bytes));
  });
  await lesson.again();
  expect((await open(lesson)).code).toBeUndefined();
  expect(released.asked.slice(6)).toEqual(['heads']);
  await lesson(() => globalThis.learner.forget());
  expect(await cached()).toEqual([[], []]);
});
