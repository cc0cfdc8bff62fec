/** 2,000 classifications and 20 learners in Chromium, with hostile files mixed in: memory along the way. Usage: node soak.mjs [CALLS CYCLES] */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from '../../www/serve.mjs';
import { soak } from '../../www/tests/support/soak.mjs';

const root = fileURLToPath(new URL('../../www/', import.meta.url));
const [calls = 2000, cycles = 20] = process.argv.slice(2).map(Number);

const { chromium } = createRequire(`${root}package.json`)('@playwright/test');
const server = await serve(root);
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
console.log('memory in MB: the classifier\'s module, the learner\'s, what JavaScript keeps in the workers and in the page');
console.log(['calls', 'module', 'learner', 'workers', 'page'].map((name) => name.padStart(9)).join(''));
const told = ({ calls: done, wasm, learner, heaps }) => (
  console.log(String(done).padStart(9) + [wasm, learner, heaps.workers, heaps.page].map((bytes) => (bytes / 1e6).toFixed(2).padStart(9)).join('')));
const { answered, wrong } = await soak(await browser.newPage(), server.origin, { calls, cycles, samples: 10, told });
await browser.close();
await server.close();
console.log('answered:', answered);
console.log(wrong.length === 0 ? 'no call was lost or answered otherwise than it should' : wrong.join('\n'));
process.exitCode = wrong.length === 0 ? 0 : 1;
