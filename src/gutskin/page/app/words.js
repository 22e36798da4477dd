// Every word that is seen, in the language of the reader; numbers as that language writes them.

export class Words {
  /** @param {Record<string, Record<string, string>>} languages code -> key -> words @param {string} language */
  constructor(languages, language) {
    this.languages = languages;
    /** @type {Record<string, string>} texts of the tables in Dutch, by their English */
    this.tables = {};
    this.language = Object.hasOwn(languages, language) ? language : "en";
    /** @type {Map<string, Intl.NumberFormat>} */
    this.writers = new Map();
  }

  /** @param {string} key @param {Record<string, string | number>} [fill] @returns {string} */
  say(key, fill = {}) {
    return this.languages[this.language][key].replace(/\{(\w+)\}/g, (_, name) => String(fill[name]));
  }

  /** Words of a key, within its table if they differ there, or the key itself where there are none yet.
   * @param {string} prefix @param {string} key @param {string} [table] @returns {string} */
  labelled(prefix, key, table = "") {
    const known = this.languages[this.language];
    return known[`${prefix}${table}_${key}`] ?? known[prefix + key] ?? key.replaceAll("_", " ");
  }

  /** A text of the tables, as the reader reads it; English where there is no other yet. @param {string} text @returns {string} */
  own(text) {
    return this.language === "nl" ? this.tables[text] ?? text : text;
  }

  /** The same as a piece of the page, marked with its language. @param {string} text @returns {HTMLElement} */
  told(text) {
    const found = document.createElement("span");
    found.textContent = this.own(text);
    found.lang = this.language === "nl" && text in this.tables ? "nl" : "en";
    return found;
  }

  /** A number as the language writes it; a writer of numbers is slow to make, so that each is kept.
   * @param {number} value @param {string} key of the writer @param {Intl.NumberFormatOptions} options @returns {string} */
  written(value, key, options) {
    const name = `${this.language} ${key}`;
    const writer = this.writers.get(name) ?? new Intl.NumberFormat(this.language, options);
    this.writers.set(name, writer);
    return writer.format(value).replace("-", "\u2212");
  }

  /** @param {number} value @param {number} [digits] behind the decimal sign @returns {string} */
  number(value, digits = 1) {
    const rounded = Number(value.toFixed(digits)) || 0; // never minus zero
    return this.written(rounded, `number ${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  /** @param {number} value with its sign @param {number} [digits] behind the decimal sign @returns {string} */
  change(value, digits = 1) {
    return (Number(value.toFixed(digits)) > 0 ? "+" : "") + this.number(value, digits);
  }

  /** @param {number} value without digits that say nothing @returns {string} */
  tick(value) {
    return this.written(value, "tick", { maximumFractionDigits: 2 });
  }

  /** @param {number} value as it is typed: all its digits, none grouped @returns {string} */
  plain(value) {
    return this.written(value, "plain", { maximumFractionDigits: 6, useGrouping: false }).replace("\u2212", "-");
  }

  /** @param {number} value to three digits @returns {string} */
  digits(value) {
    return this.written(value, "digits", { maximumSignificantDigits: 3 });
  }

  /** @param {number} share with a digit where it says something @returns {string} */
  fraction(share) {
    return this.written(share, "fraction", { style: "percent", maximumFractionDigits: 1 });
  }

  /** @param {number} share @returns {string} */
  percent(share) {
    return this.written(share, "percent", { style: "percent" });
  }
}
