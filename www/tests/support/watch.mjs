/** Looking into the package's workers, with or without a test runner. */

/**
 * Lets a test look into the package's workers: each keeps its WebAssembly instance where `memoryOf` finds it. Before `open`.
 * @param {import('@playwright/test').Page} page
 * @param {string} [file] the workers' script
 */
export const watchMemory = (page, file = 'worker.js') => page.route(`**/${file}`, async (route) => {
  const response = await route.fetch();
  const keep = 'const real = WebAssembly.instantiate; WebAssembly.instantiate = async (...given) => (globalThis.kept = await real(...given));\n';
  await route.fulfill({ response, body: keep + (await response.text()) });
});

/**
 * The page's live workers of the package, the one that answers before those that stand by.
 * @param {import('@playwright/test').Page} page
 */
export const workers = (page) => page.workers().filter((worker) => /\/worker[^/]*\.js$/.test(worker.url()));
