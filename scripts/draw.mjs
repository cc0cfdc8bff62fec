/**
 * Drawn spots for a lesson, a folder a class: synthetic, pictures of nothing. Usage: node scripts/draw.mjs FOLDER [PICTURES A CLASS]
 *
 * The network has eight places, so there are eight kinds, which colour, number and size tell apart. Only NV (one brown spot) and VASC (red
 * blots) are meant to remind of something; they are the lab's own drawn examples.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const SIDE = 160;

/** Numbers from a seed, the same every time. */
function stream(seed) {
  let state = (Math.imul(seed, 0x9e3779b1) + 1) >>> 0;
  return (from, to) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  };
}

/** How many blots a kind has, how far from the middle, how large, and in which colour. All in pixels and levels, give or take. */
const KINDS = {
  AK: { blots: 3, spread: 35, radius: 14, colour: [200, 130, 110] },
  BCC: { blots: 2, spread: 20, radius: 24, colour: [225, 160, 170] },
  BKL: { blots: 1, spread: 10, radius: 40, colour: [175, 140, 95] },
  DF: { blots: 1, spread: 18, radius: 14, colour: [150, 95, 85] },
  MEL: { blots: 4, spread: 22, radius: 24, colour: [55, 40, 40] },
  NV: { blots: 1, spread: 18, radius: 36, colour: [110, 70, 48] },
  SCC: { blots: 9, spread: 45, radius: 9, colour: [215, 185, 120] },
  VASC: { blots: 7, spread: 42, radius: 13, colour: [170, 35, 65] },
};

/** `SIDE` rows of `SIDE` pixels, red, green, blue. */
function draw(kind, seed) {
  const next = stream(seed);
  const { blots: count, spread, radius, colour } = KINDS[kind];
  const skin = [next(205, 235), next(165, 190), next(145, 170)];
  const blots = Array.from({ length: count }, () => ({
    x: SIDE / 2 + next(-spread, spread),
    y: SIDE / 2 + next(-spread, spread),
    radius: radius * next(0.7, 1.3),
    colour: colour.map((level) => level + next(-15, 15)),
  }));
  const pixels = Buffer.alloc(3 * SIDE * SIDE);
  for (let at = 0; at < SIDE * SIDE; at += 1) {
    const covering = blots.findLast(({ x, y, radius }) => Math.hypot((at % SIDE) - x, Math.floor(at / SIDE) - y) < radius);
    const grain = next(-6, 6);
    pixels.set((covering?.colour ?? skin).map((value) => Math.round(value + grain)), 3 * at);
  }
  return pixels;
}

/** One chunk of a PNG: length, name, content, checksum. */
function chunk(name, content) {
  const body = Buffer.concat([Buffer.from(name), content]);
  const framed = Buffer.alloc(8 + body.length);
  framed.writeUInt32BE(content.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), 4 + body.length);
  return framed;
}

function png(pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIDE, 0);
  header.writeUInt32BE(SIDE, 4);
  // Eight bits a colour, RGB, and nothing special.
  header.set([8, 2, 0, 0, 0], 8);
  // Before every row the number of its filter: none.
  const rows = Array.from({ length: SIDE }, (_, row) => [Buffer.from([0]), pixels.subarray(3 * SIDE * row, 3 * SIDE * (row + 1))]).flat();
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]);
}

const [folder, count = '8'] = process.argv.slice(2);
if (!folder) throw new Error('usage: node scripts/draw.mjs FOLDER [PICTURES A CLASS]');
const kinds = Object.keys(KINDS);
for (const [at, kind] of kinds.entries()) {
  mkdirSync(join(folder, kind), { recursive: true });
  for (let number = 0; number < Number(count); number += 1) {
    const name = `${kind.toLowerCase()}-${String(number).padStart(2, '0')}.png`;
    writeFileSync(join(folder, kind, name), png(draw(kind, kinds.length * number + at + 1)));
  }
}
console.log(`${kinds.length * Number(count)} drawings in ${folder}`);
