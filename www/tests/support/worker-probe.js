// Served with the policy of workers: tries every way out that the policy should close and says what happened.
const ways = {
  fetch: () => fetch('/package.json'),
  elsewhere: () => fetch('https://example.invalid/'),
  XMLHttpRequest: () => new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.onload = done;
    request.onerror = () => failed(new Error('refused'));
    request.open('GET', '/package.json');
    request.send();
  }),
  EventSource: () => new Promise((done, failed) => {
    const source = new EventSource('/package.json');
    source.onopen = done;
    source.onerror = () => (source.close(), failed(new Error('refused')));
  }),
  WebSocket: () => new Promise((done, failed) => {
    const socket = new WebSocket(`ws://${location.host}/`);
    socket.onopen = done;
    socket.onerror = failed;
  }),
  import: () => import('/lib/errors.js'),
  importElsewhere: () => import('https://example.invalid/a.js'),
  importScripts: async () => importScripts('/lib/errors.js'),
  Worker: () => new Promise((done, failed) => {
    const worker = new Worker('/tests/support/worker-probe.js');
    worker.onmessage = done;
    worker.onerror = failed;
  }),
};

async function attempt() {
  const results = {};
  for (const [name, way] of Object.entries(ways)) results[name] = await way().then(() => 'reached', () => 'refused');
  postMessage(results);
}

attempt();
