/**
 * Completes www/pkg after wasm-bindgen: puts the weights beside the code, writes down the SHA-256 and size of all three files for the
 * package to check, and holds the code to its size budget. Usage: node release.mjs WEIGHTS
 */
import { createHash } from 'node:crypto';
import { copyFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { brotliCompressSync } from 'node:zlib';

/** The most that the code of a first load may weigh, brotli-compressed: this package's JavaScript, the bindings and one WebAssembly file. */
const BUDGET_BYTES = 300_000;

const here = (path) => new URL(path, import.meta.url);
const weights = process.argv[2];
if (!weights) throw new Error('usage: node release.mjs WEIGHTS');
await copyFile(weights, here('pkg/student.safetensors'));

const files = {
  'simd128': 'pkg/simd/dermdistill_bg.wasm',
  'relaxed-simd': 'pkg/relaxed/dermdistill_bg.wasm',
  'weights': 'pkg/student.safetensors',
};
const pins = {};
for (const [name, path] of Object.entries(files)) {
  const bytes = await readFile(here(path));
  pins[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}
const text = `// Written by release.mjs: the files that this version of the package belongs to.\nexport const RELEASE = Object.freeze(${JSON.stringify(pins, null, 2)});\n`;
const target = here('pkg/release.js');
if ((await readFile(target, 'utf8').catch(() => '')) !== text) await writeFile(target, text);

const compressed = async (path) => brotliCompressSync(await readFile(here(path))).length;
const scripts = (await readdir(here('lib'))).filter((name) => name.endsWith('.js')).map((name) => `lib/${name}`);
let library = await compressed('pkg/release.js');
for (const path of scripts) library += await compressed(path);
let over = false;
for (const build of ['simd', 'relaxed']) {
  const bindings = await compressed(`pkg/${build}/dermdistill.js`);
  const wasm = await compressed(`pkg/${build}/dermdistill_bg.wasm`);
  const sum = library + bindings + wasm;
  over ||= sum > BUDGET_BYTES;
  console.log(`${build.padEnd(7)} first load, brotli: ${sum} bytes of code (wasm ${wasm}, bindings ${bindings}, library ${library}); budget ${BUDGET_BYTES}`);
}
if (over) {
  console.error('the code is over its budget');
  process.exit(1);
}
