import { createTally } from '../../element/model/tally.js';
import { attention } from '../../element/photograph/attention.js';
import { sentenceOf } from '../../element/photograph/look.js';
import { heatPixels } from '../../element/photograph/overlay.js';
import * as square from '../../element/photograph/square.js';
import { underMix } from '../../element/visit/mix.js';
import { Visit } from '../../element/visit/visit.js';
import { wordsFor } from '../../element/words/languages.js';
import { probabilities } from '../../site/lab/chosen.js';
import { csvOf, figure } from '../../site/lab/numbers.js';
import { ownRows } from '../../site/lab/relations.js';
import { between, onTop, rounded, signed, upward } from '../../site/lab/scales.js';
import { expect, test } from '../support/fixtures.mjs';

const SIDE = 7;
/** A 7 × 7 map with a Gaussian blob at each [column, row, width]. */
const blobs = (...places) => Float32Array.from({ length: SIDE * SIDE }, (_, index) => {
  const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
  return places.reduce((sum, [column, row, width]) => sum + Math.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * width ** 2)), 0);
});

test.describe('where it looked, in words', () => {
  const places = [
    [[3, 3], 'middle'], [[3, 1.2], 'top'], [[3, 4.8], 'bottom'], [[1.2, 3], 'left'], [[4.8, 3], 'right'],
    [[1.2, 1.2], 'topLeft'], [[4.8, 1.2], 'topRight'], [[1.2, 4.8], 'bottomLeft'], [[4.8, 4.8], 'bottomRight'],
    [[3, 0], 'topEdge'], [[0, 3], 'leftEdge'], [[6, 6], 'bottomRightEdge'], [[0, 0], 'topLeftEdge'],
  ];
  for (const [[column, row], place] of places) {
    test(`a blob at ${column}, ${row} is "${place}"`, () => {
      expect(attention(blobs([column, row, 0.6]), SIDE)).toMatchObject({ kind: 'focused', place });
    });
  }

  test('how wide it looked decides the words', () => {
    expect(attention(blobs([3, 3, 0.8]), SIDE).kind).toBe('focused');
    expect(attention(blobs([3, 3, 1.7]), SIDE).kind).toBe('around');
    expect(attention(blobs([1, 3, 2.6]), SIDE)).toMatchObject({ kind: 'wide', place: 'left' });
    expect(attention(new Float32Array(49).fill(2), SIDE)).toMatchObject({ kind: 'even', x: expect.closeTo(0), y: expect.closeTo(0) });
  });

  test('two far places are not averaged into the empty middle', () => {
    const found = attention(blobs([0, 0, 0.7], [6, 6, 0.65]), SIDE);
    expect(found.kind).toBe('several');
    expect(found.place).toBe('topLeftEdge');
  });

  test('what speaks against the class does not count, and nothing at all is said so', () => {
    const map = blobs([4.8, 3, 0.6]).map((value, index) => (index % SIDE < 2 ? -5 : value));
    expect(attention(map, SIDE).place).toBe('right');
    for (const values of [new Float32Array(49), new Float32Array(49).fill(-1), new Float32Array(49).fill(NaN), [], [1, 2]]) {
      expect(attention(values, SIDE).kind).toBe('nothing');
    }
  });

  test('the centroid and the spread are what the formula says', () => {
    const map = new Float32Array(9);
    map[0] = 3;
    map[2] = 1;
    // Weights 3 and 1 at x = −1 and 1, both at y = −1; three quarters lie in one of nine cells.
    expect(attention(map, 3)).toMatchObject({ x: -0.5, y: -1, spread: 1 / 9 });
  });

  test('the sentence is a sentence', async () => {
    const words = await wordsFor('en');
    expect(sentenceOf(words, { values: blobs([1.2, 1.2, 0.6]), side: SIDE })).toBe('Looked mostly at one place: upper-left part.');
    expect(sentenceOf(words, { values: new Float32Array(49), side: SIDE })).toBe('Nothing in the picture speaks for this class.');
  });
});

test.describe('the overlay', () => {
  const alpha = (pixels, width, x, y) => pixels[(y * width + x) * 4 + 3];

  test('is clear where nothing speaks for the class and fullest at the peak', () => {
    const map = new Float32Array(49).fill(-1);
    map[3 * SIDE + 5] = 2;
    const pixels = heatPixels(map, SIDE, 70);
    expect(alpha(pixels, 70, 55, 35)).toBe(255);
    expect(alpha(pixels, 70, 5, 5)).toBe(0);
    expect(heatPixels(new Float32Array(49).fill(-1), SIDE, 14).every((value) => value === 0)).toBe(true);
  });

  test('keeps the map upright: the first value is the upper-left corner', () => {
    const map = new Float32Array(49);
    map[0] = 1;
    const pixels = heatPixels(map, SIDE, 70);
    expect(alpha(pixels, 70, 0, 0)).toBeGreaterThan(200);
    for (const [x, y] of [[69, 0], [0, 69], [69, 69]]) expect(alpha(pixels, 70, x, y)).toBe(0);
  });

  test('an even map is even to the border', () => {
    const pixels = heatPixels(new Float32Array(49).fill(3), SIDE, 28);
    expect(pixels.every((value, i) => value === pixels[i % 4])).toBe(true);
    expect(pixels[3]).toBe(255);
  });
});

test.describe('the crop box', () => {
  const size = { width: 4032, height: 3024 };

  test('starts as the largest centred square, rounded down', () => {
    expect(square.largest(size)).toEqual({ x: 504, y: 0, side: 3024 });
    expect(square.largest({ width: 5, height: 8 })).toEqual({ x: 0, y: 1, side: 5 });
  });

  test('stays inside whatever is asked', () => {
    let box = { x: 100, y: 100, side: 400 };
    const asks = [(b) => square.moved(b, -1e6, 5e5, size), (b) => square.resized(b, 1e9, size), (b) => square.resized(b, -4, size),
      (b) => square.centred(b, { x: -50, y: 99999 }, size), (b) => square.moved(b, 0.4, -0.6, size),
      ...['nw', 'ne', 'sw', 'se'].flatMap((corner) => [[-9e3, -9e3], [9e3, 9e3], [2000.3, 1500.7]].map(([x, y]) => (b) => square.cornerDragged(b, corner, { x, y }, size)))];
    for (const ask of asks) {
      box = ask(box);
      expect([box.x, box.y, box.side].every(Number.isInteger)).toBe(true);
      expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
      expect(box.side).toBeGreaterThanOrEqual(1);
      expect(box.x + box.side).toBeLessThanOrEqual(size.width);
      expect(box.y + box.side).toBeLessThanOrEqual(size.height);
    }
  });

  test('a dragged corner leaves the opposite one where it is', () => {
    const box = { x: 1000, y: 1000, side: 500 };
    expect(square.cornerDragged(box, 'se', { x: 1800, y: 1700 }, size)).toEqual({ x: 1000, y: 1000, side: 800 });
    expect(square.cornerDragged(box, 'nw', { x: 1100, y: 1200 }, size)).toEqual({ x: 1100, y: 1100, side: 400 });
    expect(square.cornerDragged(box, 'ne', { x: 1400, y: 1000 }, size)).toEqual({ x: 1000, y: 1000, side: 500 });
  });

  test('growing keeps the centre where there is room', () => {
    expect(square.resized({ x: 1000, y: 1000, side: 200 }, 400, size)).toEqual({ x: 900, y: 900, side: 400 });
    expect(square.resized({ x: 0, y: 0, side: 200 }, 400, size)).toEqual({ x: 0, y: 0, side: 400 });
  });

  test('a photograph smaller than the smallest box is taken whole', () => {
    const tiny = { width: 20, height: 30 };
    expect(square.resized(square.largest(tiny), 4, tiny)).toEqual({ x: 0, y: 5, side: 20 });
  });
});

test('bytes of several files add up, and no total is invented', () => {
  const tally = createTally(['code', 'weights']);
  tally.note({ file: 'code', loaded: 10, total: 40 });
  expect([tally.loaded, tally.total]).toEqual([10, 0]);
  tally.note({ file: 'weights', loaded: 5, total: 0 });
  expect([tally.loaded, tally.total]).toEqual([15, 0]);
  tally.note({ file: 'weights', loaded: 60, total: 50 });
  expect([tally.loaded, tally.total]).toEqual([70, 100]);
});

test('an answer under another mix is p · next / before, normalised, in order, and keeps the map that is still wanted', () => {
  const card = { classes: ['A', 'B', 'C'], class_mix: [0.7, 0.2, 0.1] };
  const ranked = [['A', 0.63], ['B', 0.36], ['C', 0.01]].map(([code, probability]) => ({ code, name: `${code}s`, probability }));
  const answer = { probabilities: { A: 0.63, B: 0.36, C: 0.01 }, ranked, map: { class: 'A' }, logits: [1, 2, 3] };
  const equal = underMix(answer, { before: 'training', next: 'equal', explain: true }, card);
  // 0.63 / 0.7 = 0.9, 0.36 / 0.2 = 1.8, 0.01 / 0.1 = 0.1; together 2.8.
  expect(equal.ranked.map(({ code, name }) => code + name)).toEqual(['BBs', 'AAs', 'CCs']);
  for (const [code, weight] of [['A', 0.9], ['B', 1.8], ['C', 0.1]]) expect(equal.probabilities[code]).toBeCloseTo(weight / 2.8, 12);
  expect([equal.map, equal.logits]).toEqual([null, answer.logits]);
  const back = underMix(equal, { before: 'equal', next: 'training', explain: 'A' }, card);
  for (const [index, { code, probability }] of back.ranked.entries()) {
    expect(code).toBe(ranked[index].code);
    expect(probability).toBeCloseTo(ranked[index].probability, 12);
  }
  for (const [explain, map] of [['A', answer.map], ['B', null]]) {
    expect(underMix(answer, { before: 'training', next: 'equal', explain }, card).map).toBe(map);
  }
});

test('a waiting photograph gets its turn when the one at work is forgotten', async () => {
  const asked = [];
  const classify = (file, { signal }) => new Promise((answer, refuse) => {
    asked.push({ name: file.name, answer: () => answer({}) });
    signal.addEventListener('abort', () => refuse(new Error('aborted')));
  });
  const visit = new Visit({ classifier: async () => ({ classify, info: { card: { framing: 'centre_square' } } }), onChange: () => {} });
  const turn = (name) => expect.poll(() => asked.at(-1)?.name).toBe(name);
  visit.add(['b', 'a', 'c'].map((name) => new File([], name)), { limit: 9 });
  const [b, a, c] = visit.photographs;
  await turn('b');
  visit.open(c);
  await turn('c');
  // What was interrupted waits again and is answered first, then the photograph after it is at work, and forgotten.
  asked.at(-1).answer();
  await turn('b');
  asked.at(-1).answer();
  await turn('a');
  visit.open(b);
  visit.remove(a);
  expect(b.state).toBe('answered');
  visit.add([new File([], 'd'), new File([], 'e')], { limit: 9 });
  await turn('d');
  visit.open(b);
  visit.remove(visit.photographs.find(({ file }) => file.name === 'd'));
  await turn('e');
  asked.at(-1).answer();
  await expect.poll(() => visit.photographs.map(({ state }) => state)).toEqual(['answered', 'answered', 'answered']);
});

test('a heat map\'s scale ends at a round number, its middle means none, and its steps are told apart by lightness alone', () => {
  expect([0.00031, 0.2, 0.21, 1, 1.4, 4.2, 7, 0, NaN, Infinity].map(rounded).map((end) => Number(end.toPrecision(3)))).toEqual([0.0005, 0.2, 0.5, 1, 2, 5, 10, 1, 1, 1]);
  const light = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const { low, high, colour } = upward(0.9);
  expect([low, high]).toEqual([0, 1]);
  const lights = Array.from({ length: 11 }, (_, at) => light(colour(at / 10)));
  for (let at = 1; at < lights.length; at += 1) expect(lights[at]).toBeGreaterThan(lights[at - 1] + 5);
  const close = between(0.231, 0.27);
  expect([close.low, close.high, ...close.colour(0.23)]).toEqual([0.23, 0.27, ...colour(0)]);
  expect(close.colour(0.27)).toEqual(colour(1));
  expect(between(0.25, 0.25).high).toBeGreaterThan(0);
  const apart = signed(0.3);
  expect([apart.low, apart.high]).toEqual([-0.5, 0.5]);
  for (const end of [-0.5, 0.5]) expect(light(apart.colour(0)) - light(apart.colour(end))).toBeGreaterThan(90);
  // Below and above differ in hue, blue against orange, which every kind of colour vision tells apart.
  expect(apart.colour(-0.5)[2]).toBeGreaterThan(apart.colour(-0.5)[0]);
  expect(apart.colour(0.5)[0]).toBeGreaterThan(apart.colour(0.5)[2]);
  expect([onTop(colour(0)), onTop(colour(1))]).toEqual(['#fff', '#000']);
});

test('a turned picture is matched when its own column is the first of the largest', () => {
  const matrix = { rows: 4, columns: 2, values: [0.6, 0.4, 0.5, 0.5, 0.5, 0.5, 0.1, 0.9] };
  expect(ownRows(matrix, (row) => Math.floor(row / 2))).toBe(3);
});

test('probabilities at a temperature sum to one, and a higher one brings small ones out', () => {
  const logits = [1000, 998, -3];
  for (const temperature of [1, 8]) expect(probabilities(logits, temperature).reduce((sum, part) => sum + part)).toBeCloseTo(1, 12);
  expect(probabilities(logits, 8)[1]).toBeGreaterThan(probabilities(logits, 1)[1]);
  expect(probabilities([2, 2], 1)).toEqual([0.5, 0.5]);
});

test('a sheet is a CSV whatever the language, and figures are written as it writes them', async () => {
  expect(csvOf({ head: ['a, b', 'c'], rows: [['say "x"', 0.5], ['', null]] })).toBe('"a, b",c\r\n"say ""x""",0.5\r\n,');
  const [en, de] = [await wordsFor('en'), await wordsFor('de')];
  expect([0.12345, 1234.5, 0, -0.5, 3e-7].map((value) => figure(en, value))).toEqual(['0.123', '1,235', '0', '-0.5', '3E-7']);
  expect(figure(de, 0.12345)).toBe('0,123');
});
