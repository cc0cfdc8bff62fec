/**
 * How long the lab's main thread is busy at a stretch while one learner thread works: forty steps with every plot in view, the browser's own count of tasks
 * of 50 ms or more. Usage: node lab.mjs, after ./build.sh site
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../../www/serve.mjs';
import { withHead } from '../../www/tests/support/drawings.mjs';

const root = fileURLToPath(new URL('../../www/', import.meta.url));
const STEPS = 40;

/** Rungs, and whether the tables behind the plots stand open. */
const CASES = [
  { title: 'CE, last stage', rung: /^CE/ },
  { title: 'SSD-KD, last stage, every plot', rung: /^SSD-KD/ },
  { title: 'SSD-KD, last stage, every plot and table', rung: /^SSD-KD/, tables: true },
];

const { chromium } = createRequire(`${root}package.json`)('@playwright/test');
const server = await serve(`${root}dist`);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const student = readFileSync(fileURLToPath(new URL('../../weights/student.safetensors', import.meta.url)));
const teacher = { name: 'teacher.safetensors', mimeType: 'application/octet-stream', buffer: Buffer.from(await withHead(new Uint8Array(student))) };
console.log(`${`the lab's main thread, ${STEPS} steps`.padEnd(46)}tasks of 50 ms or more  longest, ms  ms a step`);
for (const { title, rung, tables } of CASES) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(150_000);
  await page.goto(`${server.origin}/lab.html`);
  await page.locator('#start:enabled').waitFor();
  await page.locator('#starter').click();
  await page.getByText('12 examples', { exact: true }).waitFor();
  await page.locator('#teacher').setInputFiles(teacher);
  await page.getByText('The teacher is teacher.safetensors.').first().waitFor();
  await page.getByRole('radio', { name: rung }).check();
  await page.locator('.thumbs button').first().click();
  // The first step makes the plots, asks the teacher and draws the check set.
  await page.locator('#step').click();
  await page.locator('#totals').filter({ hasText: 'Step 1:' }).waitFor();
  await page.locator('#step:enabled').waitFor();
  if (tables) for (const summary of await page.locator('details.behind > summary').all()) if (await summary.isVisible()) await summary.click();
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
    globalThis.began = performance.now();
  });
  await page.locator('#start').click();
  await page.waitForFunction((steps) => Number(document.querySelector('#totals').textContent.match(/Step (\d+):/)[1]) > steps, STEPS, { polling: 50 });
  const { tasks, ms } = await page.evaluate(() => ({ tasks: globalThis.tasks, ms: performance.now() - globalThis.began }));
  await browser.close();
  const longest = tasks.length ? Math.max(...tasks).toFixed(0) : 'below 50';
  console.log([title.padEnd(46), String(tasks.length).padStart(22), longest.padStart(13), (ms / STEPS).toFixed(0).padStart(11)].join(''));
}
await server.close();
