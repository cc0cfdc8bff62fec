/**
 * Completes www/pkg after wasm-bindgen: bundles the worker and the library into one file each, puts the weights beside it, writes down the SHA-256 and size of
 * what the package checks when it loads, copies the licences, and holds the code to its size budget. Usage: node release.mjs WEIGHTS
 */
import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** The most that the code of a first load may weigh, brotli-compressed: this package's JavaScript, its worker and one WebAssembly file. */
const BUDGET_BYTES = 300_000;

const here = (path) => new URL(path, import.meta.url);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * One minified file of a module and all that it imports.
 * @param {'iife' | 'es'} format
 */
async function bundle(entry, format) {
  const build = await rolldown({ input: fileURLToPath(here(entry)), platform: 'browser', treeshake: { moduleSideEffects: true } });
  const { output } = await build.generate({ format, minify: true });
  await build.close();
  if (output.length !== 1) throw new Error(`${entry} became ${output.length} files`);
  return output[0].code;
}

/** The worker with its bindings, a script without imports: no bundler needs to understand it, and its policy may forbid it to load more. */
async function bundleWorker() {
  const [simd, relaxed] = await Promise.all(['simd', 'relaxed'].map((name) => readFile(here(`pkg/${name}/dermdistill.js`), 'utf8')));
  if (simd !== relaxed) throw new Error('the bindings of the two builds differ, so one worker cannot hold both');
  await replace('pkg/worker.js', await bundle('lib/worker.js', 'iife'));
}

/** The package's own module, one request in place of a dozen. It lies among the files that it names, wherever the folder is copied to. */
async function bundleLibrary() {
  const code = await bundle('lib/index.js', 'es');
  let named = 0;
  // In the quotes that every bundler looks for.
  const moved = code.replaceAll(/new URL\(([`'"])\.\.\/pkg\/([^`'"]+)\1/g, (_, _quote, file) => (named += 1, `new URL("./${file}"`));
  if (named !== 4) throw new Error(`the library names ${named} files in place of 4`);
  await replace('pkg/index.js', moved);
}

/** Length and hash of a file; of a weight file also the hash of its head, which names it. */
async function pin(path) {
  const bytes = await readFile(here(path));
  const whole = { sha256: sha256(bytes), bytes: bytes.length };
  return path.endsWith('.safetensors') ? { ...whole, head: sha256(bytes.subarray(0, 8 + Number(bytes.readBigUInt64LE(0)))) } : whole;
}

/** Writes a file whose text has changed; one that has not keeps its time. */
async function replace(path, text) {
  if ((await readFile(here(path), 'utf8').catch(() => '')) !== text) await writeFile(here(path), text);
}

/** Prints what a first load weighs and whether that is within the budget. */
async function weigh() {
  const compressed = async (path) => brotliCompressSync(await readFile(here(path))).length;
  const library = await compressed('pkg/index.js');
  const worker = await compressed('pkg/worker.js');
  let within = true;
  for (const name of ['simd', 'relaxed']) {
    const wasm = await compressed(`pkg/${name}/dermdistill_bg.wasm`);
    const sum = library + worker + wasm;
    within &&= sum <= BUDGET_BYTES;
    console.log(`${name.padEnd(7)} first load, brotli: ${sum} bytes of code (wasm ${wasm}, worker ${worker}, library ${library}); budget ${BUDGET_BYTES}`);
  }
  return within;
}

const weights = process.argv[2];
if (!weights) throw new Error('usage: node release.mjs WEIGHTS');
await copyFile(weights, here('pkg/student.safetensors'));
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) await copyFile(here(`../${name}`), here(name));
await copyFile(here('../weights/LICENSE.md'), here('LICENSE-WEIGHTS.md'));
await bundleWorker();
const pins = {
  'simd128': await pin('pkg/simd/dermdistill_bg.wasm'),
  'relaxed-simd': await pin('pkg/relaxed/dermdistill_bg.wasm'),
  'weights': await pin('pkg/student.safetensors'),
};
const head = '// Written by release.mjs: the files that this version of the package belongs to.';
await replace('pkg/release.js', `${head}\nexport const RELEASE = Object.freeze(${JSON.stringify(pins, null, 2)});\n`);
await bundleLibrary();
if (!(await weigh())) {
  console.error('the code is over its budget');
  process.exit(1);
}
