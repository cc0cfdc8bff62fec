import { readFileSync } from 'node:fs';
import { expect as patient, ROOT, test as base } from '../support/fixtures.mjs';

/** A loaded machine may take its time; what is expected does not change. */
export const expect = patient.configure({ timeout: 20_000 });

const sample = (n) => readFileSync(`${ROOT}www/element/arriving/samples/synthetic-${n}.png`);

/** A drawn photograph as a chosen file. */
export const spot = (n = 1, name = `spot-${n}.png`) => ({ name, mimeType: 'image/png', buffer: sample(n) });
/** A file that is no picture. */
export const letter = { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Dear reader, this is no picture.') };

/**
 * `site` opens the classify page and gives its parts. `site.open({wait: false})` does not wait for the network's loading;
 * `path` is another page; `abstained` is the reason for which every answer is declined, `covering` the set of classes that every answer names;
 * with `own` the network decides by itself.
 * The test fails at its end when the page threw, or the policy had something to report.
 */
export const test = base.extend({
  site: async ({ page, built, traffic }, use) => {
    const thrown = [];
    page.on('pageerror', (error) => thrown.push(error.stack));
    const site = {
      page,
      status: page.locator('.status'),
      answer: page.locator('.answer'),
      verdict: page.locator('.verdict'),
      crop: page.getByRole('application', { name: 'Part that is looked at' }),
      /** The box in words: its side, and how far it is from the left and from the top. */
      box: page.locator('.box-value'),
      equal: page.getByRole('switch'),
      live: page.locator('.live'),
      rows: page.locator('.ranking li'),
      thumbs: page.locator('.strip li button'),
      async open({ wait = true, abstained = null, covering, own = false, path = 'index.html' } = {}) {
        await page.addInitScript(decide, { abstained, covering, own });
        await page.goto(`${built}/${path}`);
        if (wait) await site.loaded();
      },
      loaded: () => expect(site.status).toHaveAttribute('data-state', 'ready', { timeout: 60_000 }),
      choose: (...files) => page.setInputFiles('.chooser', files),
      state: (state) => expect(site.answer).toHaveAttribute('data-state', state),
      async answered(...files) {
        await site.choose(...files);
        await site.state('answered');
      },
      /** The eight figures as shown, by code. */
      figures: async () => Object.fromEntries(await site.rows.evaluateAll((rows) => rows.map((row) => [row.dataset.class, row.querySelector('.figure').textContent]))),
      /** The network's picture as shown, as a short text that changes with it. */
      seen: () => page.locator('.seen-picture').evaluate((canvas) => canvas.toDataURL()),
    };
    await use(site);
    expect(thrown).toEqual([]);
    expect(traffic.violations).toEqual([]);
  },
});

/**
 * Runs in the page: `find` looks inside the element, `findAll` there and outside, `focused` is where the keyboard is; every answer of the worker is given, or declined for the reason `abstained`. Whether a drawing is fit to be judged is
 * the weights' business, not these tests'; the numbers stay the network's own.
 */
function decide({ abstained, covering, own }) {
  const inside = () => document.querySelector('derm-classifier')?.shadowRoot;
  globalThis.find = (selector) => inside()?.querySelector(selector);
  globalThis.findAll = (selector) => [...document.querySelectorAll(selector), ...(inside()?.querySelectorAll(selector) ?? [])];
  globalThis.focused = () => inside()?.activeElement ?? document.activeElement;
  const { get } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
  Object.defineProperty(MessageEvent.prototype, 'data', {
    get() {
      const data = get.call(this);
      if (own || !data?.value?.ranked) return data;
      data.value.abstained = abstained && { code: abstained, message: '' };
      if (covering) data.value.covering = covering;
      return data;
    },
  });
}
