/**
 * The build's last step: a manifest a language, by which the site can be installed, and `offline.js`, the service worker (worker.js) with the list of
 * the files that it keeps.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGES } from '../element/words/languages.js';

/** The service worker's file, whose name stays: the browser compares it with the one it has. */
export const OFFLINE = 'offline.js';

/** What a server reads, or a developer, and no page; and the lab's teacher and heads, many times all the rest, which are fetched when somebody chooses them. */
const LEFT_OUT = /^(?:_headers|policy[\\/].*|offline\.js|assets[\\/](?:teacher_int8|teacher_ss_head|student_heads)-.*\.safetensors)$/;

const sha256 = (/** @type {string | Buffer} */ bytes) => createHash('sha256').update(bytes).digest('hex');

/** @returns {import('vite').Plugin} */
export function offline() {
  let folder = '';
  return {
    name: 'offline',
    apply: 'build',
    configResolved: (config) => void (folder = config.build.outDir),
    async closeBundle() {
      for (const lang of LANGUAGES) writeFileSync(join(folder, manifestOf(lang)), JSON.stringify(await manifest(lang), null, 2));
      listFiles(folder);
    },
  };
}

/** Writes the service worker for the files that lie in a folder. @param {string} folder */
export function listFiles(folder) {
  const paths = readdirSync(folder, { recursive: true }).map(String).filter((path) => !LEFT_OUT.test(path) && statSync(join(folder, path)).isFile()).sort();
  state(folder, paths);
  const files = Object.fromEntries(paths.map((path) => [path.replaceAll('\\', '/'), sha256(readFileSync(join(folder, path)))]));
  const list = { version: sha256(JSON.stringify(files)).slice(0, 12), files };
  const text = readFileSync(new URL('./worker.js', import.meta.url), 'utf8');
  writeFileSync(join(folder, OFFLINE), `const KEPT = ${JSON.stringify(list, null, 1)};\n${text}`);
}

/** @param {string} lang */
export const manifestOf = (lang) => `manifest${lang === 'en' ? '' : `.${lang}`}.webmanifest`;

/** @param {string} lang */
async function manifest(lang) {
  const { default: { page, about } } = await import(new URL(`../site/words/${lang}.js`, import.meta.url).href);
  const icon = (/** @type {number} */ side) => ({ src: `icon-${side}.png`, sizes: `${side}x${side}`, type: 'image/png', purpose: 'any maskable' });
  return {
    id: './', lang, name: page.title, short_name: page.name, description: about.is, start_url: lang === 'en' ? 'index.html' : `index.${lang}.html`,
    scope: './', display: 'standalone', background_color: '#ffffff', theme_color: '#0b6464', icons: [icon(192), icon(512)],
  };
}

/** Writes into the pages how much they would keep. @param {string} folder @param {string[]} paths */
function state(folder, paths) {
  const bytes = paths.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  for (const path of paths.filter((name) => name.endsWith('.html'))) {
    const html = readFileSync(join(folder, path), 'utf8');
    if (html.includes('data-bytes="0"')) writeFileSync(join(folder, path), html.replace('data-bytes="0"', `data-bytes="${bytes}"`));
  }
}
