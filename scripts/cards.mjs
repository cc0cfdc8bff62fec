/** Writes the cards of weight files into a folder, where fuzzing starts from. Usage: node scripts/cards.mjs FOLDER FILE… */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const [folder, ...files] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const file of files) {
  const bytes = readFileSync(file);
  try {
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())));
    writeFileSync(join(folder, `${basename(file, '.safetensors')}.json`), header.__metadata__.card);
  } catch {
    // A hostile file need not have a card.
  }
}
