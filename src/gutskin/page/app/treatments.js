// What is given, on the left side: products and skin care as ticks, drugs of the tables as they are added.

import { choice, make, slider, tick } from "./controls.js";
import { coursesOf, lineOf } from "./courses.js";
import { calledOf, firstAge, freshOf, labelOf, offers, usesOf, withFresh, youngest } from "./given.js";
import { doseWords, ownDose } from "./own_dose.js";
import { GIVEN } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./settings.js").Treatment} Treatment
 * @typedef {import("./words.js").Words} Words
 * @typedef {(rebuild?: boolean) => void} Changed
 * @typedef {{settings: Settings, scene: any, words: Words, changed: Changed, told: (text: string) => void}} Panel settings are changed in place;
 *   told: a small word, seen and read aloud
 */

const TICKED = ["probiotic", "inulin", "emollient"];
const FIRST = { probiotic: 9.6, inulin: 10, emollient: 0.5 }; // dose at which each begins

/** @param {Panel} panel @returns {HTMLElement[]} */
export function treatments(panel) {
  const added = [...new Map(panel.settings.treatments.filter(({ kind }) => !TICKED.includes(kind)).map((one) => [lineOf(one), one])).values()];
  const drugs = added.length ? [make("ul", { class: "added", "aria-label": panel.words.say("added_drugs") }, added.map((one) => addedItem(one, panel)))] : [];
  return [...TICKED.map((kind) => ticked(/** @type {keyof typeof FIRST} */ (kind), panel)), ...drugs, adding(panel)];
}

/** The same for all courses of a treatment. @param {Settings} settings @param {string} line @param {Partial<Treatment>} what */
const putAll = (settings, line, what) => coursesOf(settings.treatments, line).forEach((course) => Object.assign(course, what));

/** One that is ticked. @param {keyof typeof FIRST} kind @param {Panel} panel */
function ticked(kind, { settings, scene, words, changed }) {
  const one = settings.treatments.find((treatment) => treatment.kind === kind);
  const put = (/** @type {Partial<Treatment>} */ what) => putAll(settings, kind, what);
  const on = tick({
    id: `give-${kind}`, label: words.say(kind), checked: one !== undefined,
    change: (checked) => {
      const strains = kind === "probiotic" ? { strains: /** @type {string[]} */ (Object.values(scene.mixtures)[0]).slice() } : {};
      if (checked) settings.treatments.push({ kind, start: 0, end: settings.weeks, level: FIRST[kind], ...strains });
      else settings.treatments = settings.treatments.filter((treatment) => treatment.kind !== kind);
      changed(true);
    },
  });
  if (!one) return on;
  const inside = [level(one, kind, words, put, changed), ...(kind === "probiotic" ? strainsOfMix(one.strains ?? [], put, scene, words, changed) : [])];
  return make("div", {}, [on, make("div", { class: "inside" }, inside)]);
}

/** @param {Treatment} one @param {string} line @param {Words} words @param {(what: Partial<Treatment>) => void} put @param {Changed} changed */
function level(one, line, words, put, changed) {
  return slider({
    id: `level-${line}`, label: words.say("dose"), unit: words.say(`${one.kind}_unit`), value: one.level, words, ...GIVEN[one.kind],
    change: (value) => { put({ level: value }); changed(); },
  });
}

/** One that was added, with its dose or the way it is used. @param {Treatment} one @param {Panel} panel */
function addedItem(one, { settings, scene, words, changed }) {
  const line = lineOf(one);
  const put = (/** @type {Partial<Treatment>} */ what) => putAll(settings, line, what);
  const name = labelOf(one, scene, words);
  const gone = make("button", {
    type: "button", class: "small", id: `remove-${line}`, textContent: "×", "aria-label": words.say("remove_named", { name: calledOf(one, scene, words) }),
    onclick: () => {
      settings.treatments = settings.treatments.filter((other) => lineOf(other) !== line);
      changed(true);
      document.getElementById("add-choice")?.focus();
    },
  });
  const age = firstAge(one, scene);
  const lacks = age > youngest(settings, scene) ? [make("p", { class: "wrong", id: `lacks-${line}`, textContent: words.say("lacks_dose", { age: words.tick(age) }) })] : [];
  return make("li", {}, [make("div", { class: "named" }, [make("b", { textContent: name }), gone]), ...lacks, ...doseControls(one, line, put, { settings, scene, words, changed })]);
}

/** @param {Treatment} one @param {string} line @param {(what: Partial<Treatment>) => void} put @param {Omit<Panel, "told">} panel @returns {HTMLElement[]} */
function doseControls(one, line, put, { settings, scene, words, changed }) {
  const { kind, name = "", use = "" } = one;
  const uses = usesOf(kind, name, scene);
  if (uses.length > 1)
    return [choice({
      id: `use-${line}`, label: words.say("use"), value: use, among: uses.map((way) => [way, words.say(`use_${way}`)]),
      change: (way) => {
        put({ use: way });
        changed(true);
        document.getElementById(`use-${lineOf({ ...one, use: way })}`)?.focus();
      },
    })];
  if (uses.length === 1) return [make("p", { class: "quiet", textContent: words.say(`use_${use}`) })];
  return kind === "biologic" || kind === "tablet" ? doses(one, line, put, { settings, scene, words, changed }) : [level(one, line, words, put, changed)];
}

/** The dose of a drug: the usual one for all of these people, or a list by age and weight; or one's own. @param {Treatment} one
 * @param {string} line @param {(what: Partial<Treatment>) => void} put @param {Omit<Panel, "told">} panel @returns {HTMLElement[]} */
function doses(one, line, put, { settings, scene, words, changed }) {
  const { tiers, blocks } = /** @type {{tiers: import("./given.js").Tier[], blocks: string}} */ (scene[one.kind][one.name ?? ""]);
  const [low, high] = settings.age === null ? scene.people[settings.who].ages : [settings.age, settings.age];
  const some = tiers.filter(({ age }) => age[0] <= high && (age[1] ?? Infinity) > low);
  const ends = (/** @type {"age" | "kg"} */ of, /** @type {[number, number | null]} */ [from, to]) =>
    to === null ? (from ? [words.say(`tier_${of}_from`, { from: words.tick(from) })] : []) : [words.say(`tier_${of}`, { from: words.tick(from), to: words.tick(to) })];
  const blocked = words.say("blocks", { what: blocks });
  const mine = ownDose(one, line, some, { scene, words, put, changed });
  if (one.own) return [make("p", { class: "quiet", textContent: blocked }), ...mine];
  if (new Set(some.map((tier) => doseWords(tier, words))).size <= 1)
    return [make("p", { class: "quiet", textContent: `${blocked}; ${some.length ? doseWords(some[0], words) : words.say("dose_by")}` }), ...mine];
  const each = some.map((tier) => make("li", { textContent: `${[...ends("age", tier.age), ...ends("kg", tier.kg)].join(", ")}: ${doseWords(tier, words)}` }));
  const list = make("details", { id: `doses-${line}` }, [make("summary", { textContent: words.say("dose_by") }), make("ul", { class: "doses" }, each)]);
  return [make("p", { class: "quiet", textContent: blocked }), list, ...mine];
}

/** A choice of all that the tables have, and a button that gives it. @param {Panel} panel */
function adding({ settings, scene, words, changed, told }) {
  const all = offers(settings, scene);
  const found = new Map(all.flatMap(([, some]) => some.map((one) => [lineOf(one), one])));
  const select = make("select", { id: "add-choice", "aria-describedby": "add-why" });
  select.append(make("option", { value: "", textContent: words.say("add_choose") }));
  for (const [kind, some] of all)
    select.append(make("optgroup", { label: words.say(`group_${kind}`) }, some.map((one) => {
      const blocks = one.name ? scene[kind]?.[one.name]?.blocks : words.say(`${one.kind}_unit`);
      const name = kind === "antibiotic" ? words.own(one.name) : labelOf(one, scene, words) + (blocks ? ` (${blocks})` : "");
      const why = one.why ? ` – ${words.say(`why_${one.why}`, { age: words.tick(one.age), count: scene.together })}` : "";
      return make("option", { value: lineOf(one), textContent: name + why, disabled: one.why !== "" });
    })));
  const add = make("button", {
    type: "button", id: "add-treatment", textContent: words.say("add"), disabled: true,
    onclick: () => {
      const one = found.get(select.value);
      if (!one || one.why) return;
      settings.treatments = withFresh(settings.treatments, freshOf(one.kind, one.name, settings, scene), settings.weeks);
      changed(true);
      told(words.say("added", { name: labelOf(one, scene, words) }));
      document.getElementById("add-choice")?.focus();
    },
  });
  select.onchange = () => { add.disabled = select.value === ""; };
  return make("div", { class: "control chosen adding" }, [
    make("label", { for: "add-choice", textContent: words.say("add_treatment") }), make("div", { class: "choosing" }, [select, add]),
    make("p", { class: "quiet", id: "add-why", textContent: reasons([...found.values()].map(({ why }) => why), settings, scene, words) }),
  ]);
}

/** Why some cannot be chosen. @param {string[]} why @param {Settings} settings @param {any} scene @param {Words} words @returns {string} */
function reasons(why, settings, scene, words) {
  return ["age", "together", "room"].filter((one) => why.includes(one))
    .map((one) => words.say(`reason_${one}`, { age: words.tick(youngest(settings, scene)), count: scene.together })).join(" ");
}

/** @param {string[]} chosen ids @param {(what: {strains: string[]}) => void} put @param {any} scene @param {Words} words @param {Changed} changed */
function strainsOfMix(chosen, put, scene, words, changed) {
  const same = Object.entries(scene.mixtures).find(([, ids]) => ids.join() === chosen.join());
  const mixtures = choice({
    id: "mixture", label: words.say("mixture"), value: same?.[0] ?? "",
    among: [["", "–"], ...Object.keys(scene.mixtures).map((name) => /** @type {[string, string]} */ ([name, name]))],
    change: (value) => { if (value) { put({ strains: scene.mixtures[value].slice(0, 6) }); changed(true); } },
  });
  const list = Object.entries(scene.strains).map(([id, strain]) =>
    tick({
      id: `strain-${id}`, label: `${strain.code}, ${strain.species}`, checked: chosen.includes(id),
      change: (checked) => {
        put({ strains: checked ? [...chosen, id] : chosen.filter((other) => other !== id) });
        changed(true);
      },
      able: chosen.includes(id) ? chosen.length > 1 : chosen.length < 6,
    }),
  );
  return [mixtures, make("details", { id: "strains" }, [make("summary", { textContent: `${words.say("strains")}: ${chosen.length}` }), make("div", { class: "list" }, list)])];
}
