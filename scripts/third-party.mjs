/**
 * THIRD-PARTY.txt: what of others the built page and the package contain, with its licences. Usage: node scripts/third-party.mjs [--check]
 *
 * Contained is what the WebAssembly modules link (cargo's own word, without build scripts and procedural macros) and what the pages' and the
 * package's JavaScript imports by a package's name. With --check nothing is written: it fails if the file is not what would be written.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'THIRD-PARTY.txt');
const TARGET = 'wasm32-unknown-unknown';

const WHOLE = /^licen[cs]e(\.(md|txt))?$/i;

/** Licences with the names that authors give to their texts, best first. Where an author offers several, the first of these is taken. */
const TEXTS = {
  'MIT': [/^licen[cs]e-mit/i, WHOLE, /mit/i],
  'Apache-2.0': [/^licen[cs]e-apache/i, WHOLE],
  'BSD-3-Clause': [/bsd/i, WHOLE],
  'BSD-2-Clause': [/bsd/i, WHOLE],
  'Zlib': [/zlib/i, WHOLE],
  'Unicode-3.0': [/unicode/i, WHOLE],
};
const PREFERRED = Object.keys(TEXTS);

/** @typedef {{name: string, version: string, licence: string, folder: string, authors: string[]}} Part */

/** The crates linked into the modules of a page that learns, which are those of every module. @returns {Part[]} */
function crates() {
  const asked = ['metadata', '--format-version', '1', '--locked', '--filter-platform', TARGET, '--no-default-features', '--features', 'web,learn,parallel'];
  const { packages, resolve } = JSON.parse(execFileSync('cargo', asked, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 }));
  const described = new Map(packages.map((one) => [one.id, one]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const compiledIn = (id) => !described.get(id).targets.some(({ kind }) => kind.includes('proc-macro'));
  const found = new Set();
  const visit = (id) => {
    if (found.has(id) || !compiledIn(id)) return;
    found.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) if (kinds.some(({ kind }) => kind === null)) visit(pkg);
  };
  visit(resolve.root);
  found.delete(resolve.root);
  return [...found].map((id) => described.get(id)).map(({ name, version, license, manifest_path: manifest, authors }) => (
    { name, version, licence: license, folder: dirname(manifest), authors }));
}

/** The npm packages that the pages and the package import. @returns {Part[]} */
function modules() {
  const names = new Set();
  for (const folder of ['lib', 'element', 'site']) {
    for (const file of readdirSync(join(ROOT, 'www', folder), { recursive: true }).filter((name) => name.endsWith('.js'))) {
      const text = readFileSync(join(ROOT, 'www', folder, file), 'utf8');
      const imported = [...text.matchAll(/(?:^import|\bfrom|\bimport\()\s*'((?:@[\w-]+\/)?[a-z][\w-]*)(?:\/[^']*)?'/gm)];
      for (const [, name] of imported) names.add(name);
    }
  }
  return [...names].map((name) => {
    const folder = join(ROOT, 'www', 'node_modules', name);
    const { version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name, version, licence: license, folder, authors: [typeof author === 'string' ? author : author?.name].filter(Boolean) };
  });
}

/** The licences that are taken of an SPDX expression: one of every clause. */
function taken({ name, licence }) {
  return (licence ?? '').split(/\s+AND\s+/).map((clause) => {
    const offered = clause.replaceAll(/[()]/g, '').split(/\s+OR\s+|\s*\/\s*/);
    const chosen = PREFERRED.find((one) => offered.includes(one));
    if (!chosen) throw new Error(`${name}: none of ${PREFERRED.join(', ')} is offered by "${clause}"`);
    return chosen;
  });
}

/** The texts of the licences that are taken, as the author sends them; MIT's terms where only its name is sent. */
function textOf(part) {
  const names = readdirSync(part.folder).sort();
  return taken(part).map((licence) => {
    const name = TEXTS[licence].map((pattern) => names.find((one) => pattern.test(one))).find(Boolean);
    if (name) return readFileSync(join(part.folder, name), 'utf8').replaceAll('\r\n', '\n').trim();
    if (licence !== 'MIT') throw new Error(`${part.name} sends no text of ${licence} with it`);
    const [, terms] = readFileSync(join(ROOT, 'LICENSE-MIT'), 'utf8').split(/^(?=Permission is)/m);
    return `Its authors (${part.authors.join(', ') || 'not named'}) send no text with it. MIT:\n\n${terms.trim()}`;
  }).join('\n\n');
}

/** Parts that send the same text stand above it together. */
function sections(parts) {
  const byText = new Map();
  for (const part of parts) {
    const text = textOf(part);
    byText.set(text, [...(byText.get(text) ?? []), part]);
  }
  const line = '-'.repeat(100);
  return [...byText].map(([text, of]) => [line, ...of.map((part) => `${part.name} ${part.version} (${taken(part).join(' and ')})`), line, text, ''].join('\n'));
}

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1);
const parts = [...crates(), ...modules()].sort(byName);
const written = `What of others the built page and the npm package contain. Written by scripts/third-party.mjs; our own code is MIT OR Apache-2.0.

The Rust standard library (MIT OR Apache-2.0, https://www.rust-lang.org) and ${parts.length} parts:

${parts.map((part) => `  ${part.name} ${part.version}: ${part.licence}`).join('\n')}

${sections(parts).join('\n')}`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
  console.log(`THIRD-PARTY.txt: ${parts.length} parts`);
} else if (readFileSync(FILE, 'utf8') === written) {
  console.log(`THIRD-PARTY.txt is current: ${parts.length} parts`);
} else {
  console.error('THIRD-PARTY.txt is not what the build contains: run node scripts/third-party.mjs and look at the difference');
  process.exit(1);
}
