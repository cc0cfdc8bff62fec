/** A photograph that tells where and when it was taken, and by whom. */

/** What its EXIF says, each long enough not to occur by chance. */
export const TOLD = {
  camera: 'Zephyr Camera Works', time: '2024:05:06 07:08:09', owner: 'Ms Private Person', place: 'Somewhere Street 17',
  latitude: [[26, 1], [50, 1], [480_017, 10_007]], longitude: [[80, 1], [56, 1], [490_019, 10_009]],
};

const ASCII = 2;
const LONG = 4;
const RATIONAL = 5;

/** One directory of EXIF at `offset` of the TIFF part: its entries, then their values. */
function directory(entries, offset) {
  const fixed = Buffer.alloc(2 + 12 * entries.length + 4);
  fixed.writeUInt16BE(entries.length, 0);
  const values = [];
  let end = offset + fixed.length;
  entries.forEach(([tag, type, value], index) => {
    const data = type === ASCII ? Buffer.from(`${value}\0`) : Buffer.concat([value].flat(2).map((number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(number);
      return bytes;
    }));
    const at = 2 + 12 * index;
    fixed.writeUInt16BE(tag, at);
    fixed.writeUInt16BE(type, at + 2);
    fixed.writeUInt32BE(type === ASCII ? data.length : data.length / (type === RATIONAL ? 8 : 4), at + 4);
    if (data.length <= 4) return void data.copy(fixed, at + 8);
    fixed.writeUInt32BE(end, at + 8);
    values.push(data);
    end += data.length;
  });
  return Buffer.concat([fixed, ...values]);
}

/**
 * The same JPEG with EXIF: camera, owner, time, place and an orientation (6, a quarter turn), which is all that may be used.
 * @param {Buffer} jpeg
 */
export function located(jpeg) {
  const head = Buffer.from('MM\0*\0\0\0\b', 'latin1');
  const first = (gps) => directory([[0x010f, ASCII, TOLD.camera], [0x0112, 3, 0], [0x0132, ASCII, TOLD.time], [0x8298, ASCII, TOLD.owner], [0x8825, LONG, gps]], 8);
  const at = 8 + first(0).length;
  const main = first(at);
  // The one short number among them: type SHORT, one, 6.
  main.set([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0], 2 + 12);
  const gps = directory([[1, ASCII, 'N'], [2, RATIONAL, TOLD.latitude], [3, ASCII, 'E'], [4, RATIONAL, TOLD.longitude], [0x1c, ASCII, TOLD.place]], at);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), head, main, gps]);
  const marker = Buffer.from([0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]);
}

/**
 * What of it these bytes tell: the names of {@link TOLD} found there, as text, as UTF-16, as the numbers of a position.
 * @param {Buffer} bytes
 */
export function tells(bytes) {
  const found = [];
  for (const [name, value] of Object.entries(TOLD)) {
    const forms = typeof value === 'string'
      ? [Buffer.from(value), Buffer.from(value, 'utf16le')]
      : [0, 1].map((little) => {
        const seconds = Buffer.alloc(8);
        value[2].forEach((number, index) => (little ? seconds.writeUInt32LE(number, 4 * index) : seconds.writeUInt32BE(number, 4 * index)));
        return seconds;
      });
    if (forms.some((form) => bytes.includes(form))) found.push(name);
  }
  return found;
}
