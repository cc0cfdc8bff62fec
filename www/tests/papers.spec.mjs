// The commands of the papers, run. What stands in a block of README, LESSON, CONTRIBUTING or the package's README is a promise like any other.
//
// A command of the program runs as it stands, but a training is made small (SMALL) and a lesson draws fewer pictures. What builds, tests or
// measures for minutes is not run from here; that it exists is checked: the subcommand of build.sh, the test or bench of cargo, the script.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMAND, expect, ROOT, test } from './support/fixtures.mjs';

const TRAINS = ['train', 'distill', 'phase1'];
/** What a training is given in place of its own, if it says so or not. */
const SMALL = { '--epochs': '1', '--side': '32', '--batch': '8' };

/** The lines of a paper's blocks: four spaces or more below an empty line, or a fence without a language of its own. */
function commands(paper) {
  const found = [];
  let [fence, block, empty] = [null, false, true];
  for (const line of readFileSync(ROOT + paper, 'utf8').split('\n')) {
    const [, opened] = line.match(/^```(\w*)/) ?? [];
    if (opened !== undefined) {
      fence = fence === null ? opened : null;
      continue;
    }
    block = fence === null ? /^ {4,}\S/.test(line) && (block || empty) : ['', 'sh'].includes(fence);
    empty = line.trim() === '';
    if (block && !empty) found.push(line.replace(/\s+#.*$/, '').trim());
  }
  return found;
}

/** The arguments of a training that takes seconds. */
function small(options) {
  const kept = options.filter((option, at) => !(option in SMALL) && !(options[at - 1] in SMALL));
  return [...kept, ...Object.entries(SMALL).flat()];
}

/** A folder that has what the papers' commands name. */
function desk() {
  const folder = mkdtempSync(join(tmpdir(), 'papers-'));
  for (const name of ['weights', 'docs', 'scripts']) symlinkSync(ROOT + name, join(folder, name));
  execFileSync('node', ['scripts/draw.mjs', 'DIR', '4'], { cwd: folder });
  cpSync(join(folder, 'DIR/NV/nv-00.png'), join(folder, 'photo.jpg'));
  cpSync(join(folder, 'weights/student.safetensors'), join(folder, 'imagenet.safetensors'));
  const rows = ['AK', 'BCC', 'BKL', 'DF', 'MEL', 'NV', 'SCC', 'VASC'].flatMap((dx) => [0, 1, 2, 3].map((at) => [dx, `${dx.toLowerCase()}-0${at}`]));
  mkdirSync(join(folder, 'flat'));
  for (const [dx, name] of rows) cpSync(join(folder, 'DIR', dx, `${name}.png`), join(folder, 'flat', `${name}.png`));
  rmSync(join(folder, 'DIR'), { recursive: true });
  symlinkSync('flat', join(folder, 'DIR'));
  writeFileSync(join(folder, 'labels.csv'), `image,dx\n${rows.map(([dx, name]) => `${name},${dx}`).join('\n')}\n`);
  return folder;
}

/** What is done with a command, by how it begins. */
const RULES = [
  [/^(target\/release\/)?dermdistill (.+)$/, ([, , line], folder) => {
    const [name, ...options] = line.split(' ');
    execFileSync(COMMAND, [name, ...(TRAINS.includes(name) ? small(options) : options)], { cwd: folder, stdio: 'pipe' });
  }],
  [/^node (scripts\/draw\.mjs) (\S+)$/, ([, script, target], folder) => execFileSync('node', [script, target, '4'], { cwd: folder })],
  [/^node (scripts\/third-party\.mjs)$/, ([, script]) => execFileSync('node', [script, '--check'], { cwd: ROOT })],
  [/^\.\/build\.sh (\w+)/, ([, name]) => {
    expect(execFileSync('./build.sh', ['help'], { cwd: ROOT, encoding: 'utf8' })).toMatch(new RegExp(`^\\./build\\.sh ${name}\\b`, 'm'));
  }],
  [/^cargo (build|test|bench)( --release)?(?: --(test|bench) (\w+))?$/, ([, , , kind, name]) => {
    if (kind) expect(existsSync(`${ROOT}${kind === 'test' ? 'tests' : 'benches'}/${name}.rs`), `${kind} ${name}`).toBe(true);
  }],
  [/^python3 -m venv venv && venv\/bin\/pip install [\w ]+$/, () => {}],
  [/^venv\/bin\/python (\S+)$/, ([, script]) => expect(existsSync(ROOT + script), script).toBe(true)],
];

for (const paper of ['README.md', 'docs/LESSON.md', 'CONTRIBUTING.md', 'tests/golden/README.md']) {
  test(`the commands of ${paper} work`, () => {
    test.setTimeout(900_000);
    const folder = desk();
    try {
      const lines = commands(paper);
      expect(lines.length).toBeGreaterThan(2);
      for (const line of lines) {
        const [matched, act] = RULES.map(([pattern, act]) => [line.match(pattern), act]).find(([found]) => found) ?? [];
        expect(matched, `no rule for: ${line}`).toBeTruthy();
        act(matched, folder);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('files that the papers name are there', () => {
  for (const paper of ['README.md', 'CONTRIBUTING.md', ...['COMPARE', 'DESIGN', 'LESSON', 'PLATFORM'].map((name) => `docs/${name}.md`)]) {
    const named = [...readFileSync(ROOT + paper, 'utf8').matchAll(/`((?:src|tests|www|docs|benches|scripts|weights)\/[\w./-]*\w\/?)[`:]/g)].map(([, path]) => path);
    // A page's name and a room's are told without their ending.
    const missing = named.filter((path) => !['', '.rs', '.js'].some((ending) => existsSync(ROOT + path + ending)));
    // What a change would add, and what a build writes.
    expect(missing.filter((path) => !/cosine|NAME|XX|^www\/(pkg|dist)/.test(path)), paper).toEqual([]);
  }
});

test('what the papers import from the package is there', () => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}www/package.json`, 'utf8'));
  const typings = readFileSync(`${ROOT}www/lib/index.d.ts`, 'utf8');
  for (const paper of ['README.md', 'www/README.md']) {
    const imported = [...readFileSync(ROOT + paper, 'utf8').matchAll(/^import (?:\{ (\w+) \} from )?["']dermdistill(\/\w+)?["']/gm)];
    expect(imported.length, paper).toBeGreaterThan(0);
    for (const [, name, entry = ''] of imported) {
      expect(exports).toHaveProperty([`.${entry}`]);
      if (name) expect(typings).toContain(`function ${name}(`);
    }
  }
});
