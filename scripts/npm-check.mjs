/**
 * What `cargo deny` does for the crates, for the npm packages: where they come from, under which licences, and what is known against them.
 * Usage: node scripts/npm-check.mjs
 *
 * None of them but uPlot, which the lab draws its curves with, reaches a page; the package has no dependency at all. They build and test.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['www', 'www/tests/projects'];

/** Licences under which a tool may be used to build and test. MPL-2.0: lightningcss in Vite, axe-core. CC-BY-4.0: a table of browsers (caniuse-lite). */
const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'MPL-2.0', 'CC-BY-4.0'];

/** Advisories that are accepted: `{ 'GHSA-…': 'why it does not reach us' }`. */
const ACCEPTED = {};

/** What is wrong with the packages that a lock file names, one line each. */
function faultsOfLock(folder) {
  const { packages } = JSON.parse(readFileSync(`${ROOT}${folder}/package-lock.json`, 'utf8'));
  const faults = [];
  for (const [path, { integrity, license, resolved, version }] of Object.entries(packages)) {
    if (path === '') continue;
    const name = `${folder}: ${path.replace(/^.*node_modules\//, '')} ${version}`;
    if (!integrity?.startsWith('sha512-')) faults.push(`${name} has no SHA-512`);
    if (resolved && !resolved.startsWith('https://registry.npmjs.org/')) faults.push(`${name} comes from ${resolved}`);
    if (!LICENCES.includes(license)) faults.push(`${name} is under ${license}`);
  }
  return faults;
}

/** Advisories against the packages of a folder that are not accepted, one line each; `null` if the registry gave no answer. */
function advisories(folder) {
  const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: ROOT + folder, encoding: 'utf8' });
  const start = stdout.indexOf('{');
  const report = start < 0 ? {} : JSON.parse(stdout.slice(start));
  if (!report.vulnerabilities) return null;
  const found = Object.values(report.vulnerabilities).flatMap(({ via }) => via).filter((one) => typeof one === 'object');
  return found.filter(({ url }) => !(url.split('/').pop() in ACCEPTED)).map(({ name, title, url }) => `${folder}: ${name}: ${title}, ${url}`);
}

const faults = FOLDERS.flatMap(faultsOfLock);
for (const folder of FOLDERS) {
  const found = advisories(folder);
  if (found) faults.push(...found);
  else console.log(`SKIPPED: npm audit of ${folder}: the registry answered no question about advisories`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log('npm: sources, hashes and licences are as allowed');
