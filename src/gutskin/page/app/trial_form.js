// The form of a trial file, made from its JSON Schema: every change is one change of the file.

import { make } from "./controls.js";
import { formOf } from "./schema.js";
import { control, idOf } from "./trial_controls.js";

/**
 * @typedef {import("./toml.js").Path} Path
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./trial_controls.js").Editor} Editor
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
