import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../serve.mjs';
import { difference, expect, ROOT, SAME, test } from './support/fixtures.mjs';

const SOURCES = `${ROOT}www/tests/projects/`;
/** Outside of www, so that nothing is found there but what the projects installed. */
const HERE = `${ROOT}target/projects/`;

const run = (command, args, cwd = HERE) => execFileSync(command, args, {
  cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, npm_config_loglevel: 'error' },
});

/** The package as it would be published. */
function pack() {
  const [{ filename, files }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', HERE], `${ROOT}www`));
  return { tarball: HERE + filename, files: files.map(({ path }) => path).sort() };
}

/** A fresh copy of the projects with the package from its tarball and everything else from the lock file. */
function install() {
  mkdirSync(HERE, { recursive: true });
  const lock = (folder) => (existsSync(`${folder}package-lock.json`) ? readFileSync(`${folder}package-lock.json`, 'utf8') : '');
  const installed = existsSync(`${HERE}node_modules`) && lock(HERE) === lock(SOURCES);
  for (const name of ['shared', 'vite', 'webpack', 'esbuild', 'plain']) rmSync(HERE + name, { recursive: true, force: true });
  cpSync(SOURCES, HERE, { recursive: true });
  if (!installed) run('npm', ['ci', '--no-audit', '--no-fund']);
  // Vite keeps what it bundled of a package under the package's version, which does not change here.
  rmSync(`${HERE}node_modules/.vite`, { recursive: true, force: true });
  rmSync(`${HERE}node_modules/dermdistill`, { recursive: true, force: true });
  const { tarball, files } = pack();
  mkdirSync(`${HERE}node_modules/dermdistill`);
  run('tar', ['-xzf', tarball, '--strip-components=1', '-C', `${HERE}node_modules/dermdistill`]);
  return { tarball, files };
}

/** What a project's page put into its output. */
async function answered(page, address) {
  await page.goto(address);
  const output = page.locator('body > output');
  await expect(output).not.toBeEmpty({ timeout: 60_000 });
  return JSON.parse(await output.textContent());
}

test.describe.configure({ mode: 'serial' });

let files;
let tarball;
/** The answer of the first project: the others must give the same. */
let expected;

test.beforeAll(() => {
  test.setTimeout(600_000);
  ({ tarball, files } = install());
});

test('the tarball holds the module, the element, the files they name, and every licence; nothing else', () => {
  // What a release may have or lack.
  const optional = /^pkg\/(teacher_int8|teacher_ss_head|student_heads)\.safetensors$/;
  expect(files.filter((path) => !optional.test(path) && !/^(lib|element)\/[\w/-]+(\.js|\.d\.ts|\.png)$/.test(path))).toEqual([
    'LICENSE-APACHE', 'LICENSE-MIT', 'LICENSE-WEIGHTS.md', 'README.md', 'THIRD-PARTY.txt', 'package.json', 'pkg/index.js',
    'pkg/learn-relaxed/dermdistill_bg.wasm', 'pkg/learn-threads/dermdistill_bg.wasm', 'pkg/learn/dermdistill_bg.wasm', 'pkg/learner.js', 'pkg/policy/_headers', 'pkg/policy/apache.conf', 'pkg/policy/nginx.conf', 'pkg/policy/page.csp',
    'pkg/policy/strict.csp', 'pkg/policy/worker.csp', 'pkg/relaxed/dermdistill_bg.wasm', 'pkg/release-learn.js', 'pkg/release.js',
    'pkg/simd/dermdistill_bg.wasm', 'pkg/student.safetensors', 'pkg/worker-learn.js', 'pkg/worker.js', 'strict/frame.html', 'strict/index.html',
    'strict/loader.js',
  ]);
  const { exports, dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(`${HERE}node_modules/dermdistill/package.json`, 'utf8'));
  expect({ ...dependencies, ...peerDependencies }).toEqual({});
  for (const path of Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry)))) {
    const [before, after] = path.replace('./', '').split('*');
    expect(files.some((file) => (after === undefined ? file === before : file.startsWith(before) && file.endsWith(after))), path).toBe(true);
  }
});

for (const project of ['plain', 'vite', 'webpack', 'esbuild']) {
  test(`a page built with ${project} answers, under the policy of its own origin`, async ({ page, traffic }) => {
    test.setTimeout(300_000);
    run('npm', ['run', '--silent', project]);
    const folder = project === 'vite' ? `${HERE}vite/dist` : HERE;
    const server = await serve(folder);
    try {
      const found = await answered(page, project === 'vite' ? `${server.origin}/` : `${server.origin}/${project}/`);
      expect(found).toMatchObject({ released: true });
      expected ??= Object.values(found.probabilities);
      for (const answer of [found.probabilities, found.element]) expect(difference(Object.values(answer), expected)).toBeLessThanOrEqual(SAME);
      expect(traffic.violations).toEqual([]);
      expect(traffic.requests.filter((url) => !url.startsWith(server.origin) && !/^(data|blob):/.test(url))).toEqual([]);
    } finally {
      await server.close();
    }
  });
}

/** A page that has nothing but the installed package: a photograph's answer, then ten steps of learning from three drawings. */
const LEARNS = `import { createClassifier } from './node_modules/dermdistill/pkg/index.js';

const picture = async (address) => (await fetch(address)).blob();
const classifier = await createClassifier();
const { ranked } = await classifier.classify(await picture('photograph.jpg'));
const learner = await classifier.learner();
for (const [at, label] of ['NV', 'MEL', 'NV'].entries()) {
  await learner.addExample(await picture(\`node_modules/dermdistill/element/arriving/samples/synthetic-\${at + 1}.png\`), label);
}
const losses = [];
for await (const { loss } of learner.train({ steps: 10 })) losses.push(loss);
document.querySelector('output').textContent = JSON.stringify({ codes: ranked.map(({ code }) => code), losses });
`;

test('installed from its tarball into an empty project elsewhere, the package answers a photograph and takes ten learning steps', async ({ page, traffic }) => {
  test.setTimeout(300_000);
  const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
  run('npm', ['init', '--yes'], elsewhere);
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], elsewhere);
  cpSync(`${ROOT}tests/golden/photo/exif_1.jpg`, join(elsewhere, 'photograph.jpg'));
  writeFileSync(join(elsewhere, 'main.js'), LEARNS);
  writeFileSync(join(elsewhere, 'index.html'), '<!doctype html><title>elsewhere</title><script type="module" src="main.js"></script><output></output>');
  const server = await serve(elsewhere);
  try {
    const { codes, losses } = await answered(page, `${server.origin}/`);
    expect(codes.sort()).toEqual(['AK', 'BCC', 'BKL', 'DF', 'MEL', 'NV', 'SCC', 'VASC']);
    expect(losses).toHaveLength(10);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    expect(traffic.violations).toEqual([]);
    expect(traffic.requests.filter((url) => !url.startsWith(server.origin))).toEqual([]);
  } finally {
    await server.close();
    rmSync(elsewhere, { recursive: true });
  }
});

test('a bundler keeps what is imported for what it does alone: the worker and the element', () => {
  for (const [name, sign] of [['dermdistill/worker', 'onmessage'], ['dermdistill/element', 'customElements']]) {
    const bundled = execFileSync(`${HERE}node_modules/.bin/esbuild`, ['--bundle', '--format=esm', '--minify'], { cwd: HERE, encoding: 'utf8', input: `import '${name}';` });
    expect(bundled, name).toContain(sign);
  }
});

test('a page of Vite\'s development server answers', async ({ page }) => {
  test.setTimeout(120_000);
  const server = spawn('npm', ['run', '--silent', 'vite:dev'], { cwd: HERE, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const address = await new Promise((found, failed) => {
      let said = '';
      server.stdout.on('data', (text) => {
        const [url] = (said += String(text).replaceAll(/\x1b\[\d+m/g, '')).match(/http:\/\/localhost:\d+\//) ?? [];
        if (url) found(url);
      });
      server.once('exit', () => failed(new Error(`the server ended: ${said}`)));
    });
    const found = await answered(page, address);
    for (const answer of [found.probabilities, found.element]) expect(difference(Object.values(answer), expected)).toBeLessThanOrEqual(SAME);
  } finally {
    process.kill(-server.pid);
  }
});
