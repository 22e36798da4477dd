// Whether a trial file has the form that its JSON Schema states: every fault with its place, in words of the page.

import { nearest } from "./nearest.js";

/**
 * @typedef {import("./toml.js").Path} Path
 * @typedef {any} Schema JSON Schema as pydantic writes it
 * @typedef {{path: Path, say: string, fill: Record<string, string | number>}} Fault
 * @typedef {{defs: Record<string, Schema>, names: Record<string, string[]>, isWhole: (path: Path) => boolean}} With what a schema refers to
 */

export const NAME_OF = "x-name-of"; // keyword of toml_file.py

/** @param {any} value @param {Schema} schema @param {With} given @param {Path} [path] @returns {Fault[]} */
export function faults(value, schema, given, path = []) {
  const form = formOf(schema, given.defs);
  const fault = (/** @type {string} */ say, /** @type {Record<string, string | number>} */ fill = {}, /** @type {Path} */ at = path) => [{ path: at, say, fill }];
  const others = /** @type {Schema[] | undefined} */ (form.anyOf ?? form.oneOf);
  if (form.discriminator) return ofKind(value, form, given, path);
  if (others) {
    const chosen = others.map((one) => formOf(one, given.defs)).filter((one) => one.type !== "null");
    const fit = chosen.find((one) => isOf(one.type, value, given.isWhole(path)));
    return fit ? faults(value, fit, given, path) : fault("trial_wrong_type", { wanted: chosen.map((one) => one.type).join("|") });
  }
  if (!isOf(form.type, value, given.isWhole(path))) return fault("trial_wrong_type", { wanted: form.type ?? "string" });
  const known = form.const !== undefined ? [form.const] : form.enum;
  if (known && !known.includes(value)) return fault("trial_one_of", { value, known: known.filter(Boolean).join(", "), nearest: nearest(String(value), known) });
  if (form[NAME_OF]) return named(value, form[NAME_OF], given, path);
  if (typeof value === "number") {
    const { minimum, maximum, exclusiveMinimum } = form;
    if (minimum !== undefined && value < minimum) return fault("trial_at_least", { least: minimum });
    if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return fault("trial_above", { least: exclusiveMinimum });
    if (maximum !== undefined && value > maximum) return fault("trial_at_most", { most: maximum });
  }
  if (Array.isArray(value)) return ofArray(value, form, given, path);
  return form.type === "object" ? ofTable(value, form, given, path) : [];
}

/** Names that a file may use: those that are known, and the strains that it has itself.
 * @param {any} value of the file @param {Record<string, string[]>} names @returns {Record<string, string[]>} */
export function namesOf(value, names) {
  const own = (Array.isArray(value.strains) ? value.strains : []).filter((/** @type {any} */ one) => typeof one?.id === "string");
  const codes = own.map((/** @type {any} */ one) => (typeof one.label === "string" && one.label) || one.id);
  return { ...names, strain: [...names.strain, ...own.map((/** @type {any} */ one) => one.id), ...codes], codes: [...names.codes, ...codes] };
}

/** A schema without its references. @param {Schema} schema @param {Record<string, Schema>} defs @returns {Schema} */
export function formOf(schema, defs) {
  const { $ref, ...more } = schema;
  return $ref ? { ...defs[$ref.replace("#/$defs/", "")], ...more } : schema;
}

/** @param {string | undefined} type @param {any} value @param {boolean} whole @returns {boolean} */
function isOf(type, value, whole) {
  if (type === "integer") return typeof value === "number" && whole;
  if (type === "number") return Number.isFinite(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && !Array.isArray(value);
  return type === undefined || typeof value === type;
}

/** @param {any[]} value @param {Schema} form @param {With} given @param {Path} path @returns {Fault[]} */
function ofArray(value, form, given, path) {
  const { minItems: least = 0, maxItems: most = Infinity, prefixItems: first = [], items = first[0] } = form;
  if (value.length < least || value.length > most) return [{ path, say: "trial_so_many", fill: { least, count: value.length } }];
  return value.flatMap((one, number) => faults(one, first[number] ?? items, given, [...path, number]));
}

/** @param {any} value @param {Schema} form @param {With} given @param {Path} path @returns {Fault[]} */
function ofTable(value, form, given, path) {
  const { properties = {}, required = [], additionalProperties: more } = form;
  const missing = required.filter((/** @type {string} */ key) => !Object.hasOwn(value, key));
  const found = missing.map((/** @type {string} */ key) => ({ path, say: "trial_missing", fill: { key } }));
  for (const [key, one] of Object.entries(value)) {
    const at = [...path, key];
    if (form.propertyNames?.[NAME_OF]) found.push(...named(key, form.propertyNames[NAME_OF], given, at));
    if (Object.hasOwn(properties, key)) found.push(...faults(one, properties[key], given, at));
    else if (more) found.push(...faults(one, more, given, at));
    else found.push({ path: at, say: "trial_unknown_key", fill: { key, nearest: nearest(key, Object.keys(properties)) } });
  }
  return found;
}

/** A table whose kind says what may stand in it. @param {any} value @param {Schema} form @param {With} given @param {Path} path
 * @returns {Fault[]} */
function ofKind(value, form, given, path) {
  const { mapping, propertyName } = form.discriminator;
  if (!isOf("object", value, false)) return [{ path, say: "trial_wrong_type", fill: { wanted: "object" } }];
  const kind = Object.hasOwn(value, propertyName) ? value[propertyName] : undefined;
  if (kind === undefined) return [{ path, say: "trial_missing", fill: { key: propertyName } }];
  if (typeof kind !== "string" || !Object.hasOwn(mapping, kind))
    return [{ path: [...path, propertyName], say: "trial_unknown", fill: { name: String(kind), nearest: nearest(String(kind), Object.keys(mapping)) } }];
  return faults(value, { $ref: mapping[kind] }, given, path);
}

/** @param {string} value @param {string} what @param {With} given @param {Path} path @returns {Fault[]} */
function named(value, what, { names }, path) {
  const known = names[what] ?? [];
  const same = (/** @type {string} */ one) => one === value || (what === "strain" && one.toLowerCase() === value.toLowerCase());
  if (known.some(same)) return [];
  const short = what === "strain" ? names.codes : known; // strains go by id too, and are suggested by code
  return [{ path, say: "trial_unknown", fill: { name: value, nearest: nearest(value, short) } }];
}
