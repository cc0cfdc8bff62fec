/**
 * A first visit: all that it downloads, and the time from the page's address to the first answer, for this package beside the peers.
 * Every visit is a fresh browser with an empty profile; rounds are interleaved. Usage: node run.mjs PEERS [ROUNDS [NAMES]], NAMES a
 * regular expression of the contestants
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert, flatten } from '../weights.mjs';
import { serve } from './server.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const peers = resolve(process.argv[2]);
const rounds = Number(process.argv[3] ?? 7);
const asked = new RegExp(process.argv[4] ?? '');
const here = join(root, 'target', 'bench', 'first');
const { build } = createRequire(join(peers, 'package.json'))('esbuild');
const { chromium } = createRequire(join(root, 'www', 'package.json'))('@playwright/test');

const models = join(peers, 'models');
const packages = join(peers, 'node_modules');
const pkg = join(root, 'www', 'pkg');
const expected = new Float32Array(Uint8Array.from(readFileSync(join(models, 'out_mobilenetv2_8.f32'))).buffer);
/** Largest difference from PyTorch's logits for the same numbers: the network computed is the same one. */
const CLOSE = 1e-4;

/** entry, what lies beside the page, and whether the network has the benchmark's own numbers, so that its logits can be compared. */
const ALL = {
  'dermdistill, as released': { entry: 'ours.mjs', files: released, define: { WEIGHTS: 'null' } },
  'dermdistill': { entry: 'ours.mjs', files: own, define: { WEIGHTS: '"network.safetensors"' }, same: true },
  'TensorFlow.js 4.22.0': { entry: 'tfjs.mjs', files: tensorflow, same: true },
  'LiteRT.js 2.5.3': { entry: 'litert.mjs', files: litert },
  'ONNX Runtime Web 1.30.0': { entry: 'ort.mjs', files: onnx, same: true },
};

const CONTESTANTS = Object.fromEntries(Object.entries(ALL).filter(([name], index) => index === 0 || asked.test(name)));

function released(folder) {
  for (const path of ['worker.js', 'relaxed/dermdistill_bg.wasm', 'simd/dermdistill_bg.wasm', 'student.safetensors']) cpSync(join(pkg, path), join(folder, 'pkg', path));
}

function own(folder) {
  released(folder);
  convert(join(models, 'mobilenetv2_8.onnx'), join(pkg, 'student.safetensors'), join(folder, 'network.safetensors'));
}

function tensorflow(folder) {
  cpSync(join(packages, '@tensorflow/tfjs-backend-wasm/dist'), folder, { recursive: true, filter: (path) => !/\.\w+$/.test(path) || path.endsWith('.wasm') });
  flatten(join(models, 'mobilenetv2_8.onnx'), join(folder, 'network.bin'));
}

function litert(folder) {
  cpSync(join(packages, '@litertjs/core/wasm'), join(folder, 'wasm'), { recursive: true });
  cpSync(join(models, 'mobilenetv2_8_fp32.tflite'), join(folder, 'network.tflite'));
}

function onnx(folder) {
  for (const name of ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm']) cpSync(join(packages, 'onnxruntime-web/dist', name), join(folder, name));
  cpSync(join(models, 'mobilenetv2_8.onnx'), join(folder, 'network.onnx'));
}

/** One folder a contestant, with its page and its one script, bundled and minified by the same bundler. */
async function folders() {
  rmSync(here, { recursive: true, force: true });
  const made = {};
  for (const [index, { entry, files, define }] of Object.values(CONTESTANTS).entries()) {
    const folder = join(here, String(index));
    mkdirSync(folder, { recursive: true });
    await build({
      entryPoints: [fileURLToPath(new URL(entry, import.meta.url))], outfile: join(folder, 'page.js'), bundle: true, minify: true, format: 'esm', define,
      nodePaths: [packages], alias: { dermdistill: join(pkg, 'index.js') }, logLevel: 'error', external: ['fs', 'path', 'os', 'util', 'crypto', 'worker_threads', 'perf_hooks'],
    });
    files(folder);
    writeFileSync(join(folder, 'index.html'), '<!doctype html><html lang="en"><meta charset="utf-8"><title>A first visit</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>');
    made[index] = folder;
  }
  return made;
}

/** One visit in a fresh browser: milliseconds from the page's address to the logits, and the addresses asked for. */
async function visit(address) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  try {
    const page = await browser.newPage();
    // A browser has things of its own to do when it starts.
    await page.waitForTimeout(500);
    await page.goto(address, { timeout: 300_000 });
    await page.waitForFunction(() => globalThis.answered, null, { timeout: 300_000 });
    const answered = await page.evaluate(() => globalThis.answered);
    if (answered.error) throw new Error(`${address}: ${answered.error}`);
    return answered;
  } finally {
    await browser.close();
  }
}

const server = await serve(await folders(), readFileSync(join(models, 'input_224.f32')));
const times = Object.keys(CONTESTANTS).map(() => []);
const sizes = [];
// The first round is not timed: the server compresses what is asked for.
for (let round = 0; round <= rounds; round += 1) {
  for (const [index, [name, { same }]] of Object.entries(CONTESTANTS).entries()) {
    server.sent.clear();
    const { ms, logits } = await visit(`${server.origin}/${index}/`);
    const off = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - logits[at])), 0);
    if (same && !(off <= CLOSE)) throw new Error(`${name}: its logits are ${off} from PyTorch's`);
    if (round > 0) times[index].push(ms);
    sizes[index] = [...server.sent.values()].reduce((sum, { compressed, plain }) => ({ code: sum.code + compressed, weights: sum.weights + plain }), { code: 0, weights: 0 });
  }
}
server.close();

console.log(`\na first visit (${rounds} fresh browsers each)   code, brotli   weights as sent       all, MB   first answer, ms: median (min to max)   the first row's share of it, in turn (quartiles)`);
Object.keys(CONTESTANTS).forEach((name, index) => {
  const { code, weights } = sizes[index];
  const ratios = times[index].map((ms, round) => times[0][round] / ms).sort((a, b) => a - b);
  const [low, share, high] = [1, 2, 3].map((quarter) => ratios[(ratios.length * quarter) >> 2].toFixed(2));
  const sorted = times[index].toSorted((a, b) => a - b);
  const bytes = [code, weights].map((count) => count.toLocaleString('en').padStart(17)).join('');
  const all = ((code + weights) / 1e6).toFixed(2).padStart(14);
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map(Math.round);
  console.log(`${name.padEnd(34)}${bytes}${all}   ${`${median} (${least} to ${most})`.padEnd(39)}${share} (${low} to ${high})`);
});
