import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, ROOT, test as base } from './support/fixtures.mjs';

const TOOLS = ['bash', 'cat', 'dirname', 'env', 'grep', 'mkdir', 'printf', 'touch'];

/**
 * `build.sh` in a folder whose name has a space, among tools that only write down how they were called. `tool(name, script)` puts one
 * there; `build(env)` runs `build.sh wasm` and gives `{status, said, calls}`.
 */
const test = base.extend({
  project: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'a project '));
    const tools = join(folder, 'tools');
    for (const name of ['tools', 'www/node_modules', 'cache']) mkdirSync(join(folder, name), { recursive: true });
    const found = (name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
    for (const name of TOOLS) symlinkSync(found(name), join(tools, name));
    symlinkSync(process.execPath, join(tools, 'real-node'));
    copyFileSync(`${ROOT}build.sh`, join(folder, 'build.sh'));
    writeFileSync(join(folder, 'www/package-lock.json'), '{}');
    const log = join(folder, 'calls');
    const tool = (name, script = '') => {
      // Written at once: builds go side by side.
      const record = `printf -v record '%s\\x1e' "${name}" "$@" "RUSTFLAGS=\${CARGO_ENCODED_RUSTFLAGS-}"; printf '%s\\n' "$record" >>'${log}'`;
      writeFileSync(join(tools, name), `#!/usr/bin/env bash\n${record}\n${script}\n`, { mode: 0o755 });
    };
    const target = join(folder, 'a target');
    tool('cargo', `
      if [[ $1 == metadata ]]; then printf '{"target_directory":"%s"}' '${target}'; fi
      if [[ $1 == install ]]; then
        if [[ -v INSTALL_SAYS ]]; then printf '%s\\n' "$INSTALL_SAYS" >&2; [[ $* == *--locked* || $INSTALL_SAYS != *select* ]] && exit 101; fi
        bin="$XDG_CACHE_HOME/dermdistill/wasm-bindgen-0.2.130/bin"
        mkdir -p "$bin"
        printf '#!/usr/bin/env bash\\nwasm-bindgen "$@"\\n' >"$bin/wasm-bindgen"
        /bin/chmod +x "$bin/wasm-bindgen"
      fi`);
    tool('rustup', "printf 'wasm32-unknown-unknown\\n'");
    tool('cc');
    tool('npm');
    tool('node', '[[ $1 == -p ]] && exec real-node "$@"; exit 0');
    tool('wasm-bindgen');
    const build = (env = {}) => {
      rmSync(log, { force: true });
      const { status, stdout, stderr } = spawnSync(join(tools, 'bash'), ['build.sh', 'wasm'], {
        cwd: folder, encoding: 'utf8', env: { PATH: tools, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
      });
      const calls = (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').filter(Boolean).map((line) => line.split('\x1e').slice(0, -1));
      return { status, said: stdout + stderr, calls };
    };
    await use({ folder, target, tools, build });
    rmSync(folder, { recursive: true });
  },
});

test('a folder with a space in its name stays one word in the compiler\'s flags', ({ project }) => {
  const { status, calls, said } = project.build();
  expect(status, said).toBe(0);
  const compiled = calls.filter(([name, command]) => name === 'cargo' && command === 'rustc');
  expect(compiled).toHaveLength(5);
  for (const call of compiled) {
    const flags = call.at(-1).replace('RUSTFLAGS=', '').split('\x1f');
    expect(flags).toContain(`--remap-path-prefix=${project.folder}=.`);
    expect(flags.filter((flag) => /^target-feature=\+simd128/.test(flag))).toHaveLength(1);
  }
});

test('bindings are made from the file that cargo wrote, wherever that is, each time', ({ project }) => {
  for (let times = 0; times < 2; times += 1) {
    const bound = project.build().calls.filter(([name]) => name === 'wasm-bindgen');
    // Two are built at a time, in whatever order they end.
    expect(bound.map((call) => call.at(-2)).sort()).toEqual(
      ['simd', 'relaxed', 'learn', 'learn-relaxed', 'learn-threads'].map((name) => `${project.target}/wasm-${name}/wasm32-unknown-unknown/wasm/dermdistill.wasm`).sort(),
    );
  }
});

test('a missing linker is named before anything is compiled', ({ project }) => {
  rmSync(join(project.tools, 'cc'));
  const { status, said, calls } = project.build();
  expect(status).not.toBe(0);
  expect(said).toContain('cc is missing: install a C compiler');
  expect(calls.filter(([name]) => name === 'cargo')).toEqual([]);
});

test('the tool for bindings is installed again only when its own lock file is the trouble', ({ project }) => {
  const installs = ({ calls }) => calls.filter(([name, command]) => name === 'cargo' && command === 'install').map((call) => call.includes('--locked'));
  const offline = project.build({ INSTALL_SAYS: 'error: failed to download: could not resolve host' });
  expect(offline.status).not.toBe(0);
  expect(offline.said).toContain('could not resolve host');
  expect(installs(offline)).toEqual([true]);
  const withdrawn = project.build({ INSTALL_SAYS: 'error: failed to select a version for the requirement' });
  expect(withdrawn.status, withdrawn.said).toBe(0);
  expect(installs(withdrawn)).toEqual([true, false]);
});
