// What can be given: what a treatment is called, whom it is for, and what cannot be given beside it.

import { DAILY, lineOf, roomLeft } from "./courses.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./settings.js").Treatment} Treatment
 * @typedef {{age: [number, number | null], kg: [number, number | null], dose: number, level?: number, first?: number, firsts?: number, every?: number}} Tier
 *   whom a dose is for (years, kg; null: open) and what it is: mg first, how often so, mg then, days between; of a tablet the level it holds
 */

/** Kinds of which the tables have several, in the order of the page. */
export const NAMED = ["biologic", "tablet", "cream", "antibiotic"];
const BY_SHARE = ["topical_steroid", "bleach_bath"]; // of daily use: stand among the creams

/** Ids that a treatment of a kind may have. @param {string} kind @param {any} scene @returns {string[]} none where it has no name */
export function idsOf(kind, scene) {
  return NAMED.includes(kind) ? Object.keys(scene[kind === "antibiotic" ? "antibiotics" : kind]) : [];
}

/** Ways to use a cream. @param {string} kind @param {string} name @param {any} scene @returns {string[]} none where there is nothing to choose */
export function usesOf(kind, name, scene) {
  return kind === "cream" ? Object.keys(scene.cream[name].uses) : [];
}

/** What a treatment is called. @param {Pick<Treatment, "kind" | "name">} one @param {any} scene @param {import("./words.js").Words} words @returns {string} */
export function labelOf({ kind, name = "" }, scene, words) {
  if (kind === "antibiotic") return words.say("antibiotic_named", { name: words.own(name) });
  return NAMED.includes(kind) ? words.own(scene[kind][name].label) : words.say(kind).split(" (")[0];
}

/** The same with the way it is used. @param {Treatment} one @param {any} scene @param {import("./words.js").Words} words @returns {string} */
export function calledOf(one, scene, words) {
  return labelOf(one, scene, words) + (one.use && one.use !== DAILY ? `, ${words.say(`use_${one.use}`)}` : "");
}

/** From which age a drug has a dose. @param {Pick<Treatment, "kind" | "name" | "own">} one @param {any} scene @returns {number} years; 0 of what is no
 * drug, and of a dose of one's own */
export function firstAge({ kind, name = "", own }, scene) {
  return own ? 0 : kind === "biologic" || kind === "tablet" ? Math.min(...scene[kind][name].tiers.map((/** @type {Tier} */ { age }) => age[0])) : 0;
}

/** The age of the youngest of the people. @param {Pick<Settings, "who" | "age">} settings @param {any} scene @returns {number} years */
export function youngest({ who, age }, scene) {
  return age ?? scene.people[who].ages[0];
}

/** Settings with what is really given: a drug that has no dose for the youngest is given to nobody.
 * @param {Settings} settings @param {any} scene @returns {Settings} */
export function reaching(settings, scene) {
  const age = youngest(settings, scene);
  return { ...settings, treatments: settings.treatments.filter((one) => firstAge(one, scene) <= age) };
}

/** The antibodies that are given, in the order of their places. @param {Treatment[]} treatments @returns {string[]} ids */
export function antibodiesOf(treatments) {
  return [...new Set(treatments.filter(({ kind }) => kind === "biologic").map(({ name = "" }) => name))];
}

/**
 * @typedef {{kind: string, name: string, why: "" | "given" | "age" | "together" | "room", age: number}} Offer
 *   why it cannot be added now; the age from which it can
 */

/** All that may be added, by group. @param {Settings} settings @param {any} scene @returns {[string, Offer[]][]} */
export function offers(settings, scene) {
  const { treatments, weeks } = settings;
  const offer = (/** @type {string} */ kind, /** @type {string} */ name) => {
    const age = firstAge({ kind, name }, scene);
    const first = freshOf(kind, name, settings, scene);
    const has = treatments.some((one) => lineOf(one) === lineOf(first));
    const many = kind === "biologic" && antibodiesOf(treatments).length >= scene.together;
    const full = !roomLeft(treatments, first, weeks);
    return { kind, name, age, why: /** @type {Offer["why"]} */ (has ? "given" : age > youngest(settings, scene) ? "age" : many ? "together" : full ? "room" : "") };
  };
  return NAMED.map((kind) => [kind, [...idsOf(kind, scene).map((name) => offer(kind, name)), ...(kind === "cream" ? BY_SHARE.map((one) => offer(one, "")) : [])]]);
}

/** A treatment as it is first given: all the weeks, an antibiotic for one; a cream in a way in which it is not given yet.
 * @param {string} kind @param {string} name @param {Settings} settings @param {any} scene @returns {Treatment} */
export function freshOf(kind, name, { treatments, weeks }, scene) {
  const one = { kind, start: 0, end: kind === "antibiotic" ? 1 : weeks, level: BY_SHARE.includes(kind) ? 0.5 : 1, ...(name ? { name } : {}) };
  const uses = usesOf(kind, name, scene);
  if (uses.length === 0) return one;
  const given = treatments.map(lineOf);
  return { ...one, use: uses.find((use) => !given.includes(lineOf({ ...one, use }))) ?? uses[0] };
}

/** All treatments with a fresh one: in the longest pause of what it must not meet, else after the first half of it.
 * @param {Treatment[]} treatments @param {Treatment} one @param {number} weeks @returns {Treatment[]} the same where there is no room */
export function withFresh(treatments, one, weeks) {
  const room = roomLeft(treatments, one, weeks);
  if (!room) return treatments;
  if (!room.cut) return [...treatments, { ...one, start: room.start, end: Math.min(room.end, room.start + one.end - one.start) }];
  return [...treatments.map((other) => (other === room.cut ? { ...other, end: room.start } : other)), { ...one, start: room.start, end: room.end }];
}
