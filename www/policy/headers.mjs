/**
 * What a server sends with which file, from the policies that lie beside this module as they are sent: the test server, the built site and the
 * package's snippets for other servers all read them here.
 */
import { readFileSync } from 'node:fs';

/**
 * A policy as it is sent: of a portal's page (`page`), of this site's own documents (`site`), of workers (`worker`), of the
 * service worker of a site that is kept (`offline`), of the strict recipe's outer page (`strict`) and of the document within it (`frame`).
 * @param {'page' | 'site' | 'worker' | 'offline' | 'strict' | 'frame'} name
 */
export const policy = (name) => readFileSync(new URL(`./${name}.csp`, import.meta.url), 'utf8').trim();

/** With every file: its type is what it is said to be, and nobody is told where a visitor comes from. */
const ALWAYS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': 'geolocation=(), microphone=(), browsing-topics=()',
};

/**
 * With every file of this site, which has all it needs itself: its pages are cross-origin isolated, so that the learner may have threads. A portal's page
 * may need others' files, so whether it is isolated is the portal's affair; its workers are ready for it.
 */
const SITE = { 'Cross-Origin-Opener-Policy': 'same-origin' };
const EMBEDDER = 'Cross-Origin-Embedder-Policy';
const REQUIRED = 'require-corp';

/** @param {'page' | 'site'} documents */
const always = (documents) => (documents === 'site' ? { ...ALWAYS, ...SITE } : ALWAYS);

const WORKER = '/worker[^/]*\\.js$';

/**
 * Files with a policy of their own, each as a regular expression of the address and as the pattern of a `_headers` file. The build names workers
 * worker-HASH.js and worker-learn-HASH.js, as the package and every bundler do.
 * @type {readonly {name: 'worker' | 'offline' | 'strict', address: string, pattern: string}[]}
 */
const OWN = [
  { name: 'worker', address: WORKER, pattern: '/assets/worker*' },
  { name: 'offline', address: '/offline\\.js$', pattern: '/offline.js' },
  { name: 'strict', address: '/strict/index\\.html$', pattern: '/strict/*' },
];

/** Files whose name holds their hash never change: a fresh worker needs no network. */
const HASHED = { address: '/assets/[^/]*-[\\w-]{8}\\.\\w+$', pattern: '/assets/*', cache: 'public, max-age=31536000, immutable' };

/**
 * @param {string} path of a file below the server's root, from its slash on
 * @param {'page' | 'site'} documents the policy of everything that has none of its own
 * @returns {Record<string, string>}
 */
export function headersOf(path, documents) {
  const own = OWN.find(({ address }) => new RegExp(address).test(path));
  return {
    ...always(documents),
    ...((documents === 'site' || own?.name === 'worker') && { [EMBEDDER]: REQUIRED }),
    'Content-Security-Policy': policy(own?.name ?? documents),
    'Cache-Control': new RegExp(HASHED.address).test(path) ? HASHED.cache : 'no-cache',
  };
}

/**
 * The same for other servers, as files by name.
 * @param {'page' | 'site'} documents
 * @returns {Record<string, string>}
 */
export const snippets = (documents) => ({ '_headers': forHosts(documents), 'nginx.conf': forNginx(documents), 'apache.conf': forApache(documents) });

/**
 * Netlify, Cloudflare Pages and others. Where two rules fit, some take the closer one's value and some both, joined. A worker's policy allows less than
 * any document's, so both come to the same; the strict recipe's page needs a host that takes the closer one.
 * @param {'page' | 'site'} documents
 */
function forHosts(documents) {
  const rule = (/** @type {string} */ pattern, /** @type {Record<string, string>} */ headers) => {
    return [pattern, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n');
  };
  return [
    '# Netlify, Cloudflare Pages and the like: at the root of what is published. If your build puts the workers elsewhere, change /assets/.',
    rule('/*', { ...always(documents), ...(documents === 'site' && { [EMBEDDER]: REQUIRED }), 'Content-Security-Policy': policy(documents) }),
    rule(HASHED.pattern, { 'Cache-Control': HASHED.cache }),
    ...OWN.map(({ name, pattern }) => {
      const isolated = documents === 'page' && name === 'worker';
      return rule(pattern, { ...(isolated && { [EMBEDDER]: REQUIRED }), 'Content-Security-Policy': policy(name) });
    }),
  ].join('\n');
}

/** @param {'page' | 'site'} documents */
function forNginx(documents) {
  const map = (/** @type {string} */ variable, /** @type {[string, string][]} */ cases) => {
    return [`map $uri $${variable} {`, ...cases.map(([key, value]) => `  ${key} "${value}";`), '}', ''].join('\n');
  };
  const add = (/** @type {[string, string]} */ [name, value]) => `add_header ${name} ${value} always;`;
  return [
    '# nginx: include it in the block http { … }. A server or location with an add_header of its own does not inherit these: repeat them there.',
    map('dermdistill_policy', [['default', policy(documents)], ...OWN.map(({ name, address }) => /** @type {[string, string]} */ ([`"~${address}"`, policy(name)]))]),
    map('dermdistill_cache', [['default', 'no-cache'], [`"~${HASHED.address}"`, HASHED.cache]]),
    // A header without a value is not sent.
    map('dermdistill_embedder', [['default', documents === 'site' ? REQUIRED : ''], [`"~${WORKER}"`, REQUIRED]]),
    ...Object.entries(always(documents)).map(([name, value]) => add([name, `"${value}"`])),
    add([EMBEDDER, '$dermdistill_embedder']),
    add(['Content-Security-Policy', '$dermdistill_policy']),
    add(['Cache-Control', '$dermdistill_cache']),
    '',
  ].join('\n');
}

/** @param {'page' | 'site'} documents */
function forApache(documents) {
  const set = (/** @type {string} */ name, /** @type {string} */ value) => `Header always set ${name} "${value}"`;
  const where = (/** @type {string} */ address, /** @type {string} */ line) => `<If "%{REQUEST_URI} =~ m#${address}#">\n  ${line}\n</If>`;
  return [
    '# Apache 2.4 with mod_headers: in the configuration of a host or folder, or as .htaccess.',
    ...Object.entries(always(documents)).map(([name, value]) => set(name, value)),
    documents === 'site' ? set(EMBEDDER, REQUIRED) : where(WORKER, set(EMBEDDER, REQUIRED)),
    set('Content-Security-Policy', policy(documents)),
    set('Cache-Control', 'no-cache'),
    where(HASHED.address, set('Cache-Control', HASHED.cache)),
    ...OWN.map(({ name, address }) => where(address, set('Content-Security-Policy', policy(name)))),
    '',
  ].join('\n');
}
