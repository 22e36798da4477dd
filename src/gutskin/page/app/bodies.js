// From what a reader has set to what the compiled model is given: parameters of bodies, and a schedule.

import { of, Schedule } from "../engine/schedule.js";
import { dayOf, DAYS_PER_WEEK, injections, tierOf, weightAt } from "./dosing.js";
import { antibodiesOf } from "./given.js";
import { tiersOf } from "./own_dose.js";
import { kindsOf } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("../engine/schedule.js").Values} Values
 * @typedef {Record<string, number | [number]>} Row id -> a number, or the place of a row of numbers
 * @typedef {{first: number, count: number}} Some bodies one after the other
 */

export const DAYS_PER_YEAR = 365.25;

export class Bodies {
  /** @param {any} scene of page/scene.py @param {import("../engine/model.js").Layout} layout */
  constructor(scene, layout) {
    this.scene = scene;
    this.layout = layout;
    this.rows = unpackedRows(scene.rows);
    this.places = new Map(layout.parameters.map((name, place) => [name, place]));
  }

  /** A row, or a number, somewhere between the evidence and the claims. @param {Record<string, Row>} stances
   * @param {string} name @param {[number, number]} usual @param {number} belief @param {Some} some @returns {Values} */
  between(stances, name, usual, belief, { first, count }) {
    const [one, other] = [stances.evidence[name] ?? usual[0], stances.article[name] ?? usual[1]];
    const mix = (/** @type {number} */ a, /** @type {number} */ b) => (a === b ? a : a + belief * (b - a));
    if (typeof one === "number" && typeof other === "number") return mix(one, other);
    const { bodies } = this.scene;
    const at = (/** @type {number | [number]} */ row, /** @type {number} */ body) =>
      typeof row === "number" ? row : this.rows[row[0] * bodies + body];
    return Float64Array.from({ length: count }, (_, body) => mix(at(one, first + body), at(other, first + body)));
  }

  /** Central values of a parameter under evidence and under the claims. @param {string} name @returns {[number, number]} */
  usual(name) {
    const place = this.places.get(name) ?? -1;
    const { evidence, article } = this.layout.values;
    return [evidence[place] ?? 0, article[place] ?? 0];
  }

  /** All parameters of some bodies. @param {Settings} settings @param {number} belief @param {Some} some
   * @returns {Map<string, Values>} */
  parameters(settings, belief, some) {
    const { scene, layout } = this;
    const people = scene.people[settings.who];
    /** @type {Map<string, Values>} */
    const found = new Map();
    for (const name of layout.parameters) found.set(name, this.between(people, name, this.usual(name), belief, some));
    if (settings.age !== null) {
      found.set("age_at_start", settings.age * DAYS_PER_YEAR);
      found.set("body_weight", this.weights(people.weight, settings.age, some));
    }
    if (settings.flg !== "drawn")
      for (const [name, value] of Object.entries(scene.filaggrin[settings.flg])) found.set(name, value);
    if (settings.sensitised !== "drawn") found.set("sensitised", Number(settings.sensitised === "yes"));
    for (const [trait, kind] of kindsOf(settings)) {
      const rows = people.kinds[trait][kind];
      for (const name of Object.keys(rows.evidence)) found.set(name, this.between(rows, name, this.usual(name), belief, some));
    }
    for (const [kind, level] of Object.entries(settings.around)) {
      const [input, , scale] = scene.lasting[kind];
      found.set(input, level * scale);
    }
    for (const name of settings.off) found.set(scene.mechanisms[name][0], 0);
    return found;
  }

  /** Weights of bodies at an age, each as heavy for it as drawn (kg). @param {number} row @param {number} age years @param {Some} some @returns {Float64Array} */
  weights(row, age, { first, count }) {
    const from = row * this.scene.bodies + first;
    return Float64Array.from(this.rows.subarray(from, from + count), (score) => weightAt(this.scene.weights, age, score));
  }

  /** The parameters with the traits of strains and antibodies that are given in their places. @param {Map<string, Values>} parameters
   * @param {Settings} settings @param {number} belief @param {Some} some @returns {Map<string, Values>} */
  withTraits(parameters, settings, belief, some) {
    const found = new Map(parameters);
    strainsOf(settings).forEach((id, number) => {
      const strain = this.scene.strains[id];
      for (const trait of new Set([...Object.keys(strain.evidence), ...Object.keys(strain.article)])) {
        const name = `${trait}_strain_${number + 1}`;
        found.set(name, this.between(strain, trait, this.usual(name), belief, some));
      }
    });
    antibodiesOf(settings.treatments).forEach((id, place) => {
      const [, traits] = this.scene.biologic[id].places[place];
      for (const name of Object.keys(traits)) found.set(name, this.between({ evidence: traits, article: traits }, name, [0, 0], 0, some));
    });
    return found;
  }

  /** The dose that each of some bodies gets of a drug. @param {import("./given.js").Tier[]} tiers @param {Map<string, Values>} parameters
   * @param {Some} some @returns {number[]} places of tiers */
  tiers(tiers, parameters, { count }) {
    const [age, kg] = ["age_at_start", "body_weight"].map((name) => /** @type {Values} */ (parameters.get(name)));
    return Array.from({ length: count }, (_, body) => tierOf(tiers, of(age, body) / DAYS_PER_YEAR, of(kg, body)));
  }

  /** What is given to some bodies, as the engine takes it; a drug as its label doses each of them.
   * @param {Settings} settings @param {Some} some @param {Map<string, Values>} parameters of these bodies @returns {Schedule} */
  schedule(settings, some, parameters) {
    const { scene } = this;
    /** @type {import("../engine/schedule.js").Hold[]} */
    const holds = [];
    /** @type {import("../engine/schedule.js").Pulse[]} */
    const pulses = [];
    const antibodies = antibodiesOf(settings.treatments);
    for (const one of settings.treatments) {
      const { kind, start, end, level, strains = [], name = "", use = "" } = one;
      const when = { start: dayOf(start * DAYS_PER_WEEK), end: lastDay(end, settings.weeks) };
      if (kind === "probiotic") {
        const value = (10 ** level * scene.per_cfu) / strains.length;
        strains.forEach((_, number) => holds.push({ parameter: `dose_strain_${number + 1}`, ...when, value }));
      } else if (kind === "biologic") {
        const drug = scene.biologic[name];
        const [state] = drug.places[antibodies.indexOf(name)];
        const tiers = tiersOf(one, drug);
        pulses.push(...injections({ ...drug, tiers }, state, when.start, dayOf(end * DAYS_PER_WEEK), this.tiers(tiers, parameters, some)));
      } else if (kind === "tablet") {
        const tiers = tiersOf(one, scene.tablet[name]);
        holds.push({ parameter: scene.tablet[name].input, ...when, value: Float64Array.from(this.tiers(tiers, parameters, some), (place) => tiers[place].level ?? 0) });
      } else if (kind === "cream") {
        for (const [parameter, value] of Object.entries(scene.cream[name].uses[use])) holds.push({ parameter, ...when, value: /** @type {number} */ (value) });
      } else {
        const [input, , scale] = scene.lasting[kind];
        holds.push({ parameter: kind === "antibiotic" ? scene.antibiotics[name] : input, ...when, value: level * scale });
      }
    }
    return new Schedule({ holds, pulses });
  }
}

/** The day on which a course is over; one that lasts as long as people are followed is still on when they are looked at last.
 * @param {number} end @param {number} weeks followed @returns {number} */
export function lastDay(end, weeks) {
  return dayOf(end * DAYS_PER_WEEK) + (end === weeks ? 1 : 0);
}

/** @param {string} text [byte, number], the lowest byte of each number first @returns {Float32Array} */
function unpackedRows(text) {
  const planes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const count = planes.length / 4;
  const bytes = Uint8Array.from(planes, (_, place) => planes[(place % 4) * count + Math.floor(place / 4)]);
  return new Float32Array(bytes.buffer);
}

/** @param {Settings} settings @returns {string[]} ids of the strains given */
export function strainsOf(settings) {
  return settings.treatments.find((one) => one.kind === "probiotic")?.strains ?? [];
}
