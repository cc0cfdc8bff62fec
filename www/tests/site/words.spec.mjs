import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { LANGUAGES, wordsFor } from '../../element/words/languages.js';
import { Words } from '../../element/words/words.js';
import { expect, ROOT, test } from '../support/fixtures.mjs';

const ROOMS = ['element', 'site', 'site/lab'];
const PAGES = readdirSync(`${ROOT}www/site`).filter((name) => name.endsWith('.html'));
const read = (path) => readFileSync(`${ROOT}www/${path}`, 'utf8');
const messagesOf = async (room, lang) => (await import(`../../${room}/words/${lang}.js`)).default;

/** Words that would claim more than a demonstration can keep. */
const BANNED = {
  en: /\b(diagnos\w*|detects?\s+(skin\s+)?cancer|safe|safely|accurate as)\b/i,
  de: /diagnos|\bsicher|erkennt\s+(haut)?krebs|zuverlässig erkannt/i,
  es: /diagn[oó]s|\bsegur[oa]s?\b|detecta\s+(el\s+)?c[aá]ncer/i,
  hi: /निदान|सुरक्षित|कैंसर की पहचान/,
};
/** The one place for "diagnosis": a title that is cited, in quotation marks or italics on a line of its own. */
const CITED = /^\s*(>|\*|_|@|title\s*=)/;

/** Every string of a nested object with its dotted key. */
function strings(node, key = '') {
  if (typeof node === 'string') return [[key, node]];
  return Object.entries(node).flatMap(([name, inner]) => strings(inner, key ? `${key}.${name}` : name));
}

/** The blanks of a message. */
const blanks = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();

for (const lang of LANGUAGES) {
  test(`${lang}: no word a reader sees claims too much`, async () => {
    for (const room of ROOMS) {
      const all = strings(await messagesOf(room, lang));
      expect(all.length).toBeGreaterThan(100);
      for (const [key, text] of all) expect.soft(text, key).not.toMatch(BANNED[lang]);
    }
  });

  test(`${lang}: has every message of English with the same blanks, and a plural for every number`, async () => {
    for (const room of ROOMS) {
      const [model, own] = [await messagesOf(room, 'en'), await messagesOf(room, lang)];
      const text = Object.fromEntries(strings(own));
      for (const [key, english] of strings(model)) {
        expect.soft(text[key], `${room} ${key}`).toBeTruthy();
        expect.soft(blanks(text[key] ?? ''), `${room} ${key}`).toEqual(blanks(english));
      }
      expect.soft(Object.keys(text).length, room).toBe(strings(model).length);
    }
    const words = await wordsFor(lang);
    for (const count of [0, 1, 2, 5, 11, 1_000_000]) expect.soft(() => words.say('answer.sure', { percent: '', count }), `${count}`).not.toThrow();
  });
}

test('the other languages are not English', async () => {
  for (const room of ROOMS) {
    const english = Object.fromEntries(strings(await messagesOf(room, 'en')));
    for (const lang of LANGUAGES.filter((other) => other !== 'en')) {
      const same = strings(await messagesOf(room, lang)).filter(([key, text]) => /[a-z]{3} [a-z]{3}/i.test(text) && english[key] === text);
      expect.soft(same, `${room} ${lang}`).toEqual(room === 'element' ? [['computed.builds.relaxed-simd', 'WebAssembly, relaxed SIMD']] : []);
    }
  }
});

test('what a page calls a part of the widget is what the widget calls it', async () => {
  for (const lang of LANGUAGES) {
    const [{ look }, { how }] = [await messagesOf('element', lang), await messagesOf('site', lang)];
    expect.soft(how.wrong.list.filter((item) => item.includes(look.heading)), lang).toHaveLength(1);
  }
});

test('the documents claim no more either', () => {
  for (const page of PAGES) expect.soft(read(`site/${page}`), page).not.toMatch(BANNED.en);
  for (const name of ['README.md', 'weights/MODEL_CARD.md'].filter((name) => existsSync(ROOT + name))) {
    const lines = readFileSync(ROOT + name, 'utf8').split('\n').filter((line) => !CITED.test(line));
    for (const line of lines) expect.soft(line, name).not.toMatch(BANNED.en);
  }
});

test('the ban finds what it is for', () => {
  for (const text of ['It diagnoses moles.', 'a diagnosis', 'detects cancer', 'This is safe.', 'Safe to use']) expect(text).toMatch(BANNED.en);
  for (const text of ['a safetensors file', 'detects the format']) expect(text).not.toMatch(BANNED.en);
  expect('Es ist sicher.').toMatch(BANNED.de);
  expect('Es seguro.').toMatch(BANNED.es);
  expect('यह सुरक्षित है।').toMatch(BANNED.hi);
});

/** What is called the same in every language: files to copy, and programs. */
const NAMES = /\b(THIRD-PARTY\.txt|nginx|Apache)\b/g;

test('the pages hold no words of their own', () => {
  for (const page of [...PAGES, ...readdirSync(`${ROOT}www/site/parts`).map((name) => `parts/${name}`)]) {
    const own = read(`site/${page}`).replace(/<!--.*?-->/gs, '').replace(/<[^>]+>/g, '').replace(/\{\{[^}]+\}\}/g, '').replaceAll(NAMES, '').replaceAll(/[:,]/g, '').trim();
    expect.soft(own, page).toBe('');
  }
});

test('every message that the scripts name is there', async () => {
  const words = await wordsFor('en', await messagesOf('site/lab', 'en'));
  const scripts = (room) => readdirSync(`${ROOT}www/${room}`, { recursive: true }).filter((name) => name.endsWith('.js') && !name.includes('words')).map((name) => `${room}/${name}`);
  let named = 0;
  for (const script of [...scripts('element'), ...scripts('site/lab'), 'site/lab.js']) {
    for (const [, key] of read(script).matchAll(script.startsWith('element') ? /\bsay\('([a-zA-Z0-9.]+)'/g : /'(lab\.[a-zA-Z0-9.-]+)'/g)) {
      named += 1;
      const values = { count: 2 };
      expect.soft(() => words.say(key, values), `${script}: ${key}`).not.toThrow();
    }
  }
  expect(named).toBeGreaterThan(60);
});

test('every error code of the package has words for what happened and what to do, in every language', async () => {
  const union = read('lib/index.d.ts').match(/type ErrorCode =([^;]+);/)[1];
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(25);
  for (const lang of LANGUAGES) {
    const words = await wordsFor(lang);
    for (const code of codes) {
      for (const part of ['what', 'hint']) expect.soft(words.byCode(`errors.${part}`, code), `${lang} ${code}`).toMatch(/[.।]$/);
      if (/^(image|weights)-/.test(code)) expect.soft(words.byCode('errors.what', code), code).not.toBe(words.say('errors.what.other'));
    }
  }
});

test('every reason to decline has its own words, in every language', async () => {
  const source = readFileSync(`${ROOT}src/trust/abstention.rs`, 'utf8');
  const codes = [...source.matchAll(/Self::\w+ => "([a-z-]+)",/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(4);
  for (const lang of LANGUAGES) {
    const words = await wordsFor(lang);
    for (const code of codes) expect.soft(words.byCode('cannot.why', code), `${lang} ${code}`).not.toBe(words.say('cannot.why.other'));
    expect(words.byCode('cannot.why', 'a-new-reason')).toBe(words.say('cannot.why.other'));
  }
});

test('numbers, shares, sizes, times and lists are written as each language writes them', async () => {
  const plain = (text) => text.replaceAll('\u00a0', ' ');
  const [en, de, swiss] = await Promise.all(['en', 'de', 'de-CH'].map((lang) => wordsFor(lang)));
  const shares = [0, 0.0099, 0.01, 0.114, 0.5, 0.99, 0.991, 1, NaN];
  expect(shares.map((p) => plain(en.percent(p)))).toEqual(['< 1%', '< 1%', '1%', '11%', '50%', '99%', '> 99%', '> 99%', '–']);
  expect([0.009, 0.82].map((p) => plain(de.percent(p)))).toEqual(['< 1 %', '82 %']);
  expect([4_900_000, 0, 49_999].map((bytes) => plain(en.megabytes(bytes)))).toEqual(['4.9 MB', '0.0 MB', '0.0 MB']);
  expect(plain(de.megabytes(4_900_000))).toBe('4,9 MB');
  expect([3.44, 11.6, NaN].map((ms) => plain(en.milliseconds(ms)))).toEqual(['3.4 ms', '12 ms', '–']);
  expect(en.choice(['A', 'B', 'C'])).toBe('A, B, or C');
  expect(de.choice(['A', 'B', 'C'])).toBe('A, B oder C');
  expect(en.say('photograph.boxShort', { side: 3024, width: 4032, height: 3024 })).toContain('3,024');
  expect(swiss.say('photograph.boxShort', { side: 3024, width: 4032, height: 3024 })).toMatch(/3[’']024/);
});

test('a plural is chosen by the language', async () => {
  const en = await wordsFor('en');
  expect(en.say('answer.sure', { percent: '1%', count: 1 })).toContain('about 1 of 100 answers with this figure is right');
  expect(en.say('answer.sure', { percent: '82%', count: 82 })).toContain('about 82 of 100 answers with this figure are right');
});

test('a portal can put in words of its own, one or a whole language', async () => {
  const one = await wordsFor('de', { arriving: { choose: 'Bild aussuchen' } });
  expect(one.say('arriving.choose')).toBe('Bild aussuchen');
  expect(one.say('arriving.camera')).toBe('Kamera');
  const other = await wordsFor('ar', { dir: 'rtl', arriving: { choose: 'اختر صورة' } });
  expect([other.lang, other.dir, other.say('arriving.choose')]).toEqual(['ar', 'rtl', 'اختر صورة']);
  const unknown = await wordsFor('xx');
  expect([unknown.lang, unknown.say('arriving.choose')]).toEqual(['en', 'Choose a photograph']);
  expect((await wordsFor('not a language', {})).lang).toBe('en');
});

test('a name out of an object\'s depths is no message', () => {
  const words = new Words('en', { dir: 'ltr' });
  expect(() => words.say('constructor.name')).toThrow('no message');
  expect(words.className('toString', 'something else')).toBe('something else');
});
