// Who gets which dose of a drug, and what it comes to on the days of a body: as population/drugs.py has it.

/**
 * @typedef {import("./given.js").Tier} Tier
 * @typedef {import("./settings.js").Treatment} Treatment
 * @typedef {import("../engine/schedule.js").Values} Values
 */

export const DAYS_PER_WEEK = 7;
const FAR = 1e6; // kg for a year: the age decides before the weight
const DECIMALS = 6; // of a day, so that a patient file and the page have the same
const ROUNDING = 1e-9; // of a count, below which the end is met and excluded

/** A day as it is written. @param {number} day @returns {number} */
export function dayOf(day) {
  return Number(day.toFixed(DECIMALS));
}

/** The dose of somebody; who fits none gets that of the nearest age, then weight. @param {Tier[]} tiers @param {number} age years
 * @param {number} kg @returns {number} its place; on an edge the older, the heavier */
export function tierOf(tiers, age, kg) {
  const away = tiers.map((one) => FAR * beyond(one.age, age) + beyond(one.kg, kg));
  return away.lastIndexOf(Math.min(...away));
}

/** @param {[number, number | null]} ends @param {number} value @returns {number} */
function beyond([low, high], value) {
  return Math.max(0, low - value) + Math.max(0, value - (high ?? Infinity));
}

/** Injections of one course: for each dose the bodies whose it is, others nothing.
 * @param {{tiers: Tier[], reaches: number}} drug @param {string} state that it is given into @param {number} start day @param {number} end day, excluded
 * @param {number[]} whose the tier of each body @returns {import("../engine/schedule.js").Pulse[]} */
export function injections({ tiers, reaches }, state, start, end, whose) {
  return [...new Set(whose)].sort((one, other) => one - other).flatMap((number) => {
    const { dose, first = dose, firsts = 0, every = 0 } = tiers[number];
    const days = Array.from({ length: Math.max(0, Math.ceil((end - start) / every - ROUNDING)) }, (_, count) => dayOf(start + count * every));
    return days.map((time, count) => {
      const amount = (count < firsts ? first : dose) * reaches;
      return { state, time, add: Float64Array.from(whose, (own) => (own === number ? amount : 0)) };
    });
  });
}

/** What a weight comes to at another age. @param {{ages: number[], ln_kg: number[], sd: number[]}} weights by age @param {number} age years
 * @param {number} score in spreads from the median @returns {number} kg */
export function weightAt({ ages, ln_kg, sd }, age, score) {
  return Math.exp(straight(ages, ln_kg, age) + straight(ages, sd, age) * score);
}

/** On straight lines between points; beyond them as at the ends. @param {number[]} places @param {number[]} values @param {number} place @returns {number} */
function straight(places, values, place) {
  const right = places.findIndex((one) => one > place);
  if (right < 0) return values[values.length - 1];
  if (right === 0) return values[0];
  const share = (place - places[right - 1]) / (places[right] - places[right - 1]);
  return values[right - 1] * (1 - share) + values[right] * share;
}
