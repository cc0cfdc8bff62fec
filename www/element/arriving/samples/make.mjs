/**
 * Draws the three synthetic samples and the site's icons: `node www/element/arriving/samples/make.mjs`. No photograph goes into them.
 * A spot is a disc with a wavy border, as soft as in the photographs that the network learned from, which declines harder ones; skin
 * is a flat tone; both carry smooth noise. The generator is seeded, so the files are the same on every machine that has the same zlib.
 */

import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

/** Colours are rounded to this step: the eye does not see it, and the files shrink to a third. */
const STEP = 4;

/** xorshift32: numbers in 0 … 1. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Smooth noise in −1 … 1: random values on a grid of `cell` pixels, blended between its points. */
function noise(seed, cell, width, height) {
  const next = random(seed);
  const columns = Math.ceil(width / cell) + 2;
  const grid = Float64Array.from({ length: columns * (Math.ceil(height / cell) + 2) }, () => 2 * next() - 1);
  const smooth = (t) => t * t * (3 - 2 * t);
  return (x, y) => {
    const column = Math.floor(x / cell);
    const row = Math.floor(y / cell);
    const u = smooth(x / cell - column);
    const v = smooth(y / cell - row);
    const at = (dx, dy) => grid[(row + dy) * columns + column + dx];
    return (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
  };
}

const mix = (a, b, part) => a.map((value, i) => value * (1 - part) + b[i] * part);
const ramp = (value, low, high) => Math.min(Math.max((value - low) / (high - low), 0), 1);

/**
 * @param {object} scene
 * @returns {Buffer} a PNG
 */
function draw({ seed, width, height, skin, spot, centre, radius, wave, soft, patches, lagoons }) {
  const broad = noise(seed, width / 4, width, height);
  const coarse = noise(seed + 1, 9, width, height);
  const grain = noise(seed + 4, 3, width + height, width + 2 * height);
  // The grain's grid is turned against the picture's, so that neither shows.
  const fine = (x, y) => 0.6 * coarse(x, y) + 0.6 * grain(0.8 * x + 0.6 * y, height + 0.8 * y - 0.6 * x);
  const blotch = noise(seed + 2, radius / 1.6, width, height);
  const border = noise(seed + 3, 40, 400, 40);
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = x - centre[0];
      const dy = y - centre[1];
      const angle = (Math.atan2(dy, dx) / Math.PI + 1) * 160;
      // The wave runs out where the circle closes, so that the border has no step there.
      const closing = Math.min(1, Math.min(angle, 320 - angle) / 40);
      const edge = radius * (1 + wave * border(angle, 10) * closing);
      const inside = 1 - ramp(Math.hypot(dx, dy) / edge, 1 - soft, 1 + soft);
      const ground = skin.map((value) => value * (1 + 0.05 * broad(x, y) + 0.025 * fine(x, y)));
      const tone = mix(spot[0], spot[1], ramp(blotch(x, y), -patches, patches));
      const light = 1 + 0.1 * fine(x, y) + (lagoons && blotch(x, y) > 0.15 ? -0.25 : 0);
      const colour = mix(
        ground,
        tone.map((value) => value * light),
        inside,
      );
      const corner = 1 - 0.12 * (Math.hypot(x - width / 2, y - height / 2) / Math.hypot(width / 2, height / 2)) ** 2;
      colour.forEach((value, i) => {
        pixels[(y * width + x) * 3 + i] = Math.min(252, Math.max(0, Math.round((value * corner) / STEP) * STEP));
      });
    }
  }
  return png(width, height, pixels);
}

/** An RGB PNG, every row predicted from its left neighbour. */
function png(width, height, pixels) {
  const stride = width * 3;
  const rows = Buffer.alloc(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = 1;
    for (let i = 0; i < stride; i++) {
      const left = i < 3 ? 0 : pixels[y * stride + i - 3];
      rows[y * (stride + 1) + 1 + i] = (pixels[y * stride + i] - left) & 255;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  const words = Buffer.from('Comment\0Synthetic drawing, not a photograph', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('tEXt', words),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

const scenes = {
  'synthetic-1.png': {
    seed: 11,
    width: 360,
    height: 360,
    skin: [226, 184, 160],
    spot: [
      [120, 76, 50],
      [156, 104, 74],
    ],
    centre: [184, 176],
    radius: 96,
    wave: 0.1,
    soft: 0.3,
    patches: 0.8,
  },
  'synthetic-2.png': {
    seed: 29,
    width: 360,
    height: 360,
    skin: [214, 168, 140],
    spot: [
      [104, 68, 54],
      [150, 100, 76],
    ],
    centre: [170, 190],
    radius: 108,
    wave: 0.2,
    soft: 0.3,
    patches: 0.8,
  },
  // A spot off the middle, as on a phone photograph: what the crop box is for. Smaller, it is declined.
  'synthetic-3.png': {
    seed: 47,
    width: 640,
    height: 480,
    skin: [152, 108, 82],
    spot: [
      [96, 30, 36],
      [128, 48, 44],
    ],
    centre: [402, 196],
    radius: 82,
    wave: 0.16,
    soft: 0.35,
    patches: 0.5,
    lagoons: true,
  },
};

const here = new URL('./', import.meta.url);
for (const [name, scene] of Object.entries(scenes)) writeFileSync(new URL(name, here), draw(scene));
/** The icon at another size. @param {number} side */
const icon = (side) => draw({
  seed: 5,
  width: side,
  height: side,
  skin: [228, 240, 239],
  spot: [
    [11, 100, 100],
    [11, 100, 100],
  ],
  centre: [side / 2, side / 2],
  radius: (18 * side) / 64,
  wave: 0,
  soft: 0.06,
  patches: 1,
});
writeFileSync(new URL('../../../site/icon.png', here), icon(64));
// As an installed application's: the disc keeps clear of what a round mask cuts off.
for (const side of [192, 512]) writeFileSync(new URL(`../../../site/public/icon-${side}.png`, here), icon(side));
