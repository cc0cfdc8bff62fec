/**
 * A static server for one folder on this machine, with the headers that the page is meant to be hosted with.
 * As a program: `node serve.mjs [FOLDER] [PORT]` (defaults: dist, and any free port).
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headersOf } from './policy/headers.mjs';

const TYPES = {
  '.css': 'text/css; charset=utf-8', '.html': 'text/html; charset=utf-8', '.ico': 'image/x-icon', '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8', '.json': 'application/json', '.mjs': 'text/javascript; charset=utf-8', '.png': 'image/png',
  '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8', '.wasm': 'application/wasm', '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
};

/**
 * @param {string} folder
 * @param {number} port 0: any free one
 * @param {(address: string) => void} heard called with the path and query of every request
 * @returns {Promise<{origin: string, close: () => Promise<void>}>}
 */
export async function serve(folder, port = 0, heard = () => {}) {
  const root = resolve(folder);
  const server = createServer(async (request, response) => {
    heard(request.url ?? '/');
    const file = await find(root, request.url ?? '/');
    if (!file || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(file ? 405 : 404, { ...headersOf('/', 'site'), 'Content-Type': 'text/plain' }).end(file ? 'only GET' : 'not found');
      return;
    }
    response.writeHead(200, {
      ...headersOf(file.path.slice(root.length).split(sep).join('/'), 'site'),
      'Content-Type': TYPES[extname(file.path)] ?? 'application/octet-stream',
      'Content-Length': file.size,
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file.path).on('error', () => response.destroy()).pipe(response);
  });
  await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', () => done(undefined)));
  const { port: chosen } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => new Promise((done) => (server.close(() => done(undefined)), server.closeAllConnections()));
  return { origin: `http://localhost:${chosen}`, close };
}

/**
 * The file of an address; a folder stands for its index.html. `null` for what is not there or not inside the root.
 * @param {string} root
 * @param {string} url
 */
async function find(root, url) {
  try {
    let path = join(root, decodeURIComponent(new URL(url, 'http://localhost').pathname));
    if (path !== root && !path.startsWith(root + sep)) return null;
    let found = await stat(path);
    if (found.isDirectory()) found = await stat((path = join(path, 'index.html')));
    return found.isFile() ? { path, size: found.size } : null;
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = fileURLToPath(new URL('./dist', import.meta.url)), port = '0'] = process.argv.slice(2);
  const free = (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    console.log(`port ${port} is taken; another one is used`);
    return serve(folder);
  };
  const { origin } = await serve(folder, Number(port)).catch(free);
  console.log(`dermdistill is served at ${origin}/ (Ctrl-C ends it)`);
}
