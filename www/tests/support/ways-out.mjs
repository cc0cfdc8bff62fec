/**
 * Ways by which bytes can leave a page or a worker, and a stranger who writes down what reaches him.
 */
import { createServer } from 'node:http';

/** @returns {Promise<{origin: string, heard: string[], close: () => Promise<void>}>} a host that lets everybody in, and has no policy */
export async function stranger() {
  const heard = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': request.url.endsWith('.html') ? 'text/html' : 'text/javascript', 'Cross-Origin-Resource-Policy': 'cross-origin' }).end('0');
  });
  server.on('upgrade', (request, socket) => (heard.push(`upgrade ${request.url}`), socket.destroy()));
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = () => new Promise((done) => (server.close(done), server.closeAllConnections()));
  return { origin: `http://127.0.0.1:${server.address().port}`, heard, close };
}

/**
 * Runs in a page or a worker: tries every way out to `address` and says what each came to: `absent` (there is no such thing here), `refused`, or
 * `reached`. Whether something was reached in earnest, the server knows.
 * @param {string} address
 * @param {Record<string, string>} [known] ways that are not tried again, and what they came to
 * @param {(name: string, outcome: string) => void} [tell] is told of each way when it begins, as `silent`, and what it came to
 */
export async function tryWaysOut(address, known = {}, tell = () => {}) {
  const settled = (target, good, bad) => new Promise((done, failed) => {
    target.addEventListener(good, done);
    target.addEventListener(bad, () => failed(new Error('refused')));
  });
  const socket = address.replace(/^http/, 'ws');
  const element = (name, attributes) => settled(document.head.appendChild(Object.assign(document.createElement(name), attributes)), 'load', 'error');
  const own = (source) => URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const ways = {
    fetch: () => fetch(`${address}fetch`, { mode: 'no-cors' }),
    fetchPost: () => fetch(`${address}post`, { method: 'POST', mode: 'no-cors', body: 'photograph', keepalive: true }),
    fetchLater: async () => {
      fetchLater(`${address}later`, { activateAfter: 0 });
      throw new Error('whether it arrived, the server knows');
    },
    XMLHttpRequest: () => {
      const request = new XMLHttpRequest();
      request.open('GET', `${address}xhr`);
      request.send();
      return settled(request, 'load', 'error');
    },
    EventSource: () => {
      const source = new EventSource(`${address}events`);
      return settled(source, 'open', 'error').finally(() => source.close());
    },
    WebSocket: () => settled(new WebSocket(`${socket}socket`), 'open', 'error'),
    WebSocketStream: () => new WebSocketStream(`${socket}stream`).opened,
    WebTransport: () => new WebTransport(`${address.replace('http:', 'https:')}transport`).ready,
    sendBeacon: async () => {
      if (!navigator.sendBeacon) throw new ReferenceError('no sendBeacon');
      // It says no more than that the beacon was taken; a policy drops it later.
      navigator.sendBeacon(`${address}beacon`, 'photograph');
      throw new Error('whether it arrived, the server knows');
    },
    import: () => import(`${address}import.js`),
    importScripts: async () => importScripts(`${address}scripts.js`),
    Worker: () => settled(new Worker(`${address}worker.js`), 'message', 'error'),
    nested: () => new Promise((done, failed) => {
      // A worker of its own making has its maker's policy.
      const worker = new Worker(own(`fetch('${address}nested', { mode: 'no-cors' }).then(() => postMessage('reached'), () => postMessage('refused'))`));
      worker.onmessage = ({ data }) => (data === 'reached' ? done() : failed(new Error(data)));
      worker.onerror = () => failed(new Error('refused'));
    }),
    SharedWorker: () => settled(new SharedWorker(`${address}shared.js`), 'never', 'error'),
    RTCPeerConnection: async () => {
      const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${new URL(address).host}` }] });
      peer.createDataChannel('photograph');
      await peer.setLocalDescription();
    },
    ...(typeof document === 'object' && {
      image: () => element('img', { src: `${address}image` }),
      script: () => element('script', { src: `${address}script.js` }),
      style: () => element('link', { rel: 'stylesheet', href: `${address}style.css` }),
      prefetch: () => element('link', { rel: 'prefetch', href: `${address}prefetch` }),
      preload: () => element('link', { rel: 'modulepreload', href: `${address}preload.js` }),
      video: () => settled(Object.assign(document.createElement('video'), { src: `${address}video`, preload: 'auto' }), 'loadeddata', 'error'),
      font: () => new FontFace('f', `url(${address}font)`).load(),
      frame: async () => {
        document.body.append(Object.assign(document.createElement('iframe'), { src: `${address}frame` }));
        throw new Error('whether it arrived, the server knows');
      },
      form: async () => {
        // Into a frame, so that the page itself stays.
        document.body.append(Object.assign(document.createElement('iframe'), { name: 'sent' }));
        const form = document.body.appendChild(Object.assign(document.createElement('form'), { action: `${address}form`, method: 'post', target: 'sent' }));
        form.submit();
        throw new Error('whether it arrived, the server knows');
      },
      ping: async () => {
        const link = document.body.appendChild(Object.assign(document.createElement('a'), { href: `${location.href.split('#')[0]}#`, ping: `${address}ping` }));
        link.click();
        throw new Error('whether it arrived, the server knows');
      },
      popup: async () => {
        if (!open(`${address}popup`)) throw new Error('refused');
      },
    }),
  };
  const outcome = (way) => Promise.race([
    Promise.resolve().then(way).then(() => 'reached', (error) => (/is not a constructor|is not defined|is not a function/.test(error) || error instanceof ReferenceError ? 'absent' : 'refused')),
    new Promise((done) => setTimeout(done, 3_000, 'refused')),
  ]);
  const outcomes = { ...known };
  // One after the other: a worker of Firefox's that tries them all at once does not come back.
  for (const name of Object.keys(ways).filter((way) => !(way in known))) {
    tell(name, 'silent');
    outcomes[name] = await outcome(ways[name]);
    tell(name, outcomes[name]);
  }
  return outcomes;
}
