/** The class activation map as a picture: bilinear between the cells, cool to bright, clear where nothing spoke for the class. */

/** Colours from low to high: blue, bluish green, yellow (Okabe–Ito), told apart by lightness alone too. */
const RAMP = [
  [0, 62, 120],
  [0, 158, 115],
  [240, 228, 66],
];

/**
 * A map as RGBA pixels. Values are scaled so that the largest is 1; what is not positive is transparent.
 * @param {ArrayLike<number>} values row by row, `side` × `side`
 * @param {number} side
 * @param {number} width side of the picture in pixels
 * @returns {Uint8ClampedArray} `width` × `width` × 4; all zero when no value is positive
 */
export function heatPixels(values, side, width) {
  const pixels = new Uint8ClampedArray(width * width * 4);
  let peak = 0;
  for (let i = 0; i < values.length; i++) peak = Math.max(peak, values[i] || 0);
  if (peak <= 0) return pixels;
  const cell = (row, column) => Math.max(0, values[row * side + column] || 0) / peak;
  for (let y = 0; y < width; y++) {
    const v = between(y, width, side);
    for (let x = 0; x < width; x++) {
      const u = between(x, width, side);
      const top = cell(v.low, u.low) * (1 - u.part) + cell(v.low, u.high) * u.part;
      const bottom = cell(v.high, u.low) * (1 - u.part) + cell(v.high, u.high) * u.part;
      const value = top * (1 - v.part) + bottom * v.part;
      const [red, green, blue] = colour(value);
      pixels.set([red, green, blue, 255 * Math.min(1, value * 1.25)], (y * width + x) * 4);
    }
  }
  return pixels;
}

/** Draws a map on a canvas, which takes the map's colours at full strength; its opacity is the page's business. */
export function drawHeat(canvas, map) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!map) return;
  context.putImageData(new ImageData(heatPixels(map.values, map.side, canvas.width), canvas.width), 0, 0);
}

/** Draws the network's input, `side` × `side` RGBA, on a canvas. */
export function drawSeen(canvas, seen) {
  canvas.width = seen.side;
  canvas.height = seen.side;
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(seen.rgba), seen.side), 0, 0);
}

/** The two cells a pixel lies between (pixel centres, clamped at the border) and how far it is from the first. */
function between(pixel, width, side) {
  const position = Math.min(Math.max(((pixel + 0.5) * side) / width - 0.5, 0), side - 1);
  const low = Math.floor(position);
  return { low, high: Math.min(low + 1, side - 1), part: position - low };
}

function colour(value) {
  const scaled = Math.min(Math.max(value, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(scaled), RAMP.length - 2);
  const part = scaled - low;
  return RAMP[low].map((channel, i) => channel * (1 - part) + RAMP[low + 1][i] * part);
}
