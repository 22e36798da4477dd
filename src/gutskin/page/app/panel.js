// The left side: people, what surrounds them, what they are given, and what is switched off.

import { choice, make, slider, tick } from "./controls.js";
import { fitted } from "./courses.js";
import { firstAge, offers } from "./given.js";
import { AROUND, WEEKS } from "./settings.js";
import { treatments } from "./treatments.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./words.js").Words} Words
 */

/**
 * @param {HTMLElement} place @param {Settings} settings changed in place @param {any} scene
 * @param {Record<string, number>} usual levels of what surrounds @param {Words} words
 * @param {(rebuild?: boolean, calendar?: boolean) => void} changed whether panel and calendar, or the calendar, are to be built anew
 * @param {(text: string) => void} told a small word, seen and read aloud
 */
export function fillPanel(place, settings, scene, usual, words, changed, told) {
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
    slider({ id: "age", label: say("age"), unit: "", value: settings.age, words, low, high, step: 1, change: (value) => { settings.age = value; aged(); } }),
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
  const gives = () => group("given", [...treatments({ settings, scene, words, changed, told }), weeks]);
  let given = gives();
  let said = hangsOnAge(settings, scene);
  const aged = () => {
    const now = hangsOnAge(settings, scene);
    const other = now !== said;
    if (other) { said = now; const built = gives(); given.replaceWith(built); given = built; }
    changed(false, other);
  };
  place.replaceChildren(
    group("who", [pick("who", "people", Object.keys(scene.people), true), drawn, ...age, ...kinds, pick("flg", "flg", ["drawn", "wild_type", "carrier"]), pick("sensitised", "sensitised", ["drawn", "yes", "no"])]),
    given,
    group("surroundings", around),
    mechanisms(settings, scene, words, changed),
  );
  for (const id of open) place.querySelector(`#${id}`)?.setAttribute("open", "");
}

/** What is shown of treatments that another age changes. @param {Settings} settings @param {any} scene @returns {string} the same where nothing does */
function hangsOnAge(settings, scene) {
  const drugs = settings.treatments.some((one) => firstAge(one, scene) > 0);
  return JSON.stringify([offers(settings, scene), drugs && settings.age]);
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
