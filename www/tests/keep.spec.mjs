import { readFileSync } from 'node:fs';
import { expect, ROOT } from './support/fixtures.mjs';
import { pupil, test } from './support/lesson.mjs';
import { located, tells, TOLD } from './support/located.mjs';
import { kept, NOTHING, watchStorage } from './support/storage.mjs';

/** Files of what was learned, by name, as base64. */
const files = (page) => page.evaluate(async () => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('dermdistill').catch(() => null);
  if (!folder) return {};
  const all = await Array.fromAsync(folder.entries());
  return Object.fromEntries(await Promise.all(all.map(async ([name, file]) => [name, await globalThis.client.base64(await file.getFile())])));
});

/** Puts these bytes in place of a file of what was learned; without any, the file is emptied. */
const put = (page, name, bytes = Buffer.alloc(0)) => page.evaluate(async ([name, base64]) => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('dermdistill');
  const stream = await (await folder.getFileHandle(name)).createWritable();
  await stream.write(globalThis.client.bytesOf(base64));
  await stream.close();
}, [name, bytes.toString('base64')]);

/** In the page: a learner with drawings that keeps, and has taken so many steps. */
const learned = (lesson, steps) => lesson(async (steps) => {
  const { classifier, learnerWith, reports, tensorHash } = globalThis.client;
  const learner = await learnerWith(classifier, 6);
  const ended = [];
  await learner.keep({ onEnd: ({ code }) => ended.push(code) });
  await reports(learner.train({ batch: 3, steps }));
  Object.assign(globalThis, { learner, ended });
  return tensorHash(await learner.exportWeights());
}, steps);

/** In a fresh page: a learner with the same drawings, what resuming gives, and the weights then. */
const resumed = (lesson) => lesson(async () => {
  const { classifier, learnerWith, outcome, tensorHash } = globalThis.client;
  const learner = (globalThis.learner = await learnerWith(classifier, 6));
  const { ok, code, typed } = await outcome(learner.resume());
  return { ok, code, typed, kept: learner.kept(), hash: await tensorHash(await learner.exportWeights()) };
});

/** The weights after so many more steps. */
const onward = (lesson, steps) => lesson(async (steps) => {
  const { reports, tensorHash } = globalThis.client;
  const told = await reports(globalThis.learner.train({ batch: 3, steps }));
  return { steps: told.map(({ step }) => step), hash: await tensorHash(await globalThis.learner.exportWeights()) };
}, steps);

test('a learner that is not asked to keep writes to no storage of any kind', async ({ page, lesson }) => {
  await page.addInitScript(watchStorage);
  await lesson.again();
  await lesson(async () => {
    const { classifier, learnerWith, reports } = globalThis.client;
    const learner = await learnerWith(classifier, 4);
    await reports(learner.train({ steps: 2, batch: 2 }));
    learner.close();
  });
  expect(await page.evaluate(kept)).toEqual(NOTHING);
});

test('what was learned comes back after a reload and goes on to the same bits; of the photographs nothing lies on the device', async ({ page, lesson }) => {
  await learned(lesson, 3);
  const photograph = located(readFileSync(`${ROOT}tests/golden/photo/exif_1.jpg`));
  expect(tells(photograph)).toEqual(Object.keys(TOLD));
  const shown = await lesson(async (base64) => {
    const { bytesOf } = globalThis.client;
    const { learner } = globalThis;
    // The whole network learns from it: whatever could be left of it would be.
    const { id } = await learner.addExample(new File([bytesOf(base64)], 'my-arm.jpg'), 'NV');
    for await (const _ of learner.train({ steps: 1, batch: 7, scope: 'whole' }));
    const rows = learner.examples().map(({ seen }) => [...seen.data.subarray(4 * 224 * 100, 4 * 224 * 101)]);
    return { id, rows, kept: learner.kept(), photographs: learner.examples().length };
  }, photograph.toString('base64'));
  expect(shown.photographs).toBe(7);
  const lying = await files(page);
  expect(Object.keys(lying).sort()).toEqual(['learned-0', 'learned-1']);
  const bytes = Object.values(lying).map((text) => Buffer.from(text, 'base64'));
  expect(bytes.map(({ length }) => length)).toContain(shown.kept.bytes + 48);
  for (const file of bytes) {
    expect(tells(file)).toEqual([]);
    // Each long enough not to occur by chance among millions of bytes of numbers.
    for (const text of ['my-arm', 'JFIF\0', 'PNG\r\n\x1a\n', 'Exif\0\0']) expect(file.includes(text, 'latin1')).toBe(false);
    // Not as pixels either: a row of each square, with and without its opacity.
    for (const row of shown.rows) {
      const rgb = row.filter((_, at) => at % 4 < 3);
      for (const pixels of [row, rgb]) expect(file.includes(Buffer.from(pixels.slice(0, 60)))).toBe(false);
    }
  }
});

test('a run that a reload interrupted goes on as if nothing had happened', async ({ lesson }) => {
  await lesson(async () => {
    const { classifier, learnerWith } = globalThis.client;
    globalThis.learner = await learnerWith(classifier, 6);
  });
  const whole = await onward(lesson, 5);
  await lesson.again();
  const three = await learned(lesson, 3);
  await lesson.again();
  expect(await resumed(lesson)).toMatchObject({ ok: true, hash: three, kept: { bytes: expect.any(Number) } });
  expect(await onward(lesson, 2)).toEqual({ steps: [4, 5], hash: whole.hash });
  // It kept on keeping.
  await lesson.again();
  expect(await resumed(lesson)).toMatchObject({ ok: true, hash: whole.hash });
});

test('a crash in the middle of keeping leaves the state before whole', async ({ page, lesson }) => {
  const before = await learned(lesson, 2);
  // The power fails when half of the next one is written: the worker never comes back from it.
  await pupil(page).evaluate(() => {
    const { write } = FileSystemSyncAccessHandle.prototype;
    FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
      write.call(this, bytes.subarray(0, bytes.length >> 1), options);
      this.flush();
      for (;;);
    };
  });
  await lesson(() => void globalThis.client.reports(globalThis.learner.train({ batch: 3, steps: 2 })));
  const cut = async () => {
    const sizes = Object.values(await files(page)).map(({ length }) => length).sort((a, b) => a - b);
    return sizes[0] > 0 && sizes[0] < 0.6 * sizes[1];
  };
  await expect.poll(cut, { timeout: 60_000 }).toBe(true);
  await lesson.again();
  // The worker that never comes back holds the files until the browser has ended it.
  await expect(async () => expect(await resumed(lesson)).toMatchObject({ ok: true, hash: before })).toPass({ timeout: 60_000 });
});

test('no room: a typed error, learning goes on, what was kept stays whole, and keeping can be asked for again', async ({ page, lesson }) => {
  const before = await learned(lesson, 2);
  // The browser takes half of it and then no more.
  await pupil(page).evaluate(() => {
    const { write } = FileSystemSyncAccessHandle.prototype;
    globalThis.room = () => (FileSystemSyncAccessHandle.prototype.write = write);
    FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
      write.call(this, bytes.subarray(0, bytes.length >> 1), options);
      if (bytes.length > 0) throw new DOMException('it would exceed its quota', 'QuotaExceededError');
    };
  });
  const { steps, hash } = await onward(lesson, 2);
  expect(steps).toEqual([3, 4]);
  expect(hash).not.toBe(before);
  expect(await lesson(() => [globalThis.ended, globalThis.learner.kept()])).toEqual([['disk-full'], null]);
  const refused = await lesson(async () => globalThis.client.outcome(globalThis.learner.keep()));
  expect(refused).toMatchObject({ code: 'disk-full', typed: true, hint: expect.stringContaining('what was kept before is whole') });
  // Half a state takes no room that is short.
  expect(Object.values(await files(page)).map(({ length }) => length).sort()[0]).toBe(0);
  await pupil(page).evaluate(() => void globalThis.room());
  await lesson(() => globalThis.learner.keep());
  await lesson.again();
  expect(await resumed(lesson)).toMatchObject({ ok: true, hash });
});

test('a disk that is full by the browser\'s own count is the same error', async ({ page, lesson }) => {
  await learned(lesson, 1);
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 1_000 });
  await lesson(async () => {
    for await (const _ of globalThis.learner.train({ steps: 1, batch: 3, scope: 'whole' }));
  });
  expect(await lesson(() => [globalThis.ended, globalThis.learner.kept()])).toEqual([['disk-full'], null]);
});

test('a browser that refuses files: a typed error, and nothing has changed', async ({ page, lesson }) => {
  await lesson(async () => {
    const { classifier, learnerWith, tensorHash, reports } = globalThis.client;
    const learner = (globalThis.learner = await learnerWith(classifier, 4));
    await reports(learner.train({ steps: 1, batch: 2 }));
    globalThis.before = await tensorHash(await learner.exportWeights());
  });
  for (const refuse of [
    () => void (StorageManager.prototype.getDirectory = async () => { throw new DOMException('no', 'SecurityError'); }),
    () => void delete StorageManager.prototype.getDirectory,
  ]) {
    await pupil(page).evaluate(refuse);
    const found = await lesson(async () => {
      const { outcome, tensorHash } = globalThis.client;
      const { learner } = globalThis;
      const keep = await outcome(learner.keep());
      const resume = await outcome(learner.resume());
      return { codes: [keep.code, resume.code], typed: keep.typed, hint: keep.hint, kept: learner.kept(), same: (await tensorHash(await learner.exportWeights())) === globalThis.before };
    });
    expect(found).toEqual({ codes: ['io', 'io'], typed: true, hint: expect.stringContaining('stays in this tab'), kept: null, same: true });
  }
});

/** A state as a slot holds it. */
async function sealed(state, number = 9n) {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(number);
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.concat([head, state])));
  return Buffer.concat([Buffer.from('dermkept'), head, hash, state]);
}

test('what is damaged, not finite, of another network or of another class order is refused by name; the learner and the files stay', async ({ page, lesson }) => {
  await learned(lesson, 1);
  const [newest, older] = Object.entries(await files(page)).sort(([, a], [, b]) => b.length - a.length);
  const state = Buffer.from(newest[1], 'base64').subarray(48);
  await put(page, older[0]);
  const nan = Buffer.from(state);
  nan.set([0, 0, 0xc0, 0x7f], nan.length - 4);
  const others = Buffer.from(state.toString('latin1').replace(/(?<=shipped\\+":\\+")[0-9a-f]{8}/, '00000000'), 'latin1');
  expect(others.equals(state)).toBe(false);
  const weights = readFileSync(`${ROOT}weights/student.safetensors`).toString('latin1');
  const order = Buffer.from(weights.replace('\\"AK\\",\\"BCC\\"', '\\"BCC\\",\\"AK\\"'), 'latin1');
  const network = Buffer.from(weights.replace('mobilenet_v2', 'mobilenet_v9'), 'latin1');
  const cases = {
    truncated: [(await sealed(state)).subarray(0, state.length >> 1), 'checkpoint'],
    'a letter': [Buffer.from('Dear reader, this is no state.'), 'checkpoint'],
    'not finite': [await sealed(nan), 'checkpoint'],
    'cut off before it was sealed': [await sealed(state.subarray(0, state.length - 100)), 'checkpoint'],
    'of other weights': [await sealed(others), 'checkpoint'],
    'of another class order': [await sealed(order), 'weights-card'],
    'of another network': [await sealed(network), 'weights-card'],
  };
  for (const [what, [bytes, code]] of Object.entries(cases)) {
    await put(page, newest[0], bytes);
    const found = await lesson(async () => {
      const { outcome, tensorHash } = globalThis.client;
      const { learner } = globalThis;
      const hash = async () => tensorHash(await learner.exportWeights());
      const before = await hash();
      const { code, typed, message } = await outcome(learner.resume());
      return { code, typed, message, same: before === (await hash()), goes: (await globalThis.client.reports(learner.train({ batch: 3, steps: 1, seed: 3 }))).length };
    });
    expect.soft(found, what).toMatchObject({ code, typed: true, same: true, goes: 1 });
    expect.soft(Buffer.from((await files(page))[newest[0]], 'base64').equals(bytes) || what, what).toBe(true);
  }
});

test('another tab that keeps in its place is noticed, and so is a deletion; nothing comes back', async ({ page, context, lesson, files: origin }) => {
  await learned(lesson, 1);
  const other = await context.newPage();
  await other.goto(`${origin}/tests/support/empty.html`);
  await other.evaluate(async () => {
    await import('/tests/support/client.mjs');
    Object.assign(globalThis.client, await import('/tests/support/drawings.mjs'));
    await globalThis.client.open({});
    globalThis.learner = await globalThis.client.learnerWith(globalThis.client.classifier, 2);
    globalThis.ended = [];
    await globalThis.learner.keep({ onEnd: ({ code }) => globalThis.ended.push(code) });
  });
  expect((await onward(lesson, 1)).steps).toEqual([2]);
  expect(await lesson(() => [globalThis.ended, globalThis.learner.kept()])).toEqual([['io'], null]);
  // The first one deletes, as any page of the site may; the other one is told when it would write.
  await lesson(() => globalThis.learner.forget());
  expect(await files(page)).toEqual({});
  await other.evaluate(() => globalThis.client.reports(globalThis.learner.train({ steps: 1, batch: 2 })));
  expect(await other.evaluate(() => [globalThis.ended, globalThis.learner.kept()])).toEqual([['io'], null]);
  expect(await files(page)).toEqual({});
});

test('“forget” leaves nothing of it on the device, and what was learned in the tab', async ({ page, lesson }) => {
  const before = await learned(lesson, 2);
  const found = await lesson(async () => {
    const { outcome, tensorHash } = globalThis.client;
    const { learner } = globalThis;
    await learner.forget();
    await learner.forget();
    const again = (await outcome(learner.resume())).ok;
    return { kept: learner.kept(), again, hash: await tensorHash(await learner.exportWeights()) };
  });
  expect(found).toEqual({ kept: null, again: false, hash: before });
  expect(await page.evaluate(async () => Array.fromAsync((await navigator.storage.getDirectory()).keys()))).toEqual([]);
  await onward(lesson, 1);
  expect(await files(page)).toEqual({});
});
