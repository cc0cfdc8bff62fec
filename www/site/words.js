/** Looks up the words of messages.js, fills their blanks, and writes numbers the way the pages write them. */

import { classNames, messages } from './messages.js';

const NBSP = '\u00a0';

/**
 * The message at a dotted key ("drop.heading") with its `{blanks}` filled from `values`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const found = lookup(key);
  if (typeof found !== 'string') throw new Error(`no message ${key}`);
  return found.replace(/\{(\w+)\}/g, (blank, name) => (name in values ? String(values[name]) : blank));
}

/** The message or list at a dotted key, or undefined. */
export function lookup(key) {
  return key.split('.').reduce((node, part) => node?.[part], messages);
}

/** `say(prefix.code)`, or `say(prefix.other)` where the code has no words of its own. Codes of one family share theirs (`weights-shape`). */
export function sayCode(prefix, code) {
  const family = String(code).split('-')[0];
  const name = [code, family, 'other'].find((candidate) => typeof lookup(`${prefix}.${candidate}`) === 'string');
  return say(`${prefix}.${name}`);
}

/** The full name of a class; the weight file's own name for one this page does not know. */
export function className(code, fallback = code) {
  return classNames[code] ?? fallback;
}

/** The same inside a sentence: class names are common nouns. */
export function classNameInSentence(code, fallback) {
  const name = className(code, fallback);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** A probability as whole percent: "82 %", never "0 %" or "100 %" for what is neither. */
export function percent(probability) {
  if (!Number.isFinite(probability)) return '–';
  if (probability < 0.01) return `<${NBSP}1${NBSP}%`;
  if (probability > 0.99) return `>${NBSP}99${NBSP}%`;
  return `${Math.round(probability * 100)}${NBSP}%`;
}

/** Bytes as megabytes with one decimal: "4.9". */
export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/** Milliseconds, whole from 10 on: "12", "3.4". */
export function milliseconds(ms) {
  if (!Number.isFinite(ms)) return '–';
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

/**
 * Writes messages into a page: `data-message` as text, `data-message-label` as aria-label, `data-message-alt` as alt,
 * `data-message-list` as one `<li>` an entry.
 * @param {ParentNode} root
 */
export function fill(root) {
  for (const node of root.querySelectorAll('[data-message]')) node.textContent = say(node.dataset.message);
  for (const node of root.querySelectorAll('[data-message-label]')) node.setAttribute('aria-label', say(node.dataset.messageLabel));
  for (const node of root.querySelectorAll('[data-message-list]')) {
    node.replaceChildren(...lookup(node.dataset.messageList).map((entry) => element('li', { text: entry })));
  }
}

/**
 * A new element. Text is set as text, so that names of files and classes are never read as markup.
 * @param {string} tag
 * @param {{text?: string, className?: string, attributes?: Record<string, string>}} [options]
 * @param {...Node} children
 */
export function element(tag, { text, className: names, attributes = {} } = {}, ...children) {
  const node = document.createElement(tag);
  if (names) node.className = names;
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
