// A dose of a drug in milligrams, in the place of the usual one: what it may be, what it comes to, its words and its boxes.

import { box, make, tick } from "./controls.js";
import { DAYS_PER_WEEK } from "./dosing.js";

/**
 * @typedef {import("./given.js").Tier} Tier
 * @typedef {import("./settings.js").Treatment} Treatment
 * @typedef {import("./words.js").Words} Words
 */

const MANY_TIMES = 4; // the largest usual dose
const EVERY = { low: 0.5, high: 26, step: 0.5 }; // weeks
const NAMES = ["own_dose", "own_every", "own_first"];

/** What each number of a dose may be: none of what has no usual dose. @param {Pick<Treatment, "kind" | "name">} one @param {any} scene
 * @returns {import("./settings.js").Choice[]} of a tablet mg a day; of an antibody mg, weeks between doses, mg of the first */
export function ownLimits({ kind, name = "" }, scene) {
  /** @type {Tier[]} */
  const tiers = kind === "biologic" || kind === "tablet" ? scene[kind][name].tiers : [];
  if (tiers.length === 0) return [];
  const most = { low: 0, high: MANY_TIMES * Math.max(...tiers.map(({ dose, first = 0 }) => Math.max(dose, first))), step: 1 };
  return kind === "tablet" ? [most] : [most, EVERY, most];
}

/** The numbers of a usual dose. @param {Tier} tier @returns {number[]} */
export function numbersOf({ dose, first = dose, every }) {
  return every === undefined ? [dose] : [dose, every / DAYS_PER_WEEK, first];
}

/** Whom which dose is for: everybody where it is a dose of one's own. @param {Treatment} one @param {{tiers: Tier[], occupies?: [number, number]}} drug
 * @returns {Tier[]} */
export function tiersOf({ own }, { tiers, occupies }) {
  if (!own) return tiers;
  const [dose, weeks, first] = own;
  const all = { age: /** @type {[number, null]} */ ([0, null]), kg: /** @type {[number, null]} */ ([0, null]), dose };
  if (occupies) return [{ ...all, level: occupied(dose, occupies) }];
  return [{ ...all, first, firsts: 1, every: DAYS_PER_WEEK * weeks }];
}

/** The mean occupancy of JAK1 over a day by a tablet. @param {number} dose mg @param {[number, number]} occupies share at most, dose of half (mg)
 * @returns {number} */
export function occupied(dose, [most, half]) {
  return (most * dose) / (half + dose);
}

/** A dose in words. @param {Tier} tier @param {Words} words @returns {string} */
export function doseWords({ dose, first = dose, firsts = 0, every }, words) {
  if (every === undefined) return words.say("dose_tablet", { dose: words.tick(dose) });
  const fill = { dose: words.tick(dose), first: words.tick(first), firsts: words.tick(firsts), weeks: words.tick(every / DAYS_PER_WEEK) };
  return words.say(first === dose ? "dose_even" : firsts > 1 ? "dose_loadings" : "dose_loading", fill);
}

/** A tick and, where it is set, boxes. @param {Treatment} one @param {string} line @param {Tier[]} usual of these people
 * @param {{scene: any, words: Words, put: (what: Partial<Treatment>) => void, changed: (rebuild?: boolean, calendar?: boolean) => void}} what
 * @returns {HTMLElement[]} */
export function ownDose(one, line, usual, { scene, words, put, changed }) {
  const { own } = one;
  const ticked = tick({
    id: `own-${line}`, label: words.say("own"), checked: own !== undefined,
    change: (checked) => {
      const [first = scene[one.kind][one.name ?? ""].tiers[0]] = usual;
      put({ own: checked ? numbersOf(first) : undefined });
      changed(true);
    },
  });
  if (!own) return [ticked];
  const boxes = ownLimits(one, scene).map(({ low, high }, place) => box({
    id: `${NAMES[place]}-${line}`, label: words.say(NAMES[place]), name: `${words.own(scene[one.kind][one.name ?? ""].label)}: ${words.say(NAMES[place])}`,
    value: own[place], words, limits: () => [low, high],
    change: (value) => { own[place] = value; put({ own: [...own] }); changed(); },
  }).whole);
  return [ticked, make("div", { class: "own" }, boxes)];
}
