import { fileURLToPath } from 'node:url';
import { test as base, expect } from '@playwright/test';
import { serve } from '../../serve.mjs';
import { watchMemory, workers } from './watch.mjs';

export { expect, watchMemory, workers };

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
/** The repository's root. */
export const ROOT = folder('../../../');
/** The command line, where `build.sh test` or cargo has built it. */
export const COMMAND = process.env.DERMDISTILL ?? `${process.env.CARGO_TARGET_DIR ?? `${ROOT}target`}/debug/dermdistill`;
/** Largest difference between two builds' or two programs' probabilities and logits (ARCHITECTURE: one answer everywhere). */
export const SAME = 1e-4;

/**
 * `page` stands on an empty page beside the package's own files, as a web server delivers them: no bundler.
 * `open(options)` makes a classifier there; `ask(name, bytes, options)` calls it and gives `{ok}` or `{code, message, hint}`.
 */
export const test = base.extend({
  page: async ({ page }, use) => {
    await use(page);
    // A classifier that was closed may still be fetching for its spare workers: what answers in the server's place must not fail for that.
    if (!page.isClosed()) await page.unrouteAll({ behavior: 'ignoreErrors' });
  },
  files: [async ({}, use) => {
    const server = await serve(folder('../../'));
    await use(server.origin);
    await server.close();
  }, { scope: 'worker' }],
  built: [async ({}, use) => {
    const server = await serve(folder('../../dist'));
    await use(server.origin);
    await server.close();
  }, { scope: 'worker' }],
  /** Every request and every complaint about the policy since the page opened. */
  traffic: async ({ page }, use) => {
    const traffic = { requests: [], violations: [] };
    page.on('request', (request) => traffic.requests.push(request.url()));
    page.on('console', (message) => /Content.Security.Policy|Refused to/i.test(message.text()) && traffic.violations.push(message.text()));
    await use(traffic);
  },
  open: async ({ page, files, traffic: _ }, use) => {
    await page.goto(`${files}/tests/support/empty.html`);
    await page.evaluate(() => import('/tests/support/client.mjs'));
    await use((options = {}) => page.evaluate((given) => globalThis.client.open(given), options));
    await page.evaluate(() => globalThis.client.classifier?.close());
  },
  ask: async ({ page }, use) => {
    await use((call, bytes, options = {}) => page.evaluate(
      ([name, base64, rest]) => globalThis.client.ask(name, base64, rest),
      [call, bytes && Buffer.from(bytes).toString('base64'), options],
    ));
  },
});

/**
 * The bytes of memory of the instance in the worker that answers; with `fill`, after letting it grow until it may not.
 * @param {import('@playwright/test').Page} page
 */
export const memoryOf = (page, fill = false) => workers(page)[0].evaluate((full) => {
  const { memory } = globalThis.kept.exports;
  try {
    while (full) memory.grow(1);
  } catch {
    // No page is left.
  }
  return memory.buffer.byteLength;
}, fill);

/**
 * Keeps the worker that answers busy for ever, from inside.
 * @param {import('@playwright/test').Page} page
 */
export async function block(page) {
  await workers(page)[0].evaluate(() => void setTimeout(() => { for (;;); }, 50));
  await page.waitForTimeout(200);
}

/**
 * The largest difference between two lists of numbers.
 * @param {number[]} a
 * @param {number[]} b
 */
export function difference(a, b) {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0);
}
