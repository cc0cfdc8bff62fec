import { block, expect, memoryOf, test, watchMemory, workers } from './support/fixtures.mjs';

/** The answer of a fresh worker to a call after one that had to be stopped. */
const afterLoss = (page) => page.evaluate(async () => {
  const { classifier, outcome, photograph } = globalThis.client;
  const stopped = await outcome(classifier.classify(await photograph(), { signal: AbortSignal.timeout(100) }));
  const next = await outcome(classifier.classify(await photograph()));
  return [stopped.code, next.ok?.ranked.length ?? next.code];
});

/** The one that answers, and the spare ones. */
const crew = (page, size) => expect.poll(() => workers(page).length, { timeout: 20_000 }).toBe(size);

test('two workers lost within one offline spell are replaced, and each fresh one answers the next photograph, with no request made', async ({ page, open, traffic }) => {
  await open();
  await crew(page, 3);
  await page.context().setOffline(true);
  const before = traffic.requests.length;
  for (const left of [2, 1]) {
    await block(page);
    expect(await afterLoss(page)).toEqual(['aborted', 8]);
    await crew(page, left);
  }
  expect(traffic.requests.slice(before)).toEqual([]);
  // With a connection others are put aside, and it can happen again.
  await page.context().setOffline(false);
  await crew(page, 3);
  await page.waitForTimeout(500);
  await page.context().setOffline(true);
  const again = traffic.requests.length;
  await block(page);
  expect(await afterLoss(page)).toEqual(['aborted', 8]);
  expect(traffic.requests.slice(again)).toEqual([]);
});

test('the first answer does not wait for the spare workers, and nothing more is requested once they stand by', async ({ page, open, traffic }) => {
  await open();
  let held = [];
  let scripts = 0;
  await page.route('**/worker.js', (route) => (++scripts === 1 ? route.continue() : held.push(route)));
  const answered = await page.evaluate(async () => {
    const { classifier, createClassifier, photograph } = globalThis.client;
    classifier.close();
    const next = (globalThis.client.classifier = await createClassifier());
    globalThis.settled = false;
    next.settled.then(() => (globalThis.settled = true));
    const { ranked } = await next.classify(await photograph());
    return [ranked.length, globalThis.settled];
  });
  expect(answered).toEqual([8, false]);
  await expect.poll(() => held.length).toBe(2);
  for (const route of held) await route.continue();
  await page.evaluate(() => globalThis.client.classifier.settled);
  await page.context().setOffline(true);
  const before = traffic.requests.length;
  await block(page);
  expect(await afterLoss(page)).toEqual(['aborted', 8]);
  expect(traffic.requests.slice(before)).toEqual([]);
});

test('a spare worker that could not be had is started when the connection is back', async ({ page, open }) => {
  await open();
  await page.route('**/worker.js', (route) => route.abort());
  await block(page);
  expect(await afterLoss(page)).toEqual(['aborted', 8]);
  await crew(page, 2);
  await page.unroute('**/worker.js');
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await crew(page, 3);
});

test('a photograph is decoded once, and the network runs once for each part of it', async ({ page, open }) => {
  await open();
  const times = await page.evaluate(async () => {
    const { classifier, photograph } = globalThis.client;
    const large = { width: 2000, height: 1500 };
    const file = await photograph(large);
    const crop = { x: 10, y: 10, width: 900, height: 900 };
    const times = {};
    const ask = async (name, source, options) => ({ timings: times[name] } = await classifier.classify(source, options));
    await ask('first', file);
    await ask('prior', file, { prior: 'equal' });
    await ask('map', file, { explain: 'MEL' });
    await ask('part', file, { crop });
    await ask('samePart', file, { crop: { ...crop }, prior: 'equal' });
    await ask('other', await photograph(large));
    await ask('back', file);
    return times;
  });
  const did = Object.fromEntries(Object.entries(times).map(([name, { decode_ms, resize_ms, network_ms }]) => [name, [decode_ms, resize_ms + network_ms].map((ms) => ms > 0)]));
  expect(did).toEqual({
    first: [true, true], prior: [false, false], map: [false, false], part: [false, true], samePart: [false, false], other: [true, true], back: [true, true],
  });
  for (const { decode_ms, resize_ms, network_ms, total_ms } of Object.values(times)) expect(total_ms).toBeCloseTo(decode_ms + resize_ms + network_ms, 6);
});

test('what is kept of a photograph never answers for another one', async ({ page, open }) => {
  await open();
  const same = await page.evaluate(async () => {
    const { classifier, photograph, outcome } = globalThis.client;
    const [one, two] = [await photograph(), await photograph({ width: 200, height: 300 })];
    const alone = [];
    for (const file of [one, two]) alone.push(JSON.stringify((await classifier.classify(file)).probabilities));
    const broken = await outcome(classifier.classify(new Blob(['no picture'])));
    const crop = { x: 0, y: 0, width: 50, height: 50 };
    const mixed = await Promise.all([classifier.classify(one), classifier.classify(two, { crop }), classifier.classify(two), classifier.classify(one)]);
    const [first, , second, third] = mixed.map(({ probabilities }) => JSON.stringify(probabilities));
    return [broken.code, alone[0] !== alone[1], first === alone[0], second === alone[1], third === alone[0]];
  });
  expect(same).toEqual(['image-format', true, true, true, true]);
});

test('a call that is stopped keeps its worker as long as nobody else waits for it', async ({ page, open, ask }) => {
  await open();
  await workers(page)[0].evaluate(() => {
    globalThis.mark = 'first';
    setTimeout(() => { for (const end = performance.now() + 2_500; performance.now() < end;); }, 50);
  });
  await page.waitForTimeout(200);
  const code = await page.evaluate(async () => {
    const { classifier, outcome, photograph } = globalThis.client;
    return (await outcome(classifier.classify(await photograph(), { signal: AbortSignal.timeout(100) }))).code;
  });
  expect(code).toBe('aborted');
  await page.waitForTimeout(3_000);
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
  expect(await workers(page)[0].evaluate(() => globalThis.mark)).toBe('first');
});

test('a worker that a large photograph made grow is given back when it has nothing to do', async ({ page, open, ask }) => {
  await watchMemory(page);
  await page.clock.install();
  await open();
  const small = await memoryOf(page);
  await ask('classify');
  expect(await memoryOf(page)).toBe(small);
  await page.evaluate(async () => {
    const { classifier, photograph } = globalThis.client;
    await classifier.classify(await photograph({ width: 8_000, height: 6_000 }));
  });
  expect(await memoryOf(page)).toBeGreaterThan(small + 128 * 2 ** 20);
  await page.clock.fastForward(31_000);
  await expect.poll(() => memoryOf(page).catch(() => 0)).toBe(small);
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
});
