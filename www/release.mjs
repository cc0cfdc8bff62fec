/**
 * Completes www/pkg after wasm-bindgen: bundles the worker and the library into one file each, puts the weights beside it, writes down the SHA-256 and size of
 * what the package checks when it loads, copies the licences, and holds the code to its size budget. Usage: node release.mjs WEIGHTS
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { policy, snippets } from './policy/headers.mjs';

/** The most that the code of a first load may weigh, brotli-compressed: this package's JavaScript, its worker and one WebAssembly file. */
const BUDGET_BYTES = 300_000;

/** The most that learning may load beyond that, whichever build it loads. */
const LEARN_BUDGET_BYTES = 900_000;

/** The folders of the learner's builds, by their names among the options. */
const LEARNERS = { simd: 'learn', relaxed: 'learn-relaxed', threads: 'learn-threads' };
/** Files of the release that only learning loads, when it is asked to: the teacher, its projection head, the student's training heads. */
const OPTIONAL = { 'teacher': 'teacher_int8.safetensors', 'teacher-head': 'teacher_ss_head.safetensors', 'heads': 'student_heads.safetensors' };

const here = (path) => new URL(path, import.meta.url);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/**
 * The minified files of a module and all that it imports, the module's own first; as many as `files`.
 * @param {'iife' | 'es'} format
 */
async function bundle(entry, format, files = 1) {
  // What a module that is loaded later needs of the first one, the first one exports: no third file for what they share.
  const build = await rolldown({
    input: fileURLToPath(here(entry)), platform: 'browser', treeshake: { moduleSideEffects: true }, preserveEntrySignatures: 'allow-extension',
  });
  const { output } = await build.generate({ format, minify: true, entryFileNames: '[name].js', chunkFileNames: '[name].js' });
  await build.close();
  if (output.length !== files) throw new Error(`${entry} became ${output.length} files in place of ${files}`);
  return output;
}

/** The workers with their bindings, scripts without imports: no bundler needs to understand them, and their policy may forbid them to load more. */
async function bundleWorkers() {
  for (const names of [['simd', 'relaxed'], ['learn', 'learn-relaxed']]) {
    const [simd, relaxed] = await Promise.all(names.map((name) => readFile(here(`pkg/${name}/dermdistill.js`), 'utf8')));
    if (simd !== relaxed) throw new Error(`the bindings of ${names.join(' and ')} differ, so one worker cannot hold both`);
  }
  for (const [entry, file] of [['lib/worker.js', 'pkg/worker.js'], ['lib/learn/worker.js', 'pkg/worker-learn.js']]) {
    const [{ code }] = await bundle(entry, 'iife');
    await replace(file, code);
  }
}

/** The package's own module, one request in place of a dozen, and the learner's beside it. They lie among the files that they name, wherever the folder is copied to. */
async function bundleLibrary() {
  for (const { fileName, code } of await bundle('lib/index.js', 'es', 2)) {
    let named = 0;
    // In the quotes that every bundler looks for.
    const moved = code.replaceAll(/new URL\(([`'"])(?:\.\.\/)+pkg\/([^`'"]+)\1/g, (_, _quote, file) => (named += 1, `new URL("./${file}"`));
    const files = { 'index.js': 4, 'learner.js': 4 }[fileName];
    if (named !== files) throw new Error(`${fileName} names ${named} files in place of ${files}`);
    await replace(`pkg/${fileName}`, moved);
  }
}

/** What a server is to send with a portal's page, with the workers and with the strict recipe: the policies, and configuration of common servers. */
async function writePolicies() {
  const policies = Object.fromEntries(/** @type {const} */ (['page', 'worker', 'strict']).map((name) => [`${name}.csp`, policy(name)]));
  const texts = { ...policies, ...snippets('page') };
  await mkdir(here('pkg/policy'), { recursive: true });
  for (const [name, text] of Object.entries(texts)) await replace(`pkg/policy/${name}`, `${text.trimEnd()}\n`);
}

/** Length and hash of a file; of a weight file also the hash of its head, which names it. */
async function pin(path) {
  const bytes = await readFile(here(path));
  const whole = { sha256: sha256(bytes), bytes: bytes.length };
  return path.endsWith('.safetensors') ? { ...whole, head: sha256(bytes.subarray(0, 8 + Number(bytes.readBigUInt64LE(0)))) } : whole;
}

/**
 * What learning may load besides, where this release has it, by the name that the learner knows it by. A file that is gone from the release goes from here.
 * @returns the pins of those that are there
 */
async function copyOptional() {
  const pins = {};
  for (const [name, file] of Object.entries(OPTIONAL)) {
    const [from, to] = [here(`../weights/${file}`), `pkg/${file}`];
    if (existsSync(from)) {
      await copyFile(from, here(to));
      pins[name] = await pin(to);
    } else await rm(here(to), { force: true });
  }
  return pins;
}

/** Writes a file whose text has changed; one that has not keeps its time. */
async function replace(path, text) {
  if ((await readFile(here(path), 'utf8').catch(() => '')) !== text) await writeFile(here(path), text);
}

const compressed = async (path) => brotliCompressSync(await readFile(here(path))).length;

/** Prints what learning loads besides, and whether that is within its budget. */
async function weighLearner() {
  const [library, worker] = await Promise.all(['learner.js', 'worker-learn.js'].map((path) => compressed(`pkg/${path}`)));
  let within = true;
  for (const name of Object.values(LEARNERS)) {
    const wasm = await compressed(`pkg/${name}/dermdistill_bg.wasm`);
    const sum = library + worker + wasm;
    within &&= sum <= LEARN_BUDGET_BYTES;
    console.log(`${name.padEnd(13)} beyond it, brotli: ${sum} bytes of code (wasm ${wasm}, worker ${worker}, library ${library}); budget ${LEARN_BUDGET_BYTES}`);
  }
  return within;
}

/** Prints what a first load weighs and whether that is within the budget. */
async function weigh() {
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
const optional = await copyOptional();
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE', 'THIRD-PARTY.txt']) await copyFile(here(`../${name}`), here(name));
await copyFile(here('../weights/LICENSE.md'), here('LICENSE-WEIGHTS.md'));
await writePolicies();
await bundleWorkers();
const pins = {
  'simd128': await pin('pkg/simd/dermdistill_bg.wasm'),
  'relaxed-simd': await pin('pkg/relaxed/dermdistill_bg.wasm'),
  'weights': await pin('pkg/student.safetensors'),
};
const head = '// Written by release.mjs: the files that this version of the package belongs to.';
await replace('pkg/release.js', `${head}\nexport const RELEASE = Object.freeze(${JSON.stringify(pins, null, 2)});\n`);
const learners = await Promise.all(Object.entries(LEARNERS).map(async ([name, folder]) => [name, await pin(`pkg/${folder}/dermdistill_bg.wasm`)]));
const learn = { ...Object.fromEntries(learners), ...optional };
await replace('pkg/release-learn.js', `${head}\nexport const RELEASE = Object.freeze(${JSON.stringify(learn, null, 2)});\n`);
await bundleLibrary();
const within = [await weigh(), await weighLearner()];
if (within.includes(false)) {
  console.error('the code is over its budget');
  process.exit(1);
}
