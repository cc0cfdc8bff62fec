/** The words of one language: messages looked up by key, their blanks filled in, and numbers, sizes and lists as that language writes them. */

/**
 * A dotted key leads to a message, to a list of messages, or to the plural forms of one.
 * @typedef {{[key: string]: string | readonly string[] | Tree}} Tree
 */

export class Words {
  #messages;
  #plural;
  #number;
  #percent;
  #choice;
  /** @type {(value: number, unit: string, digits: number) => string} */
  #unit;

  /**
   * @param {string} lang BCP 47
   * @param {Tree} messages those of the language
   * @param {Tree} [own] a portal's own, which come first
   */
  constructor(lang, messages, own = {}) {
    this.lang = lang;
    this.#messages = [own, messages];
    this.#plural = new Intl.PluralRules(lang);
    this.#number = new Intl.NumberFormat(lang);
    this.#percent = new Intl.NumberFormat(lang, { style: 'percent' });
    this.#choice = new Intl.ListFormat(lang, { type: 'disjunction' });
    this.#unit = (value, unit, digits) =>
      new Intl.NumberFormat(lang, { style: 'unit', unit, minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
    this.dir = this.say('dir') === 'rtl' ? 'rtl' : 'ltr';
  }

  /**
   * The message at a dotted key ("arriving.heading") with its `{blanks}` filled. Numbers are written as the language writes them; `count`
   * also chooses the plural form.
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  say(key, values = {}) {
    const found = this.#find(key);
    const forms = typeof found === 'object' ? /** @type {Tree} */ (found) : null;
    const form = forms ? (forms[this.#plural.select(Number(values['count']))] ?? forms['other']) : found;
    if (typeof form !== 'string') throw new Error(`no message ${key}`);
    return form.replace(/\{(\w+)\}/g, (blank, name) => {
      const value = values[name];
      return typeof value === 'number' ? this.#number.format(value) : (value ?? blank);
    });
  }

  /** Whether there is a message at a dotted key. @param {string} key */
  has(key) {
    return typeof this.#find(key) === 'string';
  }

  /** The list of messages at a dotted key. @param {string} key @returns {readonly string[]} */
  all(key) {
    const found = this.#find(key);
    if (!Array.isArray(found)) throw new Error(`no list ${key}`);
    return found;
  }

  /**
   * The message `prefix.code`, or the one of the code's family (`weights` for `weights-shape`), or `prefix.other`.
   * @param {string} prefix
   * @param {string} code
   */
  byCode(prefix, code) {
    const names = [code, String(code).split('-')[0], 'other'];
    return this.say(`${prefix}.${names.find((name) => this.has(`${prefix}.${name}`))}`);
  }

  /** The list `prefix.code`, or `prefix.other`. @param {string} prefix @param {string} code */
  allByCode(prefix, code) {
    const own = `${prefix}.${code}`;
    return this.all(Array.isArray(this.#find(own)) ? own : `${prefix}.other`);
  }

  /** A class's full name; the weight file's own for a class without one here. @param {string} code @param {string} [fallback] */
  className(code, fallback = code) {
    return this.has(`classes.${code}`) ? this.say(`classes.${code}`) : fallback;
  }

  /** "A, B or C". @param {readonly string[]} items */
  choice(items) {
    return this.#choice.format(items);
  }

  /** A probability as whole percent, never 0 or 100 for what is neither; a dash for what is no number. @param {number} probability */
  percent(probability) {
    if (!Number.isFinite(probability)) return '–';
    if (probability < 0.01) return this.say('figures.below', { figure: this.#percent.format(0.01) });
    if (probability > 0.99) return this.say('figures.above', { figure: this.#percent.format(0.99) });
    return this.#percent.format(probability);
  }

  /** Bytes as megabytes with one decimal: "4.9 MB". @param {number} bytes */
  megabytes(bytes) {
    return this.#unit(bytes / 1e6, 'megabyte', 1);
  }

  /** Milliseconds, whole from 10 on: "12 ms", "3.4 ms"; a dash for what is no number. @param {number} ms */
  milliseconds(ms) {
    return Number.isFinite(ms) ? this.#unit(ms, 'millisecond', ms < 10 ? 1 : 0) : '–';
  }

  /** A number with so many decimals. @param {number} value @param {number} digits */
  decimal(value, digits) {
    return new Intl.NumberFormat(this.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  }

  /** @param {string} key @returns {unknown} */
  #find(key) {
    const steps = key.split('.');
    for (const messages of this.#messages) {
      const found = steps.reduce((/** @type {any} */ node, step) => (node && Object.hasOwn(node, step) ? node[step] : undefined), messages);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
