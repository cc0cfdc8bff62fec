/**
 * A server for first visits: one folder a contestant, and what each visit transfers. It compresses what servers compress unasked (text,
 * JavaScript, WebAssembly; the lists of nginx, Apache and the large networks agree on that), at brotli's highest quality, when first asked.
 * Models and weights are octet streams to every server and go out as they are.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const KEPT = fileURLToPath(new URL('../../../target/bench/brotli/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/**
 * @param {Record<string, string>} folders contestants by name
 * @param {Buffer} input answered to /input, and not counted
 * @returns {Promise<{origin: string, sent: Map<string, {compressed: number, plain: number}>, close: () => void}>} sent: by address
 */
export async function serve(folders, input) {
  const files = new Map(Object.entries(folders).flatMap(([name, folder]) => filesOf(folder).map((path) => [`/${name}/${path}`, prepared(join(folder, path))])));
  const sent = new Map();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const headers = { 'Cache-Control': 'no-cache' };
    if (pathname === '/input') return response.writeHead(200, headers).end(input);
    const file = files.get(pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    if (!file) return response.writeHead(404, headers).end();
    const brotli = file.type && /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
    const body = brotli ? (file.brotli ??= compressed(file.bytes)) : file.bytes;
    sent.set(pathname, { compressed: brotli ? body.length : 0, plain: brotli ? 0 : body.length });
    response.writeHead(200, { ...headers, 'Content-Type': file.type ?? 'application/octet-stream', 'Content-Length': body.length, ...(brotli && { 'Content-Encoding': 'br' }) }).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `http://localhost:${server.address().port}`, sent, close: () => (server.close(), server.closeAllConnections()) };
}

/** Paths below a folder. */
const filesOf = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

const prepared = (path) => ({ bytes: readFileSync(path), type: TYPES[extname(path)] });

/** At brotli's highest quality, with a window that spans the whole file. That takes half a minute for some, so what was done is kept. */
function compressed(bytes) {
  mkdirSync(KEPT, { recursive: true });
  const path = join(KEPT, createHash('sha256').update(bytes).digest('hex'));
  if (!existsSync(path)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(path, brotliCompressSync(bytes, { params }));
  }
  return readFileSync(path);
}
