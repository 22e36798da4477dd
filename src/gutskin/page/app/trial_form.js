// The form of a trial file, made from its JSON Schema: every change is one change of the file.

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
 */

const ORDER = ["eligibility", "visits", "arms", "conduct", "analysis"]; // then what few trials have
const FOLDED = 2; // controls that are worth a fold
const ONLY_IN_FILE = ["published", "strains"]; // long tables: written by hand

/** @param {any} schema of a trial file @param {Editor} editor @returns {HTMLElement[]} */
export function formParts(schema, editor) {
  const { value, words } = editor;
  /** @type {[string, any][]} */
  const entries = Object.entries(schema.properties);
  const isTable = (/** @type {any} */ one) => tableOf(one, editor) !== null || one.type === "array" && one.items.$ref;
  const listed = entries.filter(([key, one]) => isTable(one) && !ONLY_IN_FILE.includes(key)).map(([key]) => key);
  const loose = folded([], entries.filter(([, one]) => !isTable(one)), schema.required, value, editor);
  const tables = [...ORDER.filter((key) => listed.includes(key)), ...listed.filter((key) => !ORDER.includes(key))].map((key) =>
    key === "arms" ? armsPart(schema.properties.arms.items, editor)
      : schema.properties[key].type === "array" ? listPart(key, schema.properties[key].items, editor) : tablePart([key], tableOf(schema.properties[key], editor), value[key] ?? {}, editor));
  const rest = ONLY_IN_FILE.filter((key) => key in value).map((key) => group(words.labelled("key_", key === "strains" ? "own_strains" : key), [
    make("p", { class: "quiet", textContent: words.say("trial_in_file") }),
  ]));
  const isRare = (/** @type {HTMLElement} */ one) => one.classList.contains("rare");
  const rare = tables.filter(isRare);
  const few = make("details", { id: idOf(["rare"]), class: "rare" }, [make("summary", { textContent: words.say("trial_rare", { count: rare.length }) }), ...rare]);
  return [make("fieldset", {}, loose), ...tables.filter((one) => !isRare(one)), ...(rare.length ? [few] : []), ...rest];
}

/** The schema of a table, or of one that may be left out; null of anything else. @param {any} schema @param {Editor} editor */
function tableOf(schema, { given }) {
  const forms = [schema, ...(schema.anyOf ?? [])].map((one) => formOf(one, given.defs));
  return forms.find((one) => one.type === "object" && one.properties) ?? null;
}

/** @param {string} legend @param {Node[]} inside @returns {HTMLElement} */
function group(legend, inside) {
  return make("fieldset", {}, [make("legend", { textContent: legend }), ...inside]);
}

/** @param {Path} path @param {any} schema @param {any} value @param {Editor} editor */
function tablePart(path, schema, value, editor) {
  const keys = Object.entries(schema.properties).filter(([, one]) => /** @type {any} */ (one).const === undefined);
  const parts = folded(path, keys, schema.required, value, editor);
  const name = editor.words.labelled("key_", String(path[0]));
  if (ORDER.includes(String(path[0])) || Object.keys(value).length) return group(name, parts);
  return make("details", { id: idOf(path), class: "rare" }, [make("summary", { textContent: name }), ...parts]); // few trials have it
}

/** Controls of a table: what the file has, or must have, at once; what it may have besides, folded.
 * @param {Path} path @param {[string, any][]} keys each with its schema @param {string[] | undefined} required @param {any} value @param {Editor} editor
 * @returns {HTMLElement[]} */
function folded(path, keys, required, value, editor) {
  const part = (/** @type {[string, any]} */ [key, one]) => (one.items?.discriminator
    ? make("div", {}, thingsPart([...path, key], value[key], one.items, editor)) : control([...path, key], one, value[key], editor));
  const there = (/** @type {[string, any]} */ [key, one]) => key in value || required?.includes(key) || one.items?.discriminator;
  const rest = keys.filter((key) => !there(key));
  if (rest.length < FOLDED) return keys.map(part);
  const head = make("summary", { textContent: editor.words.say("trial_also", { count: rest.length }) });
  return [...keys.filter(there).map(part), make("details", { id: idOf([...path, "also"]), class: "also" }, [head, ...rest.map(part)])];
}

/** A list of tables. @param {string} key @param {any} schema of one @param {Editor} editor */
function listPart(key, schema, editor) {
  const { words, value } = editor;
  const name = words.labelled("key_", key);
  const form = formOf(schema, editor.given.defs);
  const tables = /** @type {any[]} */ (Array.isArray(value[key]) ? value[key] : []).map((table, number) => make("div", { class: "given" }, [
    ...folded([key, number], Object.entries(form.properties ?? {}), form.required, table ?? {}, editor),
    make("button", { type: "button", class: "small", id: idOf([key, number, "remove"]), textContent: words.say("trial_remove_what", { what: `${name} ${number + 1}` }), onclick: () => editor.remove([key, number]) }),
  ]));
  const add = make("button", { type: "button", id: idOf([key, "add"]), textContent: words.say("trial_add"), onclick: () => editor.add([key], {}) });
  return tables.length ? group(name, [...tables, add]) : make("details", { id: idOf([key]), class: "rare" }, [make("summary", { textContent: name }), add]);
}

/** @param {any} schema of an arm @param {Editor} editor */
function armsPart(schema, editor) {
  const { words, value } = editor;
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const form = formOf(schema, editor.given.defs);
  const arms = /** @type {any[]} */ (Array.isArray(value.arms) ? value.arms : []).map((arm, number) => {
    const path = ["arms", number];
    const name = String(arm.label || arm.name || number + 1);
    const fields = folded(path, Object.entries(form.properties).filter(([key]) => key !== "interventions"), form.required, arm, editor);
    const remove = make("button", { type: "button", id: idOf([...path, "remove"]), textContent: say("trial_remove_arm", { name }), onclick: () => editor.remove(path) });
    return group(say("trial_arm", { name }), [
      ...fields, ...thingsPart([...path, "interventions"], arm.interventions, form.properties.interventions.items, editor), make("p", {}, [remove]),
    ]);
  });
  const more = make("button", { type: "button", id: "trial-add-arm", textContent: say("trial_add_arm"), onclick: () => editor.add(["arms"], { name: `arm_${arms.length + 1}`, n: 20 }) });
  return make("div", {}, [make("h3", { textContent: say("key_arms") }), ...arms, make("p", {}, [more])]);
}

/** All that somebody is given, and what can be added. @param {Path} path of the list @param {any} given @param {any} schema of one
 * @param {Editor} editor @returns {Node[]} */
function thingsPart(path, given, schema, editor) {
  const say = (/** @type {string} */ key) => editor.words.say(key);
  const above = path.slice(0, -1);
  const things = /** @type {any[]} */ (Array.isArray(given) ? given : []).map((one, place) => thingPart([...path, place], one, schema, editor));
  const kind = make("select", { id: idOf([...above, "kind"]) });
  kind.append(...Object.keys(schema.discriminator.mapping).map((one) => make("option", { value: one, textContent: editor.words.labelled("kind_", one) })));
  const add = make("button", { type: "button", id: idOf([...above, "add"]), textContent: say("trial_add"), onclick: () => editor.add(path, { kind: kind.value }) });
  return [
    make("h4", { textContent: say("key_interventions") }),
    ...(things.length ? things : [make("p", { class: "quiet", textContent: say("trial_nothing_given") })]),
    make("p", {}, [make("label", { for: kind.id, textContent: `${say("trial_add_what")} ` }), kind, " ", add]),
  ];
}

/** One thing that is given. @param {Path} path @param {any} thing @param {any} schema @param {Editor} editor */
function thingPart(path, thing, schema, editor) {
  const { words, given } = editor;
  const mapping = schema.discriminator.mapping;
  const known = typeof thing.kind === "string" && Object.hasOwn(mapping, thing.kind);
  const name = known ? words.labelled("kind_", thing.kind) : String(thing.kind ?? "?");
  const form = known ? formOf({ $ref: mapping[thing.kind] }, given.defs) : { properties: {} };
  const keys = Object.keys(form.properties).filter((key) => key !== "kind").sort((one, other) => Number(one.endsWith("_week")) - Number(other.endsWith("_week")));
  const remove = make("button", { type: "button", class: "small", id: idOf([...path, "remove"]), textContent: words.say("trial_remove_what", { what: name }), onclick: () => editor.remove(path) });
  return make("div", { class: "given" }, [make("b", { textContent: name }), make("div", { class: "inside" }, [...folded(path, keys.map((key) => [key, form.properties[key]]), form.required, thing, editor), remove])]);
}

/** @param {Path} path @returns {string} */
function idOf(path) {
  return `trial-${path.join("-")}`;
}

/** One key of the file. @param {Path} path @param {any} schema @param {any} value @param {Editor} editor @returns {HTMLElement} */
function control(path, schema, value, editor) {
  const { words, given } = editor;
  const [id, label] = [idOf(path), words.labelled("key_", String(path[path.length - 1]))];
  const forms = (schema.anyOf ?? schema.oneOf ?? [schema]).map((/** @type {any} */ one) => formOf(one, given.defs)).filter((/** @type {any} */ one) => one.type !== "null");
  const form = forms.find((/** @type {any} */ one) => Array.isArray(value) ? one.type === "array" : value && typeof value === "object" ? one.type === "object" : true) ?? forms[0];
  if (form.type === "boolean" && schema.anyOf) {
    const among = /** @type {[string, string][]} */ ([["", words.say("trial_everybody")], ["yes", words.say("trial_yes")], ["no", words.say("trial_no")]]);
    return choice({ id, label, value: value === undefined ? "" : value ? "yes" : "no", among, change: (chosen) => (chosen ? editor.put(path, chosen === "yes") : editor.remove(path)) });
  }
  if (form.type === "object" && !form.properties)
    return make("p", { class: value === undefined ? "none" : "quiet", textContent: value === undefined ? "" : `${label}: ${words.say("trial_in_file")}` });
  if (form.type === "boolean") return tick({ id, label, checked: value ?? schema.default ?? false, change: (checked) => editor.put(path, checked) });
  if (form.type === "array" && form.items?.[NAME_OF]) return namesControl(path, label, form.items[NAME_OF], value ?? [], editor);
  if (form.type === "object") return make("div", { class: "control" }, [make("span", { textContent: `${label}, ${words.say("trial_prior")}` }),
    ...Object.entries(form.properties).map(([key, one]) => control([...path, key], one, (value ?? {})[key], editor))]);
  const among = form.enum ?? (form[NAME_OF] && (form[NAME_OF] === "strain" ? given.names.codes : given.names[form[NAME_OF]]));
  if (among) {
    const there = value === undefined ? "" : among.find((/** @type {string} */ one) => one.toLowerCase() === String(value).toLowerCase()) ?? String(value);
    const options = [...new Set([...(value === undefined || form.enum === undefined ? [""] : []), there, ...among])];
    return choice({ id, label, value: there, among: options.map((one) => [one, one || `${words.say("trial_default")}${schema.default ? ` (${schema.default})` : ""}`]),
      change: (chosen) => (chosen ? editor.put(path, chosen) : editor.remove(path)) });
  }
  return boxControl(path, form, label, value, schema.default, editor);
}

/** Text, a number, or a few numbers. @param {Path} path @param {any} form @param {string} label @param {any} value @param {any} usual
 * @param {Editor} editor */
function boxControl(path, form, label, value, usual, editor) {
  const { words } = editor;
  const id = idOf(path);
  const many = form.type === "array";
  const wide = form.type === "string" ? "text wide" : "text";
  const shown = (/** @type {any} */ one) => (typeof one === "number" ? numberText(one, words) : String(one ?? ""));
  const box = make("input", { type: "text", id, class: wide, value: many ? (value ?? []).map(shown).join("  ") : shown(value), "aria-describedby": `${id}-wrong` });
  if (usual !== undefined && usual !== null && usual !== "") box.placeholder = `${words.say("trial_default")}: ${shown(usual)}`;
  const wrong = make("span", { class: "wrong", id: `${id}-wrong` });
  box.onchange = () => {
    const text = box.value.trim();
    if (text === "") return editor.remove(path);
    const given = form.type === "string" ? text : many ? text.split(/[\s;]+/).filter(Boolean).map(scientific) : scientific(text);
    const whole = (/** @type {Path} */ at) => (at.length === path.length ? Number.isInteger(given) : Number.isInteger(given[/** @type {number} */ (at[at.length - 1])]));
    const [fault] = faults(given, form, { ...editor.given, isWhole: whole }, path);
    wrong.textContent = fault ? editor.told(fault) : "";
    box.setAttribute("aria-invalid", String(Boolean(fault)));
    if (!fault) editor.put(path, given);
  };
  const how = many ? `${label} (${words.say("trial_list")})` : label;
  return make("div", { class: "control" }, [make("label", { for: id, textContent: how }), box, wrong]);
}

/** Several names of a list. @param {Path} path @param {string} label @param {string} what @param {string[]} value @param {Editor} editor */
function namesControl(path, label, what, value, editor) {
  const known = what === "strain" ? editor.given.names.codes : editor.given.names[what];
  const same = (/** @type {string} */ one) => value.find((other) => String(other).toLowerCase() === one.toLowerCase());
  const ticks = known.map((one) => tick({
    id: idOf([...path, one.replace(/[^A-Za-z0-9]/g, "_")]), label: one, checked: same(one) !== undefined, language: "en",
    change: (checked) => {
      const there = same(one);
      editor.put(path, checked ? [...value, one] : value.filter((other) => other !== there));
    },
  }));
  const head = make("summary", { textContent: `${label}: ${value.join(", ")}` });
  return make("details", { id: idOf(path), "data-path": keyOf(path) }, [head, make("div", { class: "list" }, ticks)]);
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
