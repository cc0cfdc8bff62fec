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
};
const results = {};
for (const [name, attempt] of Object.entries(ways)) {
  results[name] = await attempt().then(() => 'reached', () => 'refused');
}
postMessage(results);
