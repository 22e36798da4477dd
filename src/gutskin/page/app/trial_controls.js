// The controls of a trial's form: one key of the file each, whatever its schema says it holds.

import { choice, make, tick, typed } from "./controls.js";
import { faults, formOf, NAME_OF } from "./schema.js";
import { keyOf } from "./toml.js";

/**
 * @typedef {import("./toml.js").Path} Path
 * @typedef {import("./words.js").Words} Words
 * @typedef {object} Editor what a form is given
 * @property {any} value of the file @property {Words} words @property {import("./schema.js").With} given
 * @property {(fault: import("./schema.js").Fault) => string} told a fault in words
 * @property {(path: Path, value: any) => void} put @property {(path: Path) => void} remove
 * @property {(path: Path, table: Record<string, any>) => void} add
 * @typedef {{path: Path, label: string, form: any, value: any, usual: any, editor: Editor}} Control
 *   form: what of its schema fits the value; usual: what holds where the file says nothing
 */

/** @param {Path} path @returns {string} */
export function idOf(path) {
  return `trial-${path.join("-")}`;
}

/** One key of the file. @param {Path} path @param {any} schema @param {any} value @param {Editor} editor @returns {HTMLElement} */
export function control(path, schema, value, editor) {
  const { words, given } = editor;
  const forms = (schema.anyOf ?? schema.oneOf ?? [schema]).map((/** @type {any} */ one) => formOf(one, given.defs)).filter((/** @type {any} */ one) => one.type !== "null");
  const form = forms.find((/** @type {any} */ one) => Array.isArray(value) ? one.type === "array" : value && typeof value === "object" ? one.type === "object" : true) ?? forms[0];
  const [key, table] = path.filter((one) => typeof one === "string").reverse();
  const what = { path, label: words.labelled("key_", String(key), String(table)), form, value, usual: schema.default, editor };
  if (form.type === "boolean") return schema.anyOf ? whetherControl(what) : tick({ id: idOf(path), label: what.label, checked: value ?? schema.default ?? false, change: (checked) => editor.put(path, checked) });
  if (form.type === "object" && form.properties) return tableControl(what, forms.some((/** @type {any} */ one) => one.type === "number"));
  if (form.type === "object") return mapControl(what);
  if (form.type === "array") return listControl(what);
  const among = form.enum ?? knownOf(form, editor);
  return among ? nameControl(what, among) : boxControl(what);
}

/** Names that may stand here, as they are suggested; nothing where any may. @param {any} form @param {Editor} editor @returns {string[] | undefined} */
function knownOf(form, { given }) {
  return form[NAME_OF] && (form[NAME_OF] === "strain" ? given.names.codes : given.names[form[NAME_OF]]);
}

/** Everybody, those who are, or those who are not. @param {Control} what @returns {HTMLElement} */
function whetherControl({ path, label, value, editor }) {
  const { words } = editor;
  const among = /** @type {[string, string][]} */ ([["", words.say("trial_everybody")], ["yes", words.say("trial_yes")], ["no", words.say("trial_no")]]);
  return choice({ id: idOf(path), label, value: value === undefined ? "" : value ? "yes" : "no", among, change: (chosen) => (chosen ? editor.put(path, chosen === "yes") : editor.remove(path)) });
}

/** One of some names. @param {Control} what @param {string[]} among @returns {HTMLElement} */
function nameControl({ path, label, form, value, usual, editor }, among) {
  const there = value === undefined ? "" : among.find((one) => one.toLowerCase() === String(value).toLowerCase()) ?? String(value);
  const options = [...new Set([...(value === undefined || form.enum === undefined ? [""] : []), there, ...among])];
  return choice({ id: idOf(path), label, value: there, among: options.map((one) => [one, one || `${editor.words.say("trial_default")}${usual ? ` (${usual})` : ""}`]),
    change: (chosen) => (chosen ? editor.put(path, chosen) : editor.remove(path)) });
}

/** A table within a table. @param {Control} what @param {boolean} isWidth whether it stands for a number that is not known @returns {HTMLElement} */
function tableControl({ path, label, form, value, editor }, isWidth) {
  const head = isWidth ? `${label}, ${editor.words.say("trial_prior")}` : label;
  return make("fieldset", { class: "inner" }, [make("legend", { textContent: head }), ...controlsOf(path, form, value, editor)]);
}

/** @param {Path} path @param {any} form of a table @param {any} value @param {Editor} editor @returns {HTMLElement[]} */
function controlsOf(path, form, value, editor) {
  return Object.entries(form.properties).map(([key, one]) => control([...path, key], one, (value ?? {})[key], editor));
}

/** Names, each with one of some words. @param {Control} what @returns {HTMLElement} */
function mapControl({ path, label, form, value = {}, editor }) {
  const { words } = editor;
  const known = form.propertyNames && knownOf(form.propertyNames, editor);
  const among = form.additionalProperties?.enum;
  if (!known || !among) return make("p", { class: Object.keys(value).length ? "quiet" : "none", textContent: Object.keys(value).length ? `${label}: ${words.say("trial_in_file")}` : "" });
  const rows = Object.entries(value).map(([key, one]) => choice({
    id: idOf([...path, key]), label: key, value: String(one), among: ["", ...among].map((name) => [name, name || words.say("trial_default")]),
    change: (chosen) => (chosen ? editor.put([...path, key], chosen) : editor.remove([...path, key])),
  }));
  const left = known.filter((/** @type {string} */ key) => !Object.hasOwn(value, key));
  const more = choice({ id: idOf([...path, "add"]), label: words.say("trial_add"), value: "", among: ["", ...left].map((key) => [key, key || "–"]), change: (key) => key && editor.put([...path, key], among[0]) });
  return make("fieldset", { class: "inner" }, [make("legend", { textContent: label }), ...rows, more]);
}

/** Several of something. @param {Control} what @returns {HTMLElement} */
function listControl(what) {
  const { form, editor } = what;
  const one = itemOf(form, editor);
  if (one.type === "object" && one.properties) return tablesControl(what, one);
  const known = one.enum ?? knownOf(one, editor);
  return known ? namesControl(what, known) : boxControl(what);
}

/** What a list has as its first. @param {any} form of a list @param {Editor} editor @returns {any} */
function itemOf(form, { given }) {
  return formOf(form.items ?? form.prefixItems?.[0] ?? {}, given.defs);
}

/** A list of tables within a table. @param {Control} what @param {any} form of one @returns {HTMLElement} */
function tablesControl({ path, label, value, editor }, form) {
  const { words } = editor;
  const tables = /** @type {any[]} */ (Array.isArray(value) ? value : []).map((table, number) => make("div", { class: "given" }, [
    ...controlsOf([...path, number], form, table, editor),
    make("button", { type: "button", class: "small", id: idOf([...path, number, "remove"]), textContent: words.say("trial_remove_what", { what: `${label} ${number + 1}` }), onclick: () => editor.remove([...path, number]) }),
  ]));
  const add = make("button", { type: "button", id: idOf([...path, "add"]), "aria-label": `${label}: ${words.say("trial_add")}`, textContent: words.say("trial_add"), onclick: () => editor.add(path, {}) });
  return make("fieldset", { class: "inner" }, [make("legend", { textContent: label }), ...tables, add]);
}

/** Several names of a list. @param {Control} what @param {string[]} known @returns {HTMLElement} */
function namesControl({ path, label, value = [], editor }, known) {
  const same = (/** @type {string} */ one) => value.find((/** @type {any} */ other) => String(other).toLowerCase() === one.toLowerCase());
  const ticks = known.map((one) => tick({
    id: idOf([...path, one.replace(/[^A-Za-z0-9]/g, "_")]), label: one, checked: same(one) !== undefined, language: "en",
    change: (checked) => {
      const there = same(one);
      editor.put(path, checked ? [...value, one] : value.filter((/** @type {any} */ other) => other !== there));
    },
  }));
  const head = make("summary", { textContent: `${label}: ${value.join(", ")}` });
  return make("details", { id: idOf(path), "data-path": keyOf(path) }, [head, make("div", { class: "list" }, ticks)]);
}

/** Text, a number, or a few of them, typed. @param {Control} what @returns {HTMLElement} */
function boxControl({ path, label, form, value, usual, editor }) {
  const { words } = editor;
  const id = idOf(path);
  const box = make("input", { type: "text", id, class: form.type === "string" ? "text wide" : "text", value: shown(value, words), "aria-describedby": `${id}-wrong` });
  if (usual !== undefined && usual !== null && shown(usual, words) !== "") box.placeholder = `${words.say("trial_default")}: ${shown(usual, words)}`;
  const wrong = make("span", { class: "wrong", id: `${id}-wrong`, role: "status" });
  box.onchange = () => {
    const text = box.value.trim();
    if (text === "") return editor.remove(path);
    const given = meant(text, form, editor);
    const whole = (/** @type {Path} */ at) => Number.isInteger(at.slice(path.length).reduce((/** @type {any} */ one, key) => one[key], given));
    const [fault] = faults(given, form, { ...editor.given, isWhole: whole }, path);
    wrong.textContent = fault ? editor.told(fault) : "";
    box.setAttribute("aria-invalid", String(Boolean(fault)));
    if (!fault) editor.put(path, given);
  };
  const how = form.type !== "array" ? label : `${label} (${words.say(itemOf(form, editor).type === "array" ? "trial_pairs" : "trial_list")})`;
  return make("div", { class: "control" }, [make("label", { for: id, textContent: how }), box, wrong]);
}

/** What a text stands for: lists have blanks between their elements, lists of lists semicolons.
 * @param {string} text @param {any} form @param {Editor} editor @returns {any} */
function meant(text, form, editor) {
  if (form.type === "string") return text;
  if (form.type !== "array") return scientific(text);
  const one = itemOf(form, editor);
  return text.split(one.type === "array" ? /;/ : /[\s;]+/).map((part) => part.trim()).filter(Boolean).map((part) => meant(part, one, editor));
}

/** @param {any} value @param {Words} words @returns {string} as `meant` reads it */
function shown(value, words) {
  if (Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? one.map((each) => shown(each, words)).join(" ") : shown(one, words))).join(Array.isArray(value[0]) ? "; " : "  ");
  return typeof value === "number" ? numberText(value, words) : String(value ?? "");
}

/** A number as people write it, powers of ten too. @param {string} text @returns {number} */
function scientific(text) {
  const [, digits, power] = /^(.*?)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  return power === undefined ? typed(text) : Number(`${typed(digits ?? "")}e${power}`);
}

/** @param {number} value @param {Words} words @returns {string} */
function numberText(value, words) {
  if (Math.abs(value) >= 1e6) return value.toExponential().replace("e+", "e").replace(".", words.language === "nl" ? "," : ".");
  return String(value).replace(".", words.language === "nl" ? "," : ".");
}
