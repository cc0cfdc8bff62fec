import { readdirSync, readFileSync } from 'node:fs';
import { expect, ROOT, test as base, workers } from './support/fixtures.mjs';
import { located, tells, TOLD } from './support/located.mjs';
import { stranger, tryWaysOut } from './support/ways-out.mjs';

const test = base.extend({
  foreign: async ({}, use) => {
    const host = await stranger();
    await use(host);
    await host.close();
  },
});

/** Addresses that are answered from now on; a request that the policy stops is none. */
function answered(page) {
  const urls = [];
  page.on('response', (response) => urls.push(response.url()));
  return urls;
}

test('after ready nothing is requested, nothing leaves the own origin, and the policy has nothing to report', async ({ open, ask, page, files, traffic }) => {
  await open();
  const ready = traffic.requests.length;
  await ask('classify', null, { explain: true });
  await ask('embed');
  await ask('explain');
  await page.context().setOffline(true);
  expect((await ask('classify')).ok.ranked).toHaveLength(8);
  await page.context().setOffline(false);
  expect(traffic.requests.slice(ready)).toEqual([]);
  expect(traffic.requests.filter((url) => !url.startsWith(`${files}/`) && !url.startsWith('data:'))).toEqual([]);
  expect(traffic.violations).toEqual([]);
});

test('the worker has no way to the network', async ({ open, page }) => {
  await open();
  const found = await workers(page)[0].evaluate(() => [
    'fetch', 'XMLHttpRequest', 'WebSocket', 'WebTransport', 'EventSource', 'importScripts', 'Worker', 'BroadcastChannel', 'caches', 'indexedDB',
  ].filter((name) => globalThis[name] !== undefined));
  expect(found).toEqual([]);
  const restored = await workers(page)[0].evaluate(() => {
    try {
      Object.defineProperty(globalThis, 'fetch', { value: () => 'back' });
    } catch {
      return typeof globalThis.fetch;
    }
    return 'restored';
  });
  expect(restored).toBe('undefined');
});

test('nor can the worker import a script, the one way out that no name holds', async ({ open, page }) => {
  await open();
  // The spare ones are fetched first.
  await expect.poll(() => workers(page).length, { timeout: 20_000 }).toBe(3);
  const reached = answered(page);
  const attempt = () => import('/lib/errors.js?photograph').then(() => 'reached', () => 'refused');
  expect(await workers(page)[0].evaluate(attempt)).toBe('refused');
  expect(reached).toEqual([]);
});

const reachedIn = (results) => Object.entries(results).filter(([, result]) => result === 'reached').map(([name]) => name);

test('from inside the worker that answers, and from the learner\'s, no way out reaches anybody: not a stranger, not the own server', async ({ page, files, open, foreign }) => {
  await open();
  await page.evaluate(async () => {
    const learner = await globalThis.client.classifier.learner();
    globalThis.client.learner = learner;
  });
  // The spare ones of both are fetched first.
  await expect.poll(() => workers(page).length, { timeout: 20_000 }).toBe(6);
  const reached = answered(page);
  const inside = workers(page);
  expect(inside.some((worker) => worker.url().endsWith('worker-learn.js'))).toBe(true);
  for (const worker of inside) {
    for (const address of [`${foreign.origin}/`, `${files}/photograph/`]) expect(reachedIn(await worker.evaluate(tryWaysOut, address))).toEqual([]);
  }
  await page.waitForTimeout(500);
  expect(foreign.heard).toEqual([]);
  expect(reached).toEqual([]);
});

test('the policy sent with workers refuses every request by itself, and those of the workers they make', async ({ page, files, foreign }) => {
  await page.goto(`${files}/tests/support/empty.html`);
  const reached = answered(page);
  const started = page.waitForEvent('worker');
  await page.evaluate(() => void (globalThis.probe = new Worker('/tests/support/worker-probe.js')));
  const probe = await started;
  for (const address of [`${foreign.origin}/`, `${files}/`]) {
    const results = await probe.evaluate(tryWaysOut, address);
    expect(reachedIn(results)).toEqual([]);
    // Nothing was taken away here: it is the policy that refuses.
    for (const name of ['fetch', 'fetchPost', 'XMLHttpRequest', 'EventSource', 'WebSocket', 'WebTransport', 'import', 'importScripts', 'Worker', 'nested']) {
      expect.soft(results[name], name).toBe('refused');
    }
  }
  await page.waitForTimeout(500);
  expect(foreign.heard).toEqual([]);
  expect(reached.filter((url) => !url.startsWith('blob:'))).toEqual([expect.stringContaining('worker-probe.js')]);
});

test('without a policy the same ways do reach a stranger, so the tests above can fail', async ({ page, foreign }) => {
  const open = await stranger();
  await page.goto(`${open.origin}/empty.html`);
  const started = page.waitForEvent('worker');
  await page.evaluate(() => void (globalThis.probe = new Worker('/worker.js')));
  const inside = reachedIn(await (await started).evaluate(tryWaysOut, `${foreign.origin}/`));
  for (const name of ['fetch', 'fetchPost', 'import', 'importScripts', 'nested']) expect.soft(inside).toContain(name);
  await page.evaluate(tryWaysOut, `${foreign.origin}/`);
  const paths = ['fetch', 'post', 'xhr', 'events', 'socket', 'import.js', 'scripts.js', 'nested', 'beacon', 'image', 'script.js', 'style.css', 'frame', 'form'];
  await expect.poll(() => paths.filter((path) => !foreign.heard.some((line) => line.endsWith(`/${path}`))), { timeout: 15_000 }).toEqual([]);
  await open.close();
});

test('place, time, camera and owner of a photograph that was learned from are not in the weights that are exported', async ({ page, open }) => {
  const photograph = located(readFileSync(`${ROOT}tests/golden/photo/exif_1.jpg`));
  expect(tells(photograph)).toEqual(Object.keys(TOLD));
  await open();
  const exported = await page.evaluate(async (base64) => {
    const { bytesOf, classifier } = globalThis.client;
    const learner = await classifier.learner();
    const example = await learner.addExample(new File([bytesOf(base64)], 'my-arm.jpg'), 'NV');
    await learner.addExample(await globalThis.client.photograph(), 'VASC');
    for await (const _ of learner.train({ steps: 2, batch: 2 }));
    const weights = await learner.exportWeights();
    const told = JSON.stringify([example, learner.examples(), classifier.info]);
    learner.close();
    const reader = new FileReader();
    await new Promise((done) => {
      reader.onload = done;
      reader.readAsDataURL(new Blob([weights, told]));
    });
    return reader.result.split(',')[1];
  }, photograph.toString('base64'));
  const bytes = Buffer.from(exported, 'base64');
  expect(bytes.length).toBeGreaterThan(4_000_000);
  expect(tells(bytes)).toEqual([]);
});

test('the built files hold no address of another host and no way around the policy', () => {
  const all = (folder) => readdirSync(`${ROOT}www/${folder}/`, { recursive: true }).map((name) => `${folder}/${name}`);
  // Of pkg what is published: the bindings beside the modules are in the workers.
  const files = [...all('dist'), ...all('strict'), ...all('pkg').filter((name) => /^pkg\/([\w-]+\.js|(simd|relaxed|learn)\/\w+_bg\.wasm)$/.test(name))];
  const texts = files.filter((name) => /\.(js|css|html|svg|json|webmanifest)$/.test(name));
  for (const kind of ['.html', '.css', 'worker.js', 'worker-learn.js']) expect(texts.some((name) => name.endsWith(kind)), kind).toBe(true);
  const allowed = /^https?:\/\/(www\.w3\.org|creativecommons\.org|localhost)\b/;
  const ways = [
    /sendBeacon/, /new\s+(WebSocket|WebTransport|EventSource|RTCPeerConnection|SharedWorker)\b/, /fetchLater\s*\(/, /\bwss?:\/\//, /window\.open\b/,
    /\beval\s*\(/, /new\s+Function\b/, /innerHTML/, /document\.write/,
  ];
  for (const name of texts) {
    const text = readFileSync(`${ROOT}www/${name}`, 'utf8');
    const foreign = (text.match(/https?:\/\/[^\s"'`)<>]+/g) ?? []).filter((address) => !allowed.test(address));
    expect.soft(foreign, name).toEqual([]);
    for (const way of ways) expect.soft(text, `${name}: ${way}`).not.toMatch(way);
    if (!name.endsWith('.html')) continue;
    expect.soft(text, `${name}: ping, prefetch`).not.toMatch(/\sping=|rel="(?:dns-)?prefetch|rel="preconnect/);
    // The strict recipe's inner document has its one script in it, named by its hash.
    if (name.startsWith('strict/frame')) continue;
    expect.soft(text, `${name}: inline script`).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    expect.soft(text, `${name}: inline style or handler`).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
  }
  // Code and weights are no place for an address either.
  for (const name of files.filter((one) => /\.(wasm|safetensors)$/.test(one))) {
    expect.soft(readFileSync(`${ROOT}www/${name}`, 'latin1').match(/\b(?:https?|wss?):\/\/[\w.]+/g) ?? [], name).toEqual([]);
  }
});
