// What is set, in words: for a print, and for who cannot see the controls.

import { calledOf } from "./given.js";
import { doseWords, tiersOf } from "./own_dose.js";
import { AROUND, kindsOf } from "./settings.js";

const UNITS = ["probiotic", "inulin", "antibiotic", "emollient", "topical_steroid", "bleach_bath"]; // kinds of which a dose is set

/** @param {import("./settings.js").Settings} settings @param {any} scene @param {import("./words.js").Words} words @returns {string} */
export function described(settings, scene, words) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const [low, high] = scene.people[settings.who].ages;
  const people = [
    say(settings.who), `${say("age")} ${settings.age === null ? say("age_drawn", { low, high }) : words.tick(settings.age)}`,
    ...kindsOf(settings).map(([trait, kind]) => `${say(`kind_${trait}`)}: ${say(`kind_${trait}_${kind}`)}`),
    ...(settings.flg === "drawn" ? [] : [`${say("flg")}: ${say(settings.flg)}`]),
    ...(settings.sensitised === "drawn" ? [] : [`${say("sensitised")}: ${say(settings.sensitised)}`]),
    ...Object.keys(AROUND).filter((kind) => kind in settings.around).map((kind) => `${say(kind)}: ${words.tick(settings.around[kind])} ${say(`${kind}_unit`)}`),
    ...(settings.off.length ? [`${say("mechanisms_off")}: ${settings.off.join(", ")}`] : []),
  ];
  const given = settings.treatments.map((one) => {
    const { kind, start, end, level, strains = [] } = one;
    const what = [calledOf(one, scene, words), ...(UNITS.includes(kind) ? [`${words.tick(level)} ${say(`${kind}_unit`)}`] : []),
      ...(one.own ? [doseWords(tiersOf(one, scene[kind][one.name ?? ""])[0], words)] : [])];
    const codes = strains.length ? ` (${strains.map((id) => scene.strains[id].code).join(", ")})` : "";
    return `${what.join(", ")}${codes}, ${say("from_week")} ${words.tick(start)} ${say("to_week")} ${words.tick(end)}`;
  });
  return [people.join("; "), ...given].join(". ") + ".";
}
