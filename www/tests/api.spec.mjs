import { difference, expect, SAME, test } from './support/fixtures.mjs';

const CODES = ['AK', 'BCC', 'BKL', 'DF', 'MEL', 'NV', 'SCC', 'VASC'];

test('a classifier says what it is, and how far its loading has come', async ({ page, open }) => {
  const { ok: info } = await open();
  expect(['relaxed-simd', 'simd128']).toContain(info.build);
  expect(info.card.classes).toEqual(CODES);
  expect(info.card.class_names).toHaveLength(8);
  expect(info.released).toBe(true);
  const steps = await page.evaluate(() => globalThis.client.progress);
  let sum = 0;
  for (const file of ['code', 'weights']) {
    const loaded = steps.filter((step) => step.file === file);
    expect(loaded[0].loaded).toBe(0);
    expect(loaded.map((step) => step.loaded)).toEqual(loaded.map((step) => step.loaded).sort((a, b) => a - b));
    expect(loaded.at(-1).loaded).toBe(loaded.at(-1).total);
    sum += loaded.at(-1).total;
  }
  expect(info.first_load_bytes).toBe(sum);
});

test('an answer is whole and plain', async ({ open, ask }) => {
  const { ok: info } = await open();
  const { ok: answer } = await ask('classify', null, { explain: true });
  expect(Object.keys(answer.probabilities)).toEqual(CODES);
  expect(Object.values(answer.probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  expect(answer.ranked.map((entry) => entry.probability)).toEqual(Object.values(answer.probabilities).sort((a, b) => b - a));
  expect(answer.ranked[0].name).toBe(info.card.class_names[CODES.indexOf(answer.ranked[0].code)]);
  expect(answer.photograph).toEqual({ width: 320, height: 240 });
  expect([answer.seen.width, answer.seen.height]).toEqual([info.card.input_side, info.card.input_side]);
  expect(answer.seen.data.filter((_, index) => index % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  expect(answer.map.class).toBe(answer.ranked[0].code);
  expect(answer.map.values).toHaveLength(answer.map.side ** 2);
  // As the manual says: the mean over the places is the class's logit beside the others', the class mix aside.
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const evidence = CODES.map((_, index) => answer.logits[index] - info.card.temperature * Math.log(info.card.class_mix[index]));
  expect(mean(Array.from(answer.map.values))).toBeCloseTo(evidence[CODES.indexOf(answer.map.class)] - mean(evidence), 3);
  expect(answer.build).toBe(info.build);
  expect(Object.keys(answer.timings).sort()).toEqual(['decode_ms', 'network_ms', 'resize_ms', 'total_ms']);
  for (const time of Object.values(answer.timings)) expect(time).toBeGreaterThanOrEqual(0);
  for (const measure of Object.values(answer.quality)) expect(Number.isFinite(measure)).toBe(true);
  expect(info.load_ms).toBeGreaterThan(0);
});

test('without explain there is no map, and explain gives the same one', async ({ open, ask }) => {
  await open();
  const { ok: bare } = await ask('classify');
  expect(bare.map).toBeNull();
  const { ok: answer } = await ask('classify', null, { explain: 'BCC' });
  expect(answer.map.class).toBe('BCC');
  expect((await ask('explain', null, { class: 'BCC' })).ok).toEqual(answer.map);
  expect((await ask('explain')).ok.class).toBe(answer.ranked[0].code);
});

test('the prior changes the probabilities as stated: p · prior / π, normalised', async ({ open, ask }) => {
  const { ok: info } = await open();
  const { ok: training } = await ask('classify');
  const { ok: equal } = await ask('classify', null, { prior: 'equal' });
  const ratio = CODES.map((code, index) => training.probabilities[code] / info.card.class_mix[index]);
  const sum = ratio.reduce((a, b) => a + b);
  expect(difference(CODES.map((code) => equal.probabilities[code]), ratio.map((value) => value / sum))).toBeLessThan(1e-9);
  const { ok: mine } = await ask('classify', null, { prior: [1, 1, 1, 1, 1, 1, 1, 1] });
  expect(mine.probabilities).toEqual(equal.probabilities);
  expect((await ask('classify', null, { prior: 'training' })).ok.probabilities).toEqual(training.probabilities);
});

test('a crop is looked at alone', async ({ open, ask }) => {
  await open();
  const whole = await ask('classify');
  const part = await ask('classify', null, { crop: { x: 100, y: 80, width: 64, height: 64 } });
  expect(part.ok.photograph).toEqual({ width: 320, height: 240 });
  expect(part.ok.seen.data).not.toEqual(whole.ok.seen.data);
});

test('bytes, buffer, view and blob are the same photograph, and stay the caller\'s', async ({ page, open }) => {
  await open();
  const answers = await page.evaluate(async () => {
    const { classifier, photograph } = globalThis.client;
    const blob = await photograph();
    const buffer = await blob.arrayBuffer();
    const padded = new Uint8Array(buffer.byteLength + 10);
    padded.set(new Uint8Array(buffer), 5);
    const view = padded.subarray(5, 5 + buffer.byteLength);
    const sources = [blob, new File([blob], 'a.txt'), buffer, new Uint8Array(buffer), view];
    const answers = await Promise.all(sources.map((source) => classifier.classify(source)));
    return { probabilities: answers.map((answer) => answer.probabilities), kept: buffer.byteLength > 0 && view.length === buffer.byteLength };
  });
  for (const probabilities of answers.probabilities) expect(probabilities).toEqual(answers.probabilities[0]);
  expect(answers.kept).toBe(true);
});

test('the embedding has 1280 numbers, from 0 to 6', async ({ open, ask }) => {
  await open();
  const { ok: embedding } = await ask('embed');
  expect(embedding).toHaveLength(1280);
  expect(Math.min(...embedding)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...embedding)).toBeLessThanOrEqual(6);
});

test('both builds give the same logits and probabilities', async ({ page, open, ask }) => {
  const results = [];
  for (const build of ['relaxed-simd', 'simd128']) {
    const { ok: info } = await open({ build });
    expect(info.build).toBe(build);
    const logits = await page.evaluate(async (side) => {
      const { classifier, numbers } = globalThis.client;
      return Array.from(await classifier.logits(numbers(side * side * 3)));
    }, info.card.input_side);
    results.push({ logits, probabilities: Object.values((await ask('classify')).ok.probabilities) });
  }
  const scale = Math.max(1, ...results[0].logits.map(Math.abs));
  expect(difference(results[0].logits, results[1].logits)).toBeLessThanOrEqual(SAME * scale);
  expect(difference(results[0].probabilities, results[1].probabilities)).toBeLessThanOrEqual(SAME);
});

test('two copies of the package on one page, which share nothing, live side by side', async ({ page, open }) => {
  await open();
  const found = await page.evaluate(async () => {
    // The published module is one file, so that another address is another copy of all of it.
    const copies = await Promise.all([import('/pkg/index.js?one'), import('/pkg/index.js?two')]);
    const classifiers = await Promise.all(copies.map(({ createClassifier }) => createClassifier()));
    const blob = await globalThis.client.photograph();
    const answers = await Promise.all(classifiers.map((classifier) => classifier.classify(blob)));
    classifiers[0].close();
    const alone = await classifiers[1].classify(blob);
    const error = await copies[0].createClassifier({ build: 'none' }).catch((given) => given);
    classifiers[1].close();
    return {
      apart: copies[0].createClassifier !== copies[1].createClassifier && copies.map(({ DermError }) => error instanceof DermError).join() === 'true,false',
      answers: [...answers, alone].map(({ probabilities }) => probabilities),
    };
  });
  expect(found.apart).toBe(true);
  for (const probabilities of found.answers) expect(probabilities).toEqual(found.answers[0]);
});

test('an option out of its range is refused by name, and the next call works', async ({ open, ask }) => {
  await open();
  for (const [what, call, options, code] of [
    ['an unknown prior', 'classify', { prior: 'flat' }, 'argument'],
    ['a prior of seven', 'classify', { prior: [1, 1, 1, 1, 1, 1, 1] }, 'argument'],
    ['a negative prior', 'classify', { prior: [1, 1, 1, -1, 1, 1, 1, 1] }, 'argument'],
    ['a prior of zeros', 'classify', { prior: [0, 0, 0, 0, 0, 0, 0, 0] }, 'argument'],
    ['a crop outside', 'classify', { crop: { x: 300, y: 0, width: 100, height: 100 } }, 'image-crop'],
    ['an empty crop', 'classify', { crop: { x: 0, y: 0, width: 0, height: 10 } }, 'image-crop'],
    ['a crop of fractions', 'classify', { crop: { x: 0.5, y: 0, width: 10, height: 10 } }, 'argument'],
    ['a crop without a side', 'classify', { crop: { x: 0, y: 0, width: 10 } }, 'argument'],
    ['an unknown class', 'explain', { class: 'XYZ' }, 'argument'],
    ['a misspelt option', 'classify', { pryor: 'equal' }, 'argument'],
  ]) {
    const { code: found, typed, message } = await ask(call, null, options);
    expect.soft({ what, code: found, typed }).toEqual({ what, code, typed: true });
    expect.soft(message, what).not.toBe('');
  }
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
});

test('what is no photograph or no tensor is refused before it reaches the worker', async ({ page, open }) => {
  await open();
  const codes = await page.evaluate(async () => {
    const { classifier, outcome } = globalThis.client;
    const results = [];
    for (const source of [null, undefined, 'file.jpg', {}, document.body, [1, 2]]) results.push((await outcome(classifier.classify(source))).code);
    results.push((await outcome(classifier.logits([1, 2, 3]))).code);
    results.push((await outcome(classifier.logits(new Float32Array(5)))).code);
    return results;
  });
  expect(codes).toEqual(Array(8).fill('argument'));
});

test('what the browser itself refuses is a typed error too', async ({ page, open }) => {
  await open();
  const results = await page.evaluate(async () => {
    const { classifier, createClassifier, outcome, photograph } = globalThis.client;
    const blob = await photograph();
    const given = new Uint8Array(8);
    structuredClone(given, { transfer: [given.buffer] });
    const results = {
      aFunction: await outcome(classifier.classify(blob, { explain: () => 'MEL' })),
      handedOver: await outcome(classifier.classify(given)),
      elsewhere: await outcome(createClassifier({ worker: 'https://elsewhere.invalid/worker.js' })),
      none: await outcome(classifier.classify(blob, null)),
    };
    return Object.fromEntries(Object.entries(results).map(([name, { code, typed, ok }]) => [name, ok ? 'ok' : [code, typed]]));
  });
  expect(results).toEqual({ aFunction: ['argument', true], handedOver: ['argument', true], elsewhere: ['worker-lost', true], none: 'ok' });
});
