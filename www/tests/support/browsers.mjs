/**
 * Browsers that Playwright does not drive: Debian's Firefox over WebDriver BiDi, WebKitGTK over WebDriver. Each as the same small thing:
 * `visit(address)` gives `run(work, given)`, which runs a function in the page with what it is given, and awaits it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import puppeteer from 'puppeteer-core';

/** @typedef {{name: string, visit: (address: string) => Promise<{run: <G, T>(work: (given: G) => T, given?: G) => Promise<Awaited<T>>}>, close: () => Promise<void>}} Browser */

export const FIREFOX = process.env.FIREFOX ?? '/usr/bin/firefox-esr';
export const WEBKIT = process.env.WEBKIT ?? '/usr/bin/WebKitWebDriver';

/** @returns {Promise<Browser>} */
async function firefox() {
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true, timeout: 120_000, protocolTimeout: 300_000 });
  const page = await browser.newPage();
  return {
    name: await browser.version(),
    async visit(address) {
      await page.goto(address, { timeout: 180_000 });
      return { run: (work, given) => page.evaluate(work, given) };
    },
    close: () => browser.close(),
  };
}

/** A port that nobody listens on. @returns {Promise<number>} */
const freePort = () => new Promise((found) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    server.close(() => found(port));
  });
});

/** @returns {Promise<Browser>} */
async function webkit() {
  const port = await freePort();
  // It has no headless mode of its own, so it gets a screen that nobody sees. Nor does its sandbox work for root in a container.
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const [display] = await once(screen.stdio[3], 'data');
  const env = { ...process.env, DISPLAY: `:${String(display).trim()}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LIBGL_ALWAYS_SOFTWARE: '1' };
  const driver = spawn(WEBKIT, [`--port=${port}`, '--host=127.0.0.1'], { stdio: 'ignore', env });
  const ask = async (method, path, body) => {
    const request = { method, body: body && JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
    const { value } = await (await fetch(`http://127.0.0.1:${port}${path}`, request)).json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  for (let left = 100; ; left -= 1) {
    if (await ask('GET', '/status').then(({ ready }) => ready, () => false)) break;
    if (left === 0) throw new Error(`${WEBKIT} does not answer`);
    await new Promise((later) => setTimeout(later, 100));
  }
  const { sessionId, capabilities } = await ask('POST', '/session', { capabilities: { alwaysMatch: {} } });
  const session = `/session/${sessionId}`;
  await ask('POST', `${session}/timeouts`, { script: 300_000, pageLoad: 180_000 });
  const script = (work) => `const [given, done] = arguments; Promise.resolve(given).then(${work}).then((value) => done({ value }), (error) => done({ thrown: String(error?.stack ?? error) }));`;
  return {
    name: `${capabilities.browserName} ${capabilities.browserVersion}`,
    async visit(address) {
      await ask('POST', `${session}/url`, { url: address });
      return {
        async run(work, given) {
          const { value, thrown } = await ask('POST', `${session}/execute/async`, { script: script(work), args: [given ?? null] });
          if (thrown) throw new Error(thrown);
          return value;
        },
      };
    },
    async close() {
      await ask('DELETE', session).catch(() => {});
      driver.kill();
      screen.kill();
    },
  };
}

/** What is on this machine, by name. */
export const BROWSERS = Object.fromEntries([['firefox', FIREFOX, firefox], ['webkitgtk', WEBKIT, webkit]].map(([name, path, launch]) => [name, { launch, there: existsSync(path) }]));
