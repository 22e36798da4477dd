// The left side: people, what surrounds them, what they are given, and what is switched off.

import { choice, make, slider, tick } from "./controls.js";
import { coursesOf, fitted } from "./courses.js";
import { AROUND, GIVEN, WEEKS } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./words.js").Words} Words
 */

/**
 * @param {HTMLElement} place @param {Settings} settings changed in place @param {any} scene
 * @param {Record<string, number>} usual levels of what surrounds @param {Words} words
 * @param {(rebuild?: boolean, calendar?: boolean) => void} changed whether panel and calendar, or the calendar, are to be built anew
 */
export function fillPanel(place, settings, scene, usual, words, changed) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.id));
  const group = (/** @type {string} */ legend, /** @type {Node[]} */ inside) =>
    make("fieldset", {}, [make("legend", { textContent: say(legend) }), ...inside]);
  const pick = (/** @type {"who" | "flg" | "sensitised"} */ key, /** @type {string} */ label, /** @type {string[]} */ among, rebuild = false) =>
    choice({
      id: key, label: say(label), value: settings[key], among: among.map((one) => [one, say(one)]),
      change: (value) => {
        settings[key] = value;
        if (key === "who") settings.age = null;
        changed(rebuild);
      },
    });
  const kinds = Object.entries(scene.people[settings.who].kinds).map(([trait, some]) =>
    choice({
      id: trait, label: say(`kind_${trait}`), value: settings.kinds[trait] ?? "",
      among: ["", ...Object.keys(some)].map((kind) => [kind, say(`kind_${trait}_${kind || "usual"}`)]),
      change: (value) => {
        if (value) settings.kinds[trait] = value;
        else delete settings.kinds[trait];
        changed();
      },
    }),
  );
  const [low, high] = scene.people[settings.who].ages;
  const drawn = tick({
    id: "drawn", label: `${say("age")}: ${say("age_drawn", { low, high })}`, checked: settings.age === null,
    change: (checked) => { settings.age = checked ? null : Math.round((low + high) / 2); changed(true); },
  });
  const age = settings.age === null ? [] : [
    slider({ id: "age", label: say("age"), unit: "", value: settings.age, words, low, high, step: 1, change: (value) => { settings.age = value; changed(); } }),
  ];
  const around = Object.entries(AROUND).map(([kind, limits]) =>
    slider({
      id: kind, label: say(kind), unit: say(`${kind}_unit`), value: settings.around[kind] ?? usual[kind], words, ...limits,
      change: (value) => {
        if (value === usual[kind]) delete settings.around[kind];
        else settings.around[kind] = value;
        changed();
      },
    }),
  );
  const weeks = slider({
    id: "weeks", label: say("weeks"), unit: "", value: settings.weeks, words, ...WEEKS,
    change: (value) => {
      const before = settings.weeks;
      settings.weeks = Math.round(value);
      settings.treatments = fitted(settings.treatments, before, settings.weeks);
      changed(false, true);
    },
  });
  place.replaceChildren(
    group("who", [pick("who", "people", Object.keys(scene.people), true), drawn, ...age, ...kinds, pick("flg", "flg", ["drawn", "wild_type", "carrier"]), pick("sensitised", "sensitised", ["drawn", "yes", "no"])]),
    group("given", [...Object.keys(GIVEN).map((kind) => given(kind, settings, scene, words, changed)), weeks]),
    group("surroundings", around),
    mechanisms(settings, scene, words, changed),
  );
  for (const id of open) place.querySelector(`#${id}`)?.setAttribute("open", "");
}

/** One kind of treatment. @param {string} kind @param {Settings} settings @param {any} scene @param {Words} words
 * @param {(rebuild?: boolean) => void} changed */
function given(kind, settings, scene, words, changed) {
  const one = settings.treatments.find((treatment) => treatment.kind === kind);
  /** The same for all courses. @param {Partial<import("./settings.js").Treatment>} what */
  const put = (what) => coursesOf(settings.treatments, kind).forEach((course) => Object.assign(course, what));
  const limits = GIVEN[kind];
  const on = tick({
    id: `give-${kind}`, label: words.say(kind), checked: one !== undefined,
    change: (checked) => {
      const { treatments } = settings;
      const level = kind === "probiotic" ? 9.6 : Math.min(limits.high, Math.max(limits.low, kind === "inulin" ? 10 : 0.5));
      const fresh = { kind, start: 0, end: kind === "antibiotic" ? 1 : settings.weeks, level };
      if (!checked) settings.treatments = treatments.filter((treatment) => treatment.kind !== kind);
      else if (kind === "probiotic") treatments.push({ ...fresh, strains: /** @type {string[]} */ (Object.values(scene.mixtures)[0]).slice() });
      else if (kind === "antibiotic") treatments.push({ ...fresh, level: 1, name: Object.keys(scene.antibiotics)[0] });
      else treatments.push(fresh);
      changed(true);
    },
  });
  if (!one) return on;
  const inside = [];
  if (limits.high > limits.low)
    inside.push(slider({
      id: `level-${kind}`, label: words.say("dose"), unit: words.say(`${kind}_unit`), value: one.level, words, ...limits,
      change: (level) => { put({ level }); changed(); },
    }));
  if (kind === "antibiotic")
    inside.push(choice({
      id: "antibiotic-name", label: words.say("which"), value: one.name ?? "", among: Object.keys(scene.antibiotics).map((name) => [name, words.own(name)]),
      change: (name) => { put({ name }); changed(); },
    }));
  if (kind === "probiotic") inside.push(...strains(one.strains ?? [], put, scene, words, changed));
  return inside.length ? make("div", {}, [on, make("div", { class: "inside" }, inside)]) : on;
}

/** @param {string[]} chosen ids @param {(what: {strains: string[]}) => void} put @param {any} scene @param {Words} words
 * @param {(rebuild?: boolean) => void} changed */
function strains(chosen, put, scene, words, changed) {
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

/** @param {Settings} settings @param {any} scene @param {Words} words @param {(rebuild?: boolean) => void} changed */
function mechanisms(settings, scene, words, changed) {
  const list = Object.entries(scene.mechanisms).map(([id, [, grade, statement]]) =>
    tick({
      id: `off-${id}`, label: `${id} (${grade}) ${words.own(statement)}`, checked: settings.off.includes(id), language: words.told(statement).lang,
      change: (checked) => {
        settings.off = checked ? [...settings.off, id] : settings.off.filter((other) => other !== id);
        changed();
      },
    }),
  );
  const lead = make("p", { class: "quiet", textContent: words.say("mechanisms_lead") });
  return make("details", { id: "mechanisms" }, [make("summary", { textContent: words.say("mechanisms") }), lead, make("div", { class: "list" }, list)]);
}
