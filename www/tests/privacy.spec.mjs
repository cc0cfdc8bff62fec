import { readdirSync, readFileSync } from 'node:fs';
import { expect, ROOT, test, workers } from './support/fixtures.mjs';

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
  const reached = answered(page);
  const attempt = () => import('/lib/errors.js?photograph').then(() => 'reached', () => 'refused');
  expect(await workers(page)[0].evaluate(attempt)).toBe('refused');
  expect(reached).toEqual([]);
});

test('the policy sent with workers refuses every request by itself', async ({ page, files }) => {
  await page.goto(`${files}/tests/support/empty.html`);
  const reached = answered(page);
  const results = await page.evaluate(() => new Promise((done, failed) => {
    const worker = new Worker('/tests/support/worker-probe.js');
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = failed;
  }));
  expect(Object.keys(results)).toHaveLength(9);
  expect(Object.entries(results).filter(([, result]) => result !== 'refused')).toEqual([]);
  expect(reached).toEqual([expect.stringContaining('worker-probe.js')]);
});

test('the built files hold no address of another host and no way around the policy', () => {
  const folder = `${ROOT}www/dist/`;
  const texts = readdirSync(folder, { recursive: true }).filter((name) => /\.(js|css|html|svg|json|webmanifest)$/.test(name));
  expect(texts.some((name) => name.endsWith('.html'))).toBe(true);
  const allowed = /^https?:\/\/(www\.w3\.org|creativecommons\.org|localhost)\b/;
  for (const name of texts) {
    const text = readFileSync(folder + name, 'utf8');
    const foreign = (text.match(/https?:\/\/[^\s"'`)<>]+/g) ?? []).filter((address) => !allowed.test(address));
    expect.soft(foreign, name).toEqual([]);
    for (const token of [/sendBeacon/, /new\s+WebSocket/, /RTCPeerConnection\s*\(/, /new\s+EventSource/, /\beval\s*\(/, /new\s+Function\b/, /innerHTML/, /document\.write/]) {
      expect.soft(text, `${name}: ${token}`).not.toMatch(token);
    }
    if (name.endsWith('.html')) {
      expect.soft(text, `${name}: inline script`).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
      expect.soft(text, `${name}: inline style or handler`).not.toMatch(/<style|\sstyle=|\son[a-z]+=/);
    }
  }
});
