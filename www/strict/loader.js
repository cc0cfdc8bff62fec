/**
 * The outer page of the strict recipe: fetches everything, hands it in once, and listens to nothing afterwards.
 *
 * The inner document is given as text (`srcdoc`), so it has this page's policy and its own, from its first byte on, and `frame-src 'none'` here keeps it
 * from going anywhere else. Its sandbox without `allow-same-origin` gives it an origin of its own: no storage, no cookie, no way into this page.
 */

/** Where the package's folder pkg lies. */
const PACKAGE = new URL('../pkg/', import.meta.url);
const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));

/** @param {string | URL} address */
async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
  return response.arrayBuffer();
}

/** The frame's document asks for the files when it is there; whatever else it might say is not heard. */
const asked = new Promise((resolve) => {
  addEventListener('message', function hear({ source }) {
    if (source !== frame.contentWindow) return;
    removeEventListener('message', hear);
    resolve(undefined);
  });
});

try {
  const paths = { library: 'index.js', worker: 'worker.js', simd: 'simd/dermdistill_bg.wasm', weights: 'student.safetensors' };
  const files = Promise.all(Object.entries(paths).map(async ([name, path]) => /** @type {const} */ ([name, await fetched(new URL(path, PACKAGE))])));
  frame.srcdoc = new TextDecoder().decode(await fetched(new URL('frame.html', import.meta.url)));
  const [given] = await Promise.all([files, asked]);
  // An origin of its own has no name, so there is none to address it by.
  frame.contentWindow?.postMessage(Object.fromEntries(given), '*', given.map(([, bytes]) => bytes));
} catch (error) {
  /** @type {HTMLElement} */ (document.querySelector('[role=alert]')).textContent = String(error);
}
