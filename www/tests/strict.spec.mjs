import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, ROOT, test as base, workers } from './support/fixtures.mjs';
import { stranger, tryWaysOut } from './support/ways-out.mjs';

const text = (path) => readFileSync(`${ROOT}www/${path}`, 'utf8');
const PHOTOGRAPH = `${ROOT}www/element/arriving/samples/synthetic-1.png`;

/** `frame` is the inner document of the strict recipe, ready for a photograph. */
const test = base.extend({
  frame: async ({ page, files, traffic: _ }, use) => {
    await page.goto(`${files}/strict/`);
    const frame = page.frames()[1];
    await expect(frame.locator('[role=status]')).toHaveText('Ready', { timeout: 60_000 });
    await use(frame);
  },
  foreign: async ({}, use) => {
    const host = await stranger();
    await use(host);
    await host.close();
  },
});

test('strict recipe: its policies are the files\', in the documents and from the server, and they name this very script', async ({ files }) => {
  const policy = (name) => text(`policy/${name}.csp`).trim();
  const meta = (html) => html.match(/http-equiv="Content-Security-Policy" content="([^"]*)"/)[1];
  expect(meta(text('strict/frame.html'))).toBe(policy('frame'));
  expect(meta(text('strict/index.html'))).toBe(policy('strict'));
  const sent = await fetch(`${files}/strict/`);
  expect(sent.headers.get('content-security-policy')).toBe(policy('strict'));
  const [, script] = text('strict/frame.html').match(/<script type="module">(.*?)<\/script>/s);
  const hash = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  for (const name of ['strict', 'frame']) expect(policy(name)).toContain(hash);
  expect(policy('frame')).toContain("connect-src 'none'");
  expect(policy('frame')).not.toContain("'self'");
});

test('strict recipe: a photograph is answered, nothing is requested for it, and the outer page hears nothing of it', async ({ page, files, frame, traffic }) => {
  const before = traffic.requests.length;
  await page.evaluate(() => {
    globalThis.heard = [];
    addEventListener('message', ({ data }) => globalThis.heard.push(data));
  });
  await page.context().setOffline(true);
  await frame.setInputFiles('input', PHOTOGRAPH);
  await expect(frame.locator('ol li')).toHaveCount(8);
  await expect(frame.locator('ol li').first()).toHaveText(/^[a-z ]+: \d+ %$/);
  expect(traffic.requests.slice(before).filter((url) => !url.startsWith('blob:'))).toEqual([]);
  expect(traffic.requests.filter((url) => !url.startsWith(files) && !/^(blob|data):/.test(url))).toEqual([]);
  expect(await page.evaluate(() => globalThis.heard)).toEqual([]);
  expect(traffic.violations).toEqual([]);
});

test('strict recipe: the inner document has no way out, nor its worker, nor a worker that either makes', async ({ page, files, frame, foreign }) => {
  const own = [];
  page.on('response', (response) => own.push(response.url()));
  for (const [address, name] of [[`${foreign.origin}/`, 'a stranger'], [`${files}/photograph/`, 'the own server']]) {
    const results = await frame.evaluate(tryWaysOut, address);
    expect.soft(Object.entries(results).filter(([, result]) => result === 'reached'), name).toEqual([]);
    expect.soft(Object.values(results).filter((result) => result === 'refused').length, name).toBeGreaterThan(15);
  }
  const worker = page.workers().find((one) => one.url().startsWith('blob:'));
  const found = await worker.evaluate(tryWaysOut, `${foreign.origin}/`);
  expect(Object.entries(found).filter(([, result]) => result === 'reached')).toEqual([]);
  await page.waitForTimeout(500);
  expect(foreign.heard).toEqual([]);
  expect(own.filter((url) => !url.startsWith('blob:'))).toEqual([]);
});

test('strict recipe: the inner document cannot go anywhere else, and has no storage to leave a photograph in', async ({ page, files, frame, foreign }) => {
  const kept = await frame.evaluate(async () => {
    const ways = {
      localStorage: () => localStorage.length,
      sessionStorage: () => sessionStorage.length,
      cookie: () => (document.cookie = 'photograph=1'),
      indexedDB: () => new Promise((done, failed) => Object.assign(indexedDB.open('photograph'), { onsuccess: done, onerror: failed })),
      caches: () => caches.open('photograph'),
      files: () => navigator.storage.getDirectory(),
      parent: () => parent.document.title,
    };
    const outcomes = {};
    for (const [name, way] of Object.entries(ways)) {
      try {
        await way();
        outcomes[name] = 'open';
      } catch {
        outcomes[name] = 'refused';
      }
    }
    return outcomes;
  });
  expect(new Set(Object.values(kept))).toEqual(new Set(['refused']));
  const reached = [];
  page.on('response', (response) => reached.push(response.url()));
  for (const address of [`${foreign.origin}/?photograph`, `${files}/strict/frame.html?photograph`]) {
    await page.goto(`${files}/strict/`);
    await expect(page.frames()[1].locator('[role=status]')).toHaveText('Ready', { timeout: 60_000 });
    // The page around it first: once a frame was refused its own way, what stands there is the browser's.
    await page.frames()[1].evaluate((there) => void open(there, '_top'), address);
    await page.frames()[1].evaluate((there) => void (location.href = there), address);
    await page.waitForTimeout(1_000);
    expect(page.url()).toBe(`${files}/strict/`);
  }
  expect(reached.filter((url) => url.includes('?photograph'))).toEqual([]);
  expect(foreign.heard).toEqual([]);
});
