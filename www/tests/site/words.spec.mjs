import { existsSync, readFileSync } from 'node:fs';
import { classNames, messages } from '../../site/messages.js';
import { className, classNameInSentence, lookup, megabytes, milliseconds, percent, say, sayCode } from '../../site/words.js';
import { expect, ROOT, test } from '../support/fixtures.mjs';

const PAGES = ['index.html', 'how.html'];
const html = (name) => readFileSync(`${ROOT}www/site/${name}`, 'utf8');
/** Words that would claim more than a demonstration can keep. */
const BANNED = /\b(diagnos\w*|detects?\s+(skin\s+)?cancer|safe|safely|accurate as)\b/i;
/** The one place for "diagnosis": a title that is cited, in quotation marks or italics on a line of its own. */
const CITED = /^\s*(>|\*|_|@|title\s*=)/;

/** Every string of a nested object with its dotted key. */
function strings(node, key = '') {
  if (typeof node === 'string') return [[key, node]];
  return Object.entries(node).flatMap(([name, inner]) => strings(inner, key ? `${key}.${name}` : name));
}

test('no word a reader sees claims too much', () => {
  const all = [...strings(messages), ...strings(classNames, 'classNames')];
  expect(all.length).toBeGreaterThan(150);
  for (const [key, text] of all) expect.soft(text, key).not.toMatch(BANNED);
  for (const page of PAGES) expect.soft(html(page), page).not.toMatch(BANNED);
  for (const name of ['README.md', 'weights/MODEL_CARD.md'].filter((name) => existsSync(ROOT + name))) {
    const lines = readFileSync(ROOT + name, 'utf8').split('\n').filter((line) => !CITED.test(line));
    for (const line of lines) expect.soft(line, name).not.toMatch(BANNED);
  }
});

test('the ban finds what it is for', () => {
  for (const text of ['It diagnoses moles.', 'a diagnosis', 'detects cancer', 'This is safe.', 'Safe to use']) expect(text).toMatch(BANNED);
  for (const text of ['a safetensors file', 'detects the format']) expect(text).not.toMatch(BANNED);
});

test('every key that the pages name has its message, and the pages hold no words of their own', () => {
  for (const page of PAGES) {
    const text = html(page);
    for (const [, key] of text.matchAll(/data-message(?:-label|-alt)?="([^"]+)"/g)) expect.soft(typeof lookup(key), key).toBe('string');
    for (const [, key] of text.matchAll(/data-message-list="([^"]+)"/g)) expect.soft(Array.isArray(lookup(key)), key).toBe(true);
    const own = text.replace(/<noscript>.*<\/noscript>/s, '').replace(/<title>.*<\/title>/, '').replace(/<[^>]+>/g, '').trim();
    expect.soft(own, page).toBe('');
  }
});

test('every message that the scripts name is there, with the blanks they fill', () => {
  expect(say('photo.cropValue', { side: 3, x: 1, y: 2 })).toBe('3 by 3 pixels, 1 from the left, 2 from the top');
  expect(say('status.loading', { loaded: '1.0', total: '4.9' })).not.toContain('{');
  expect(() => say('no.such.message')).toThrow('no.such.message');
  const scripts = ['answer', 'app', 'attention', 'camera', 'card', 'computed', 'crop', 'drop', 'how', 'loader', 'look', 'progress', 'ranking', 'strip', 'theme'];
  let named = 0;
  for (const script of scripts) {
    const text = readFileSync(`${ROOT}www/site/${script}.js`, 'utf8');
    for (const [, key] of text.matchAll(/\b(?:say|button)\('([a-zA-Z0-9.]+)'/g)) {
      named += 1;
      expect.soft(typeof lookup(key), `${script}.js: ${key}`).toBe('string');
    }
  }
  expect(named).toBeGreaterThan(60);
});

test('every error code of the package has words for what happened and what to do', () => {
  const types = readFileSync(`${ROOT}www/lib/index.d.ts`, 'utf8');
  const union = types.match(/type ErrorCode =([^;]+);/)[1];
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(25);
  for (const code of codes) {
    expect.soft(sayCode('errors.what', code), code).toMatch(/\.$/);
    expect.soft(sayCode('errors.hint', code), code).toMatch(/\.$/);
  }
  for (const code of codes.filter((code) => /^(image|weights)-/.test(code))) {
    expect.soft(sayCode('errors.what', code), code).not.toBe(say('errors.what.other'));
  }
});

test('every reason to decline has its own words', () => {
  const source = readFileSync(`${ROOT}src/trust/abstention.rs`, 'utf8');
  const codes = [...source.matchAll(/Self::\w+ => "([a-z-]+)",/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(4);
  for (const code of codes) expect.soft(sayCode('cannot.why', code), code).not.toBe(say('cannot.why.other'));
  expect(sayCode('cannot.why', 'a-new-reason')).toBe(say('cannot.why.other'));
});

test('numbers are written as the page promises', () => {
  const plain = (text) => text.replaceAll('\u00a0', ' ');
  expect([0, 0.0099, 0.01, 0.114, 0.115, 0.5, 0.99, 0.991, 1, NaN].map((p) => plain(percent(p)))).toEqual(
    ['< 1 %', '< 1 %', '1 %', '11 %', '12 %', '50 %', '99 %', '> 99 %', '> 99 %', '–'],
  );
  expect([4_900_000, 0, 49_999].map(megabytes)).toEqual(['4.9', '0.0', '0.0']);
  expect([0.04, 3.44, 9.96, 11.6, NaN].map(milliseconds)).toEqual(['0.0', '3.4', '10.0', '12', '–']);
  expect(className('MEL')).toBe('Melanoma');
  expect(className('XYZ', 'something else')).toBe('something else');
  expect(classNameInSentence('MEL')).toBe('melanoma');
});
