/**
 * The pages' build: every HTML file of site/ becomes one finished page a language, its words written in.
 *
 *   {{key}}          the message at a key, escaped; what stands in it between `…` is `<code>`
 *   {{list key}}     a list of messages, as `<li>`
 *   {{terms key}}    messages by name, as `<dt><code>` and `<dd>`
 *   <body>                           what stands before it goes into the head of parts/frame.html, what stands after it is the page's own
 *   <!-- include NAME -->            a part from site/parts
 *   <!-- where FILE --> … <!-- end -->   kept where site/ has that page
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LANGUAGES } from './element/words/languages.js';
import base from './element/style/base.js';
import markers from './element/style/markers.js';
import tokens from './element/style/tokens.js';
import { policy, snippets } from './policy/headers.mjs';

/** The element alone, under a name that stays. */
export const ELEMENT = 'derm-classifier.js';

const LOOK = 'virtual:look.css';
const site = fileURLToPath(new URL('./site/', import.meta.url));
const element = fileURLToPath(new URL('./element/define.js', import.meta.url));

/** @typedef {{[key: string]: string | string[] | Tree}} Tree */

/** @returns {import('vite').Plugin} */
export function pages() {
  let serving = false;
  return {
    name: 'pages',
    enforce: 'post',
    configResolved: ({ command }) => void (serving = command === 'serve'),
    // The development server makes no file of the element under its name, so the name leads to its source there.
    resolveId: (id) => (id === LOOK ? `\0${LOOK}` : serving && id === `/${ELEMENT}` ? element : null),
    // What the widget and the pages share is written down once, as the widget needs it.
    load: (id) => (id === `\0${LOOK}` ? [tokens, base, markers].join('') : null),
    transformIndexHtml: {
      order: 'pre',
      handler: async (html, { server, path }) => {
        const page = compose(framed(html));
        if (!server) return page;
        // A page's own policy comes first in it; the development server puts style sheets into the page, which the policy must allow there.
        return (await fill(page, path.slice(1), 'en')).replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");
      },
    },
    async generateBundle(_, bundle) {
      for (const [name, source] of Object.entries(snippets('site'))) {
        this.emitFile({ type: 'asset', fileName: name === '_headers' ? name : `policy/${name}`, source });
      }
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.txt', source: readFileSync(new URL('../THIRD-PARTY.txt', import.meta.url)) });
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type !== 'asset' || !name.endsWith('.html')) continue;
        const source = String(file.source);
        file.source = await fill(source, name, 'en');
        for (const lang of LANGUAGES.filter((other) => other !== 'en')) {
          this.emitFile({ type: 'asset', fileName: inLanguage(name, lang), source: await fill(source, name, lang) });
        }
      }
    },
  };
}

/** @param {string} name */
const part = (name) => readFileSync(`${site}parts/${name}`, 'utf8');

/** The page in the frame that all pages share. @param {string} html */
export function framed(html) {
  const [, head, body, main] = html.match(/^(.*?)(<body[^>]*>)\n(.*)$/s) ?? [];
  if (main === undefined) throw new Error('a page has no <body> on a line of its own');
  const own = { head, body: `${body}\n`, main };
  return part('frame.html').replace(/<!-- (head|body|main) -->\n/g, (_, place) => own[place]);
}

/** @param {string} html */
export function compose(html) {
  return html
    .replace(/<!-- include (\S+) -->\n/g, (_, name) => part(name))
    .replace(/ *<!-- where (\S+) -->\n(.*?) *<!-- end -->\n/gs, (_, page, inner) => (existsSync(site + page) ? inner : ''));
}

/**
 * @param {string} html
 * @param {string} page its name in English
 * @param {string} lang
 */
async function fill(html, page, lang) {
  const messages = await messagesOf(lang);
  const own = await extras(page, lang, messages);
  return html.replace(/\{\{(?:(list|terms) )?([\w.-]+)\}\}/g, (_, kind, key) => {
    if (key in own) return own[key];
    const found = find(messages, key);
    if (kind === 'list') return found.map((/** @type {string} */ text) => `<li>${inHtml(text)}</li>`).join('');
    if (kind === 'terms') return terms(Object.entries(found).map(([name, text]) => [`<code>${escape(name)}</code>`, inHtml(text)]));
    return inHtml(found);
  });
}

/** What is no message: already HTML. @param {string} page @param {string} lang @param {Tree} messages @returns {Promise<Record<string, string>>} */
async function extras(page, lang, messages) {
  const names = Object.fromEntries(LANGUAGES.map((code) => [code, new Intl.DisplayNames(code, { type: 'language' }).of(code) ?? code]));
  const titled = (/** @type {string} */ code) => (names[code] ?? '').replace(/^./u, (first) => first.toLocaleUpperCase(code));
  const link = (/** @type {string} */ code) => {
    const current = code === lang ? ' aria-current="page"' : '';
    return `<li><a href="${inLanguage(page, code)}" hreflang="${code}" lang="${code}"${current}>${titled(code)}</a></li>`;
  };
  const embed = [
    `<script type="module" src="${ELEMENT}"></script>`,
    '<derm-classifier name="spot" samples></derm-classifier>',
    `<noscript>${escape(find(messages, 'portals.noscript'))}</noscript>`,
  ].join('\n');
  const classes = /** @type {Tree} */ (messages['classes']);
  const lines = (/** @type {string} */ header) => escape(header.replaceAll('; ', ';\n'));
  return {
    lang,
    'dir': String(messages['dir']),
    'ext': lang === 'en' ? '' : `.${lang}`,
    'language': titled(lang),
    'languages': LANGUAGES.map(link).join(''),
    'alternates': LANGUAGES.map((code) => `<link rel="alternate" hreflang="${code}" href="${inLanguage(page, code)}">`).join('\n'),
    embed,
    'embed-code': escape(embed),
    'command-evaluate': 'dermdistill evaluate',
    'policy': policy('page'),
    'policy-lines': lines(policy('page')),
    'worker-policy-lines': lines(policy('worker')),
    'class-list': Object.entries(classes)
      .map(([code, name]) => {
        const marker = '<span class="marker" aria-hidden="true"></span>';
        return `<div data-class="${code}"><dt>${marker}${escape(name)} (${code})</dt><dd>${escape(find(messages, `how.classes.${code}`))}</dd></div>`;
      })
      .join('\n'),
  };
}

/** @param {string} lang @returns {Promise<Tree>} the widget's messages, the pages' own and the lab's */
async function messagesOf(lang) {
  const read = (/** @type {string} */ room) => import(new URL(`./${room}/words/${lang}.js`, import.meta.url).href);
  const [widget, own, lab] = await Promise.all(['element', 'site', 'site/lab'].map(read));
  return { ...widget.default, ...own.default, ...lab.default };
}

/** @param {Tree} messages @param {string} key @returns {any} */
function find(messages, key) {
  const found = key.split('.').reduce((/** @type {any} */ node, part) => node?.[part], messages);
  if (found === undefined) throw new Error(`no message ${key}`);
  return found;
}

/** @param {string[][]} pairs of HTML */
const terms = (pairs) => pairs.map(([term, text]) => `<dt>${term}</dt><dd>${text}</dd>`).join('');

/** @param {string} page @param {string} lang */
const inLanguage = (page, lang) => (lang === 'en' ? page : page.replace(/\.html$/, `.${lang}.html`));

/** @param {unknown} text */
const inHtml = (text) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

/** @param {unknown} text */
const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
