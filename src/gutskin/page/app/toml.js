// TOML as trial files use it, read with the place of every value; what Python's reader refuses is refused. No dates.

import { forbidden, plainOf, stringOf } from "./toml_scalars.js";

/**
 * @typedef {(string | number)[]} Path keys, and numbers of elements
 * @typedef {object} Place of a value, or of a table's head
 * @property {number} line counted from 1 @property {number} from @property {number} to its text
 * @property {number} begin of its line @property {string} kind what it is
 * @typedef {object} Head of a table
 * @property {Path} path @property {number} line @property {number} from of its line @property {number} last behind its last value
 * @typedef {{value: any, places: Map<string, Place>, heads: Head[]}} Read
 * @typedef {{explicit?: boolean, dotted?: boolean, frozen?: boolean}} State of a table
 */

const DEEPEST = 100; // tables, lists and keys within each other

export class NotToml extends Error {
  /** @param {string} key words of the page @param {number} line @param {string} [what] */
  constructor(key, line, what = "") {
    super(`${key} ${what} in line ${line}`);
    Object.assign(this, { key, what });
    this.key = key;
    this.line = line;
    this.what = what;
  }
}

/** @param {Path} path @returns {string} of a map of places */
export function keyOf(path) {
  return JSON.stringify(path);
}

/** @param {string} text @returns {Read} @throws {NotToml} at the first fault */
export function readToml(text) {
  return new Reader(text).whole();
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
    /** @type {Map<string, Place>} */
    this.places = new Map();
    /** @type {Map<any, State>} */
    this.states = new Map();
    this.root = {};
    /** @type {Head} */
    this.head = { path: [], line: 0, from: 0, last: 0 };
    this.heads = [this.head];
  }

  whole() {
    const { text } = this;
    const odd = text.search(/\r(?!\n)/);
    if (odd >= 0) this.fail("toml_letter", odd);
    let table = this.root;
    for (;;) {
      this.blank(true);
      if (this.at >= text.length) return { value: this.root, places: this.places, heads: this.heads };
      if (text[this.at] === "[") table = this.header();
      else this.pair(table, this.head.path, true);
      this.rest();
      if (this.head.path.length || this.places.size) this.head.last = this.at;
    }
  }

  /** @param {string} key @param {number} [at] @param {string} [what] @returns {never} */
  fail(key, at = this.at, what = "") {
    throw new NotToml(key, this.line(at), what);
  }

  /** @param {number} at @returns {number} */
  line(at) {
    return this.text.slice(0, at).split("\n").length;
  }

  /** Go past blanks and, where they may stand, ends of lines and remarks. @param {boolean} lines */
  blank(lines) {
    const { text } = this;
    for (;;) {
      while (text[this.at] === " " || text[this.at] === "\t" || (lines && /[\r\n]/.test(text[this.at] ?? ""))) this.at++;
      if (!lines || text[this.at] !== "#") return;
      this.remark();
    }
  }

  remark() {
    const { text } = this;
    while (this.at < text.length && !/[\r\n]/.test(text[this.at])) {
      if (forbidden(text[this.at])) this.fail("toml_letter");
      this.at++;
    }
  }

  /** The end of a line behind a statement. */
  rest() {
    this.blank(false);
    if (this.text[this.at] === "#") this.remark();
    if (this.at >= this.text.length) return;
    if (this.text[this.at] === "\r") this.at++;
    if (this.text[this.at] !== "\n") this.fail("toml_rest");
    this.at++;
  }

  /** @returns {any} the table that follows a head */
  header() {
    const from = this.at;
    const many = this.text[this.at + 1] === "[";
    this.at += many ? 2 : 1;
    this.blank(false);
    const keys = this.keys();
    this.blank(false);
    if (!this.text.startsWith(many ? "]]" : "]", this.at)) this.fail("toml_head");
    this.at += many ? 2 : 1;
    /** @type {Path} */
    const path = [];
    let table = this.root;
    keys.forEach((key, number) => {
      const last = number === keys.length - 1;
      path.push(key);
      let next = own(table, key);
      if (last && many) {
        if (next === undefined) next = fresh(table, key, []);
        else if (!Array.isArray(next) || this.states.get(next)?.frozen) this.fail("toml_twice", from, key);
        next.push({});
      } else if (next === undefined) next = fresh(table, key, {});
      if (Array.isArray(next)) {
        if (this.states.get(next)?.frozen || (last && !many)) this.fail("toml_twice", from, key);
        path.push(next.length - 1);
        next = next[next.length - 1];
      }
      if (typeof next !== "object" || this.states.get(next)?.frozen) this.fail("toml_twice", from, key);
      table = next;
    });
    const state = this.states.get(table) ?? {};
    if (state.explicit || state.dotted) this.fail("toml_twice", from, keys[keys.length - 1]);
    this.states.set(table, { explicit: true });
    this.head = { path, line: this.line(from), from: this.begin(from), last: this.at };
    this.heads.push(this.head);
    this.places.set(keyOf(path), { line: this.head.line, from, to: this.at, begin: this.head.from, kind: "table" });
    return table;
  }

  /** @param {number} at @returns {number} where its line begins */
  begin(at) {
    return this.text.lastIndexOf("\n", at - 1) + 1;
  }

  /** @returns {string[]} keys with points between them */
  keys() {
    const found = [this.key()];
    for (;;) {
      this.blank(false);
      if (this.text[this.at] !== ".") return found;
      this.at++;
      this.blank(false);
      found.push(this.key());
      if (found.length > DEEPEST) this.fail("toml_deep", this.at, String(DEEPEST));
    }
  }

  key() {
    const letter = this.text[this.at];
    if (letter === '"' || letter === "'") {
      if (this.text.startsWith(letter.repeat(3), this.at)) this.fail("toml_key");
      return stringOf(this);
    }
    const [bare = ""] = /^[A-Za-z0-9_-]+/.exec(this.text.slice(this.at, this.at + 200)) ?? [];
    if (!bare) this.fail("toml_key");
    this.at += bare.length;
    return bare;
  }

  /** A key and its value. @param {any} table @param {Path} path @param {boolean} dots whether a head may not reopen what they make */
  pair(table, path, dots) {
    const from = this.at;
    const keys = this.keys();
    const whole = [...path];
    let place = table;
    for (const key of keys.slice(0, -1)) {
      whole.push(key);
      const next = own(place, key);
      if (next === undefined) this.states.set(fresh(place, key, {}), { dotted: true });
      else if (typeof next !== "object" || Array.isArray(next) || this.states.get(next)?.frozen || (dots && this.states.get(next)?.explicit))
        this.fail("toml_twice", from, key);
      place = own(place, key);
      if (dots) this.states.set(place, { ...this.states.get(place), dotted: true });
    }
    if (this.text[this.at] !== "=") this.fail("toml_equals");
    this.at++;
    this.blank(false);
    const key = keys[keys.length - 1];
    if (own(place, key) !== undefined) this.fail("toml_twice", from, key);
    const value = this.value([...whole, key], from);
    fresh(place, key, value);
  }

  /** @param {Path} path @param {number} [keyed] where its key begins @returns {any} */
  value(path, keyed) {
    const from = this.at;
    if (path.length > DEEPEST) this.fail("toml_deep", from, String(DEEPEST));
    const letter = this.text[from] ?? "";
    let kind = "text";
    let found;
    if (letter === '"' || letter === "'") found = stringOf(this);
    else if (letter === "[") [found, kind] = [this.array(path), "array"];
    else if (letter === "{") [found, kind] = [this.inline(path), "inline"];
    else [found, kind] = plainOf(this);
    const start = keyed ?? from;
    this.places.set(keyOf(path), { line: this.line(start), from, to: this.at, begin: this.begin(start), kind });
    return found;
  }

  /** @param {Path} path */
  array(path) {
    const from = this.at++;
    /** @type {any[]} */
    const found = [];
    this.states.set(found, { frozen: true });
    for (;;) {
      this.blank(true);
      if (this.text[this.at] === "]") break;
      if (this.at >= this.text.length) this.fail("toml_open", from, "[");
      found.push(this.value([...path, found.length]));
      this.blank(true);
      if (this.text[this.at] === ",") this.at++;
      else if (this.text[this.at] !== "]") this.fail("toml_comma", this.at >= this.text.length ? from : this.at);
    }
    this.at++;
    return found;
  }

  /** @param {Path} path */
  inline(path) {
    const from = this.at++;
    const found = {};
    this.blank(false);
    while (this.text[this.at] !== "}") {
      this.pair(found, path, false);
      this.blank(false);
      if (this.text[this.at] === "}") break;
      if (this.text[this.at] !== ",") this.fail("toml_comma", this.at >= this.text.length ? from : this.at);
      this.at++;
      this.blank(false);
      if (this.text[this.at] === "}") this.fail("toml_comma");
    }
    this.at++;
    this.freeze(found);
    return found;
  }

  /** What is written inside a value stays as it is. @param {any} table */
  freeze(table) {
    this.states.set(table, { frozen: true });
    for (const inner of Object.values(table)) if (typeof inner === "object" && !Array.isArray(inner)) this.freeze(inner);
  }
}

/** @param {any} table @param {string} key @returns {any} */
function own(table, key) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** A key of a table's own, whatever it is called. @param {any} table @param {string} key @param {any} value @returns {any} the value */
function fresh(table, key, value) {
  Object.defineProperty(table, key, { value, enumerable: true, writable: true, configurable: true });
  return value;
}
