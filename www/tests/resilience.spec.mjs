import { block, expect, memoryOf, test, watchMemory, workers } from './support/fixtures.mjs';

/** The one that answers and the two that stand by; the browser ends a busy worker within seconds. */
const threeWorkers = (page) => expect.poll(() => workers(page).length, { timeout: 20_000 }).toBe(3);

test('a call that is stopped before it starts never reaches the worker', async ({ page, open }) => {
  await open();
  const codes = await page.evaluate(async () => {
    const { classifier, photograph, outcome } = globalThis.client;
    const blob = await photograph();
    const controller = new AbortController();
    const first = classifier.classify(blob);
    const queued = outcome(classifier.classify(blob, { signal: controller.signal }));
    controller.abort();
    const late = await outcome(classifier.classify(blob, { signal: AbortSignal.abort() }));
    return { queued: (await queued).code, late: late.code, first: (await first).ranked.length };
  });
  expect(codes).toEqual({ queued: 'aborted', late: 'aborted', first: 8 });
});

test('a running call that is stopped ends at once, and its worker soon after', async ({ page, open, ask }) => {
  await open();
  await block(page);
  const stopped = await page.evaluate(async () => {
    const { classifier, photograph, outcome } = globalThis.client;
    const blob = await photograph();
    const start = performance.now();
    const { code } = await outcome(classifier.classify(blob, { signal: AbortSignal.timeout(100) }));
    return { code, ms: performance.now() - start };
  });
  expect(stopped.code).toBe('aborted');
  expect(stopped.ms).toBeLessThan(5_000);
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
  await threeWorkers(page);
});

test('a call that passes the time limit ends as timeout, the next one has a fresh worker', async ({ page, open, ask }) => {
  expect((await open({ timeLimitMs: 10_000 })).code).toBeUndefined();
  await block(page);
  expect(await ask('classify')).toMatchObject({ code: 'timeout', typed: true });
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
  await threeWorkers(page);
});

test('a trap inside WebAssembly ends the worker, not the page: the next call works, without a download', async ({ page, open, ask, traffic }) => {
  await watchMemory(page);
  await open();
  // The instance asks for memory until the declared maximum: there is none left for the bytes of a large file, and that is a trap.
  const bytes = await memoryOf(page, true);
  expect(bytes).toBe(2 ** 30);
  const requests = traffic.requests.filter((url) => /wasm|safetensors/.test(url)).length;
  const [first, second] = await page.evaluate(async () => {
    const { classifier, photograph, outcome } = globalThis.client;
    const large = new Uint8Array(30_000_000);
    return Promise.all([outcome(classifier.classify(large)), outcome(classifier.classify(await photograph()))]);
  });
  expect(first).toMatchObject({ code: 'worker-lost', typed: true });
  expect(first.message).toMatch(/^the worker ended: ./);
  expect(second.ok.ranked).toHaveLength(8);
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
  expect(traffic.requests.filter((url) => /wasm|safetensors/.test(url))).toHaveLength(requests);
  await threeWorkers(page);
});

test('close ends what is under way and the worker; afterwards every call says so', async ({ page, open }) => {
  await open();
  const codes = await page.evaluate(async () => {
    const { classifier, photograph, outcome } = globalThis.client;
    const blob = await photograph();
    const running = [outcome(classifier.classify(blob)), outcome(classifier.embed(blob))];
    classifier.close();
    classifier.close();
    const results = await Promise.all([...running, outcome(classifier.classify(blob))]);
    return results.map((result) => result.code);
  });
  expect(codes).toEqual(['closed', 'closed', 'closed']);
  await expect.poll(() => workers(page).length).toBe(0);
});

test('loading can be stopped, and names what could not be loaded', async ({ page, open }) => {
  await open();
  const results = await page.evaluate(async () => {
    const { createClassifier, outcome } = globalThis.client;
    const stopped = new AbortController();
    const loading = outcome(createClassifier({ signal: stopped.signal, onProgress: () => stopped.abort() }));
    return {
      stopped: await loading,
      before: await outcome(createClassifier({ signal: AbortSignal.abort() })),
      missing: await outcome(createClassifier({ weights: '/no/such.safetensors' })),
      noWorker: await outcome(createClassifier({ worker: '/no/such/worker.js' })),
      noCode: await outcome(createClassifier({ wasm: { simd: '/package.json', relaxed: '/package.json' } })),
      limit: await outcome(createClassifier({ timeLimitMs: -1 })),
      build: await outcome(createClassifier({ build: 'scalar' })),
    };
  });
  expect(results.stopped.code).toBe('aborted');
  expect(results.before.code).toBe('aborted');
  expect(results.missing).toMatchObject({ code: 'network', message: expect.stringContaining('such.safetensors') });
  expect(results.noWorker.code).toBe('worker-lost');
  expect(results.noCode).toMatchObject({ code: 'network', message: expect.stringContaining('package.json') });
  expect(results.limit.code).toBe('argument');
  expect(results.build.code).toBe('argument');
  for (const result of Object.values(results)) expect(result.typed).toBe(true);
  await threeWorkers(page);
});

test('a released file that was changed on its way is refused by its hash', async ({ page, open }) => {
  await page.route('**/student.safetensors', async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    body[body.length - 1] ^= 1;
    await route.fulfill({ response, body });
  });
  expect(await open()).toMatchObject({ code: 'weights-hash', typed: true });
});

test('a browser without WebAssembly SIMD is told so', async ({ page, open }) => {
  await open();
  const result = await page.evaluate(() => {
    WebAssembly.validate = () => false;
    return globalThis.client.outcome(globalThis.client.createClassifier());
  });
  expect(result).toMatchObject({ code: 'unsupported-browser', typed: true });
});

test('a thousand classifications in a row do not grow memory', async ({ page, open }) => {
  test.setTimeout(600_000);
  await watchMemory(page);
  await open();
  const session = await page.context().newCDPSession(page);
  const classify = (times) => page.evaluate(async (count) => {
    const { classifier, photograph } = globalThis.client;
    const blob = await photograph({ width: 96, height: 96 });
    for (let index = 0; index < count; index += 1) await classifier.classify(blob, { explain: true });
  }, times);
  const measure = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const wasm = await memoryOf(page);
    return { heap: usedSize, wasm };
  };
  await classify(20);
  const before = await measure();
  await classify(1_000);
  const after = await measure();
  expect(after.wasm).toBe(before.wasm);
  expect(after.heap - before.heap).toBeLessThan(1_000_000);
});
