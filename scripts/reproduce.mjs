/**
 * Builds this tree a second time, in another folder, and compares what comes out: every file of the site, every file of the package, and the
 * tarball itself. Usage, after `./build.sh site`: node scripts/reproduce.mjs [MODULE …]
 *
 * With names (simd, relaxed …) only those WebAssembly modules are compiled there, the others are taken from here.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const modules = process.argv.slice(2);

/** @param {string} command @param {string[]} args @param {string} cwd */
const output = (command, args, cwd) => execFileSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });

/** What a clone of this tree would hold, with the changes that are not committed yet. @param {string} folder */
function copyTree(folder) {
  for (const path of output('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], HERE).split('\0')) {
    if (!path || !existsSync(HERE + path)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(HERE + path, join(folder, path));
  }
  if (modules.length === 0) return;
  const compiled = readdirSync(`${HERE}www/pkg`, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !modules.includes(entry.name));
  for (const { name } of compiled) cpSync(`${HERE}www/pkg/${name}`, join(folder, 'www/pkg', name), { recursive: true });
}

/** What a release consists of, by name, each with its SHA-256. @param {string} root @returns {Map<string, string>} */
function released(root) {
  const sha256 = (/** @type {string} */ path) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const site = readdirSync(join(root, 'www/dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, 'www/').length));
  const [{ files, integrity, filename }] = JSON.parse(output('npm', ['pack', '--dry-run', '--json'], join(root, 'www')));
  const hashes = [...site, ...files.map((/** @type {{path: string}} */ { path }) => path)].sort().map((path) => [path, sha256(join(root, 'www', path))]);
  return new Map([...hashes, [filename, integrity]]);
}

const there = join(mkdtempSync(join(tmpdir(), 'another folder ')), 'and name');
try {
  copyTree(there);
  const env = { ...process.env, CARGO_TARGET_DIR: join(there, 'target'), ONLY_WASM: modules.join(' ') };
  execFileSync('./build.sh', ['site'], { cwd: there, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [first, second] = [released(HERE), released(there)];
  const names = [...new Set([...first.keys(), ...second.keys()])].sort();
  const different = names.filter((name) => first.get(name) !== second.get(name));
  if (different.length > 0) throw new Error(`two builds from two folders differ in:\n${different.join('\n')}`);
  console.log(`${names.length} files of site and package are the same from another folder${modules.length ? ` (modules compiled there: ${modules.join(', ')})` : ''}`);
} finally {
  rmSync(dirname(there), { recursive: true });
}
