// Every word that is seen, in the language of the reader; numbers as that language writes them.

export class Words {
  /** @param {Record<string, Record<string, string>>} languages code -> key -> words @param {string} language */
  constructor(languages, language) {
    this.languages = languages;
    /** @type {Record<string, string>} texts of the tables in Dutch, by their English */
    this.tables = {};
    this.language = Object.hasOwn(languages, language) ? language : "en";
  }

  /** @param {string} key @param {Record<string, string | number>} [fill] @returns {string} */
  say(key, fill = {}) {
    return this.languages[this.language][key].replace(/\{(\w+)\}/g, (_, name) => String(fill[name]));
  }

  /** Words of a key, or the rest of the key itself where there are none yet. @param {string} prefix @param {string} key @returns {string} */
  labelled(prefix, key) {
    return this.languages[this.language][prefix + key] ?? key.replaceAll("_", " ");
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

  /** @param {number} value @param {number} [digits] behind the decimal sign @returns {string} */
  number(value, digits = 1) {
    const rounded = Number(value.toFixed(digits)) || 0; // never minus zero
    const found = new Intl.NumberFormat(this.language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(rounded);
    return found.replace("-", "\u2212");
  }

  /** @param {number} value with its sign @returns {string} */
  change(value) {
    return (Number(value.toFixed(1)) > 0 ? "+" : "") + this.number(value);
  }

  /** @param {number} value without digits that say nothing @returns {string} */
  tick(value) {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: 2 }).format(value).replace("-", "\u2212");
  }

  /** @param {number} value as it is typed: all its digits, none grouped @returns {string} */
  plain(value) {
    return new Intl.NumberFormat(this.language, { maximumFractionDigits: 6, useGrouping: false }).format(value);
  }

  /** @param {number} value to three digits @returns {string} */
  digits(value) {
    return new Intl.NumberFormat(this.language, { maximumSignificantDigits: 3 }).format(value).replace("-", "\u2212");
  }

  /** @param {number} share with a digit where it says something @returns {string} */
  fraction(share) {
    return new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 1 }).format(share);
  }

  /** @param {number} share @returns {string} */
  percent(share) {
    return new Intl.NumberFormat(this.language, { style: "percent" }).format(share).replace("-", "\u2212");
  }
}
