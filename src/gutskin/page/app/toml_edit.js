// A value of a TOML text changed, added or taken out; everything else stays as it was written, remarks too.

import { keyOf, readToml } from "./toml.js";

/** @typedef {import("./toml.js").Path} Path */

/** Put a value where it is, or add it to its table. @param {string} text sound @param {Path} path @param {any} value @returns {string} */
export function put(text, path, value) {
  const { places, heads } = readToml(text);
  const place = places.get(keyOf(path));
  if (place) return text.slice(0, place.from) + writtenValue(value) + text.slice(place.to);
  const key = writtenKey(String(path[path.length - 1]));
  const above = path.slice(0, -1);
  const inline = places.get(keyOf(above));
  if (inline?.kind === "inline") {
    const body = text.slice(inline.from + 1, inline.to - 1).trim();
    const whole = `{ ${body}${body ? ", " : ""}${key} = ${writtenValue(value)} }`;
    return text.slice(0, inline.from) + whole + text.slice(inline.to);
  }
  const head = heads.findLast((one) => keyOf(one.path) === keyOf(above));
  if (head) return inserted(text, head.last, `${key} = ${writtenValue(value)}\n`);
  const at = endOf(text, above.slice(0, -1));
  return inserted(text, at, `\n[${above.filter((one) => typeof one === "string").map((one) => writtenKey(String(one))).join(".")}]\n${key} = ${writtenValue(value)}\n`);
}

/** Take out a value with its line, or a table of an array with all that belongs to it.
 * @param {string} text sound @param {Path} path @returns {string} */
export function without(text, path) {
  const { value, places, heads } = readToml(text);
  const place = places.get(keyOf(path));
  if (!place) return text;
  const around = places.get(keyOf(path.slice(0, -1)));
  if (around?.kind === "inline") {
    const { [path[path.length - 1]]: gone, ...left } = valueAt(value, path.slice(0, -1));
    return text.slice(0, around.from) + writtenValue(left) + text.slice(around.to);
  }
  if (place.kind !== "table") {
    const end = text.indexOf("\n", place.to);
    return text.slice(0, place.begin) + (end < 0 ? "" : text.slice(end + 1));
  }
  const first = heads.findIndex((one) => keyOf(one.path) === keyOf(path));
  let after = first + 1;
  while (after < heads.length && belongs(heads[after].path, path)) after++;
  return text.slice(0, heads[first].from) + text.slice(heads[after - 1].last).replace(/^\n/, "");
}

/** Add a table to an array of tables. @param {string} text sound @param {Path} path of the array
 * @param {Record<string, any>} table @returns {string} */
export function added(text, path, table) {
  const name = path.filter((one) => typeof one === "string").map((one) => writtenKey(String(one))).join(".");
  const lines = Object.entries(table).map(([key, value]) => `${writtenKey(key)} = ${writtenValue(value)}\n`);
  const { heads } = readToml(text);
  const there = heads.some((one) => belongs(one.path, path));
  return inserted(text, endOf(text, there ? path : path.slice(0, -1)), `\n[[${name}]]\n${lines.join("")}`);
}

/** @param {any} value @param {Path} path @returns {any} what stands there */
function valueAt(value, path) {
  return path.reduce((one, key) => one[key], value);
}

/** @param {string} text @param {number} at @param {string} more @returns {string} */
function inserted(text, at, more) {
  const before = text.slice(0, at);
  return before + (before === "" || before.endsWith("\n") ? "" : "\n") + more + text.slice(at);
}

/** Behind the last line of a table and of all that belongs to it; of one that is not there, the end of the text.
 * @param {string} text @param {Path} path @returns {number} */
function endOf(text, path) {
  const { heads } = readToml(text);
  const last = path.length ? heads.findLast((one) => belongs(one.path, path)) : undefined;
  return last?.last ?? text.length;
}

/** @param {Path} path @param {Path} above @returns {boolean} whether a path is, or lies in, the other */
function belongs(path, above) {
  return above.every((one, number) => path[number] === one);
}

/** @param {string} key @returns {string} */
export function writtenKey(key) {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key);
}

/** @param {any} value @returns {string} as a file has it */
export function writtenValue(value) {
  if (Array.isArray(value)) return `[${value.map(writtenValue).join(", ")}]`;
  if (typeof value === "object") return `{ ${Object.entries(value).map(([key, inner]) => `${writtenKey(key)} = ${writtenValue(inner)}`).join(", ")} }`;
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value).replace("Infinity", "inf").replace("NaN", "nan");
  if (typeof value === "number" && Math.abs(value) >= 1e6) return value.toExponential().replace("e+", "e");
  return Object.is(value, -0) ? "-0.0" : String(value).replace("e+", "e");
}

/** @param {string} text @returns {string} */
function quoted(text) {
  const short = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\" };
  return `"${[...text].map((letter) => /** @type {any} */ (short)[letter] ?? (letter < " " || letter === "\x7f" ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter)).join("")}"`;
}
