import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, ROOT, test } from './support/fixtures.mjs';

/** A policy as it lies in the tree for embedders to copy. */
const file = (name) => readFileSync(`${ROOT}www/policy/${name}.csp`, 'utf8').trim();
const built = (name) => readFileSync(`${ROOT}www/dist/${name}`, 'utf8');
/** Every file of the built site, as its address. */
const addresses = () => readdirSync(`${ROOT}www/dist/`, { recursive: true })
  .filter((name) => statSync(`${ROOT}www/dist/${name}`).isFile())
  .map((name) => `/${name.replaceAll('\\', '/')}`);
const expected = (address) => {
  if (address === '/offline.js') return file('offline');
  return file(/^\/assets\/worker[^/]*\.js$/.test(address) ? 'worker' : 'site');
};

/** The value for an address in a map of an nginx.conf. */
function nginx(text, variable, address) {
  const [, body] = text.match(new RegExp(`map \\$uri \\$${variable} \\{\\n(.*?)\\n\\}`, 's'));
  const cases = [...body.matchAll(/^ {2}(default|"~(.*?)") "(.*)";$/gm)];
  return cases.find(([, , pattern]) => pattern && new RegExp(pattern).test(address))?.[3] ?? cases.find(([, key]) => key === 'default')[3];
}

/** The value of a header for an address in an apache.conf, whose last word counts. */
function apache(text, header, address) {
  const lines = [...text.matchAll(/^(?:<If "%\{REQUEST_URI\} =~ m#(.*)#">\n {2})?Header always set (\S+) "(.*)"$/gm)];
  return lines.filter(([, pattern, name]) => name === header && (!pattern || new RegExp(pattern).test(address))).at(-1)?.[3];
}

/** Every value of a header for an address in a _headers file, the farthest rule's first. */
function hosts(text, header, address) {
  const rules = text.split('\n\n').map((rule) => rule.split('\n').filter((line) => line && !line.startsWith('#')));
  const fits = (pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(address);
  return rules.filter(([pattern]) => pattern && fits(pattern)).flatMap((rule) => rule.filter((line) => line.startsWith(`  ${header}: `)).map((line) => line.slice(header.length + 4)));
}

test('every built file is served with the policy that lies in its file', async ({ built: origin }) => {
  const all = addresses();
  expect(all.filter((address) => expected(address) === file('worker')).length).toBe(2);
  for (const address of all) {
    const { headers } = await fetch(origin + address, { method: 'HEAD' });
    expect.soft(headers.get('content-security-policy'), address).toBe(expected(address));
    expect.soft(headers.get('x-content-type-options'), address).toBe('nosniff');
    expect.soft(headers.get('referrer-policy'), address).toBe('no-referrer');
    expect.soft(headers.get('cross-origin-opener-policy'), address).toBe('same-origin');
    expect.soft(headers.get('cross-origin-embedder-policy'), address).toBe('require-corp');
  }
});

test('the configurations for other servers say the same for every file', async ({ built: origin }) => {
  const texts = { nginx: built('policy/nginx.conf'), apache: built('policy/apache.conf'), hosts: built('_headers') };
  for (const address of addresses()) {
    const { headers } = await fetch(origin + address, { method: 'HEAD' });
    const [policy, cache] = [headers.get('content-security-policy'), headers.get('cache-control')];
    expect.soft(nginx(texts.nginx, 'dermdistill_policy', address), address).toBe(policy);
    expect.soft(nginx(texts.nginx, 'dermdistill_cache', address), address).toBe(cache);
    expect.soft(apache(texts.apache, 'Content-Security-Policy', address), address).toBe(policy);
    expect.soft(apache(texts.apache, 'Cache-Control', address), address).toBe(cache);
    expect.soft(hosts(texts.hosts, 'Content-Security-Policy', address).at(-1), address).toBe(policy);
    expect.soft(hosts(texts.hosts, 'Cache-Control', address).at(-1) ?? 'no-cache', address).toBe(cache);
    expect.soft(nginx(texts.nginx, 'dermdistill_embedder', address), address).toBe('require-corp');
    expect.soft(apache(texts.apache, 'Cross-Origin-Embedder-Policy', address), address).toBe('require-corp');
    expect.soft(hosts(texts.hosts, 'Cross-Origin-Embedder-Policy', address), address).toEqual(['require-corp']);
    for (const name of ['X-Content-Type-Options', 'Referrer-Policy', 'Permissions-Policy', 'Cross-Origin-Opener-Policy']) {
      expect.soft(texts.nginx).toContain(`add_header ${name} "${headers.get(name)}" always;`);
      expect.soft(apache(texts.apache, name, address)).toBe(headers.get(name));
      expect.soft(hosts(texts.hosts, name, address)).toEqual([headers.get(name)]);
    }
  }
});

test('the package holds the policies for an embedder\'s page, and they are those that the page for portals shows', async ({ page, built: origin }) => {
  for (const name of ['page', 'worker', 'strict']) expect(readFileSync(`${ROOT}www/pkg/policy/${name}.csp`, 'utf8').trim()).toBe(file(name));
  const conf = readFileSync(`${ROOT}www/pkg/policy/nginx.conf`, 'utf8');
  expect(nginx(conf, 'dermdistill_policy', '/any/page.html')).toBe(file('page'));
  expect(nginx(conf, 'dermdistill_policy', '/any/worker-learn-1a2b3c4d.js')).toBe(file('worker'));
  // A portal's page need not be isolated; the workers of one that is must be sent so.
  const sent = { nginx: conf, apache: readFileSync(`${ROOT}www/pkg/policy/apache.conf`, 'utf8'), hosts: readFileSync(`${ROOT}www/pkg/policy/_headers`, 'utf8') };
  for (const [address, wanted] of [['/any/page.html', ''], ['/assets/worker-learn-1a2b3c4d.js', 'require-corp']]) {
    expect(nginx(sent.nginx, 'dermdistill_embedder', address)).toBe(wanted);
    expect(apache(sent.apache, 'Cross-Origin-Embedder-Policy', address) ?? '').toBe(wanted);
    expect(hosts(sent.hosts, 'Cross-Origin-Embedder-Policy', address).at(-1) ?? '').toBe(wanted);
  }
  for (const text of Object.values(sent)) expect(text).not.toContain('Cross-Origin-Opener-Policy');
  await page.goto(`${origin}/portals.html`);
  const shown = await page.locator('pre').allTextContents();
  expect(shown.slice(1)).toEqual(['page', 'worker'].map((name) => file(name).replaceAll('; ', ';\n')));
  for (const name of ['nginx.conf', 'apache.conf']) {
    const address = await page.locator(`a[href$="${name}"]`).getAttribute('href');
    expect(await (await page.request.get(`${origin}/${address}`)).text()).toBe(built(`policy/${name}`));
  }
});

test('no policy lets a script in as text, or a foreign host, or a form', () => {
  for (const name of ['page', 'site', 'worker', 'offline', 'strict', 'frame']) {
    expect.soft(file(name), name).toMatch(/^default-src 'none';/);
    expect.soft(file(name), name).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
  }
  for (const name of ['page', 'site', 'strict', 'frame']) expect.soft(file(name), name).toMatch(/form-action 'none'/);
  expect(file('worker')).not.toContain("'self'");
});

test('every test that PRIVACY.md names is there', () => {
  const titles = readdirSync(`${ROOT}www/tests/`, { recursive: true }).filter((name) => name.endsWith('.spec.mjs'))
    .flatMap((name) => [...readFileSync(`${ROOT}www/tests/${name}`, 'utf8').matchAll(/^ *test\('(.*)', (?:async )?\(/gm)].map(([, title]) => title.replaceAll("\\'", "'")));
  const rows = readFileSync(`${ROOT}PRIVACY.md`, 'utf8').split('\n').filter((line) => /^\| [A-Z]/.test(line)).slice(1);
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const named = [...row.split(' | ').at(-1).matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    expect.soft(named.length, row).toBeGreaterThan(0);
    for (const name of named) expect.soft(titles, row).toContain(name);
  }
});
