// What a TOML text has as values beside arrays and tables: text, truths, numbers.

/** @typedef {{text: string, at: number, fail: (key: string, at?: number, what?: string) => never}} At a reader, and where it is */

const ESCAPES = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };
const NUMBER = /^[+-]?(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?$/;
const BASED = { "0x": /^[0-9a-fA-F](?:_?[0-9a-fA-F])*$/, "0o": /^[0-7](?:_?[0-7])*$/, "0b": /^[01](?:_?[01])*$/ };

/** A truth or a number, and its kind. @param {At} reader @returns {[any, string]} */
export function plainOf(reader) {
  const [word = ""] = /^[^\s,\]}#=]+/.exec(reader.text.slice(reader.at, reader.at + 400)) ?? [];
  if (word === "true" || word === "false") return taken(reader, word, word === "true", "truth");
  const based = /** @type {RegExp | undefined} */ (/** @type {any} */ (BASED)[word.slice(0, 2)]);
  if (based?.test(word.slice(2))) return taken(reader, word, Number(word.replaceAll("_", "")), "whole");
  if (NUMBER.test(word)) return taken(reader, word, Number(word.replaceAll("_", "")), /[.eE]/.test(word) ? "number" : "whole");
  const [, sign, name] = /^([+-]?)(inf|nan)$/.exec(word) ?? [];
  if (name) return taken(reader, word, name === "nan" ? NaN : sign === "-" ? -Infinity : Infinity, "number");
  return reader.fail("toml_value", reader.at, word.slice(0, 40));
}

/** @param {At} reader @param {string} word @param {any} value @param {string} kind @returns {[any, string]} */
function taken(reader, word, value, kind) {
  reader.at += word.length;
  return [value, kind];
}

/** Text within quotes. @param {At} reader @returns {string} */
export function stringOf(reader) {
  const { text } = reader;
  const from = reader.at;
  const mark = text[from];
  const long = text.startsWith(mark.repeat(3), from);
  reader.at += long ? 3 : 1;
  if (long) reader.at += /^\r?\n/.exec(text.slice(reader.at, reader.at + 2))?.[0].length ?? 0;
  let found = "";
  for (;;) {
    const letter = text[reader.at];
    if (letter === undefined || (!long && /[\r\n]/.test(letter))) reader.fail("toml_open", from, mark);
    if (letter === mark && (!long || text.startsWith(mark.repeat(3), reader.at))) {
      if (!long) break;
      let count = 3; // one or two more marks may stand before the three that end it
      while (count < 5 && text[reader.at + count] === mark) count++;
      found += mark.repeat(count - 3);
      reader.at += count - 1;
      break;
    }
    if (letter === "\\" && mark === '"') found += escaped(reader, long);
    else if (forbidden(letter) && !(long && /[\r\n]/.test(letter))) reader.fail("toml_letter");
    else {
      if (letter !== "\r") found += letter;
      reader.at++;
    }
  }
  reader.at++;
  return found;
}

/** @param {At} reader @param {boolean} long whether an end of a line may be left out @returns {string} */
function escaped(reader, long) {
  const after = reader.text.slice(reader.at + 1, reader.at + 10);
  const [gap] = (long && /^[ \t]*\r?\n[\s]*/.exec(reader.text.slice(reader.at + 1))) || [];
  if (gap !== undefined && gap !== "") {
    reader.at += 1 + /** @type {string[]} */ (/^[ \t\r\n]*/.exec(gap))[0].length;
    return "";
  }
  const [, short, long8] = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(after) ?? [];
  const code = parseInt(short ?? long8 ?? "", 16);
  if (Number.isFinite(code)) {
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) reader.fail("toml_escape");
    reader.at += short ? 6 : 10;
    return String.fromCodePoint(code);
  }
  if (!Object.hasOwn(ESCAPES, after[0])) reader.fail("toml_escape");
  reader.at += 2;
  return ESCAPES[/** @type {keyof ESCAPES} */ (after[0])];
}

/** @param {string} letter @returns {boolean} a letter of control that no text may have */
export function forbidden(letter) {
  return letter !== "\t" && (letter < " " || letter === "\x7f");
}
