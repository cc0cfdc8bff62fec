import { readFileSync } from 'node:fs';
import { difference, expect, ROOT, SAME, test } from './support/fixtures.mjs';

test('an option of createClassifier that does not exist or is of the wrong kind is refused by name', async ({ page, open }) => {
  await open();
  const results = await page.evaluate(async () => {
    const { createClassifier, outcome } = globalThis.client;
    const given = [{ wieghts: '/a' }, { wasm: { simd128: '/a' } }, { wasm: {} }, { signal: {} }, { onProgress: 3 }, { weights: 5 }, { assets: 'http://[' }, 'relaxed-simd'];
    return Promise.all(given.map((options) => outcome(createClassifier(options))));
  });
  for (const result of results) expect.soft(result).toMatchObject({ code: 'argument', typed: true });
  expect(results[0].message).toContain('wieghts');
  expect(results[1].message).toContain('simd128');
});

test('a buffer that was handed to somebody else is a typed error, as weights too', async ({ page, open }) => {
  await open();
  const codes = await page.evaluate(async () => {
    const { createClassifier, classifier, outcome } = globalThis.client;
    const detached = () => {
      const buffer = new ArrayBuffer(8);
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    };
    const results = [createClassifier({ weights: detached() }), createClassifier({ worker: detached() }), classifier.classify(detached())];
    return (await Promise.all(results.map(outcome))).map(({ code, typed }) => [code, typed]);
  });
  expect(codes).toEqual(Array(3).fill(['argument', true]));
});

test('when one file fails, the download of the other ends', async ({ page, open }) => {
  await open();
  await page.route('**/student.safetensors', () => {}); // an answer that never comes
  const ended = page.waitForEvent('requestfailed', (request) => request.url().endsWith('student.safetensors'));
  const { code } = await page.evaluate(() => {
    const { createClassifier, outcome } = globalThis.client;
    return outcome(createClassifier({ wasm: { simd: '/no/such.wasm', relaxed: '/no/such.wasm' } }));
  });
  expect(code).toBe('network');
  await ended;
});

test('weights that carry the released card are held to its hash, wherever they come from', async ({ page, open }) => {
  expect((await open({ weights: '/pkg/student.safetensors' })).ok.released).toBe(true);
  const codes = await page.evaluate(async () => {
    const { createClassifier, outcome } = globalThis.client;
    const bytes = new Uint8Array(await (await fetch('/pkg/student.safetensors')).arrayBuffer());
    const whole = await createClassifier({ weights: bytes });
    bytes[bytes.length - 1] ^= 1;
    return [whole.info.released, (await outcome(createClassifier({ weights: bytes }))).code];
  });
  expect(codes).toEqual([true, 'weights-hash']);
});

test('an address of the released weights is held to their hash as well', async ({ page, open }) => {
  await open();
  await page.route('**/mirror/weights', async (route) => {
    const response = await route.fetch({ url: route.request().url().replace('mirror/weights', 'pkg/student.safetensors') });
    const body = await response.body();
    body[body.length - 1] ^= 1;
    await route.fulfill({ response, body });
  });
  expect(await open({ weights: '/mirror/weights' })).toMatchObject({ code: 'weights-hash', typed: true });
});

test('an import requests one module, and does no more', async ({ page, files, traffic }) => {
  await page.goto(`${files}/tests/support/empty.html`);
  const before = traffic.requests.length;
  await page.evaluate(() => import('/pkg/index.js'));
  await page.waitForTimeout(500);
  expect(traffic.requests.slice(before)).toEqual([`${files}/pkg/index.js`]);
  expect(page.workers()).toEqual([]);
});

test('the files can come from a folder of the caller\'s, and the module with them', async ({ page, open, traffic }) => {
  await open();
  await page.route('**/copied/**', async (route) => route.fulfill({ response: await route.fetch({ url: route.request().url().replace('/copied/', '/pkg/') }) }));
  const before = traffic.requests.length;
  const classes = await page.evaluate(async () => {
    const { createClassifier } = await import('/copied/index.js');
    const found = [];
    for (const options of [{}, { assets: '/copied' }, { assets: new URL('/copied/', location.href) }]) {
      const classifier = await createClassifier(options);
      found.push((await classifier.classify(await globalThis.client.photograph())).ranked.length, classifier.info.released);
      classifier.close();
    }
    return found;
  });
  expect(classes).toEqual([8, true, 8, true, 8, true]);
  expect(traffic.requests.slice(before).filter((url) => !url.includes('/copied/'))).toEqual([]);
});

test('worker, code and weights can be given as bytes, and then nothing is requested', async ({ page, open, traffic }) => {
  // A blob is a worker only where the page's policy says so.
  await page.route('**/empty.html', async (route) => {
    const response = await route.fetch();
    const policy = response.headers()['content-security-policy'].replace("worker-src 'self'", "worker-src 'self' blob:");
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
  });
  await page.reload();
  await page.evaluate(() => import('/tests/support/client.mjs'));
  await open();
  const files = await page.evaluateHandle(async () => {
    const bytes = async (path) => (await fetch(path)).arrayBuffer();
    const simd = await bytes('/pkg/simd/dermdistill_bg.wasm');
    return { worker: await bytes('/pkg/worker.js'), simd, module: await WebAssembly.compile(simd), weights: await bytes('/pkg/student.safetensors') };
  });
  const before = traffic.requests.length;
  const found = await page.evaluate(async ({ worker, simd, module, weights }) => {
    const { createClassifier, photograph } = globalThis.client;
    const found = [];
    for (const options of [{ worker, wasm: { simd } }, { worker: new Blob([worker]), wasm: { simd: module } }]) {
      const classifier = await createClassifier({ ...options, weights });
      found.push([classifier.info.build, classifier.info.first_load_bytes - weights.byteLength - simd.byteLength, (await classifier.classify(await photograph())).ranked.length]);
      classifier.close();
    }
    return { found, code: simd.byteLength };
  }, files);
  expect(found.found).toEqual([['simd128', 0, 8], ['simd128', -found.code, 8]]);
  expect(traffic.requests.slice(before).filter((url) => !url.startsWith('blob:'))).toEqual([]);
});

test('a page that requires Trusted Types needs to allow no more than the package\'s own policy', async ({ page, open, traffic }) => {
  const require = (allowed) => page.route('**/empty.html', async (route) => {
    const response = await route.fetch();
    const policy = `${response.headers()['content-security-policy']}; require-trusted-types-for 'script'; trusted-types ${allowed}`;
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } });
  });
  const reopen = async () => {
    await page.reload();
    await page.evaluate(() => import('/tests/support/client.mjs'));
    return open();
  };
  await require('dermdistill');
  expect((await reopen()).ok.released).toBe(true);
  // A policy's name can be taken once; the second classifier has the first one's.
  expect((await open({ assets: '/pkg/' })).ok.released).toBe(true);
  expect(traffic.violations).toEqual([]);
  await require("'none'");
  expect(await reopen()).toMatchObject({ code: 'worker-lost', typed: true, hint: expect.stringContaining('trusted-types') });
});

test('pixels are answered like the file they came from, and stay the caller\'s', async ({ page, open }) => {
  await open();
  const found = await page.evaluate(async () => {
    const { classifier, photograph } = globalThis.client;
    const file = await photograph({ type: 'image/png' });
    const bitmap = await createImageBitmap(file);
    const element = document.createElement('canvas');
    const offscreen = new OffscreenCanvas(bitmap.width, bitmap.height);
    for (const canvas of [element, offscreen]) {
      [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
      canvas.getContext('2d').drawImage(bitmap, 0, 0);
    }
    const pixels = element.getContext('2d').getImageData(0, 0, element.width, element.height);
    const frame = new VideoFrame(element, { timestamp: 0 });
    const calls = [file, pixels, bitmap, element, offscreen, frame].map((source) => classifier.classify(source));
    // What is drawn after the call is of no concern to it.
    for (const canvas of [element, offscreen]) canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
    pixels.data.fill(0);
    const answers = await Promise.all(calls);
    return { answers: answers.map(({ logits, photograph }) => ({ logits: Array.from(logits), photograph })), width: bitmap.width };
  });
  expect(found.width).toBe(320);
  for (const { logits, photograph } of found.answers) {
    expect(photograph).toEqual({ width: 320, height: 240 });
    expect(difference(logits, found.answers[0].logits)).toBeLessThanOrEqual(SAME);
  }
});

test('a frame of a playing video is a photograph; a video that has none yet, a closed bitmap and an empty canvas are refused', async ({ page, open }) => {
  await open();
  const found = await page.evaluate(async () => {
    const { classifier, outcome, photograph } = globalThis.client;
    const drawn = await createImageBitmap(await photograph());
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 240];
    const draw = () => canvas.getContext('2d').drawImage(drawn, 0, 0);
    const video = document.createElement('video');
    const early = await outcome(classifier.classify(video));
    video.muted = true;
    video.srcObject = canvas.captureStream(30);
    const drawing = setInterval(draw, 20);
    await video.play();
    await new Promise((done) => video.requestVideoFrameCallback(done));
    const { ok: answer } = await outcome(classifier.classify(video));
    clearInterval(drawing);
    drawn.close();
    const empty = document.createElement('canvas');
    empty.width = 0;
    const refused = [early, await outcome(classifier.classify(drawn)), await outcome(classifier.classify(empty))];
    return { answer, refused: refused.map(({ code, typed }) => [code, typed]) };
  });
  expect(found.answer.photograph).toEqual({ width: 320, height: 240 });
  // Skin above left of the spot, as it was drawn; a stream stores colours a little less exactly.
  const [red, green, blue] = found.answer.seen.data;
  for (const [value, expected] of [[red, 224], [green, 180], [blue, 160]]) expect(Math.abs(value - expected)).toBeLessThan(12);
  expect(found.refused).toEqual(Array(3).fill(['argument', true]));
});

test('the closed lists of the types are those of the program', () => {
  const types = readFileSync(`${ROOT}www/lib/index.d.ts`, 'utf8');
  const listed = (name) => [...types.match(new RegExp(`export type ${name} =([^;]+);`))[1].matchAll(/'([^']+)'/g)].map(([, code]) => code);
  const written = (file) => [...readFileSync(`${ROOT}src/${file}`, 'utf8').matchAll(/^ +(?:Self::)?\w+ => "([a-z-]+)",$/gm)].map(([, code]) => code);
  const reasons = written('trust/abstention.rs');
  expect(reasons.length).toBeGreaterThan(5);
  expect(listed('AbstentionCode')).toEqual(reasons);
  const codes = written('error.rs');
  expect(codes.length).toBeGreaterThan(20);
  const own = ['worker-lost', 'out-of-memory', 'timeout', 'network', 'unsupported-browser', 'closed'];
  expect(listed('ErrorCode').sort()).toEqual([...codes, ...own].sort());
});
