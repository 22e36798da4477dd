// Courses of a treatment: the weeks in which it is given, where each may begin and end, and what another one finds.

/** @typedef {import("./settings.js").Treatment} Treatment */

export const SHORTEST_COURSE = 0.5; // weeks; a hand moves an end by as much
const MOST_COURSES = 8; // of one treatment

/** The courses of one kind, by time. @param {Treatment[]} treatments @param {string} kind @returns {Treatment[]} */
export function coursesOf(treatments, kind) {
  return treatments.filter((one) => one.kind === kind).sort((one, other) => one.start - other.start);
}

/** Between which weeks an end of a course may lie. @param {Treatment[]} treatments @param {Treatment} one @param {"start" | "end"} end
 * @param {number} weeks followed @returns {[number, number]} */
export function roomFor(treatments, one, end, weeks) {
  const some = coursesOf(treatments, one.kind);
  const place = some.indexOf(one);
  if (end === "start") return [some[place - 1]?.end ?? 0, one.end - SHORTEST_COURSE];
  return [one.start + SHORTEST_COURSE, some[place + 1]?.start ?? weeks];
}

/** Where another course of a kind fits: the longest pause, or a pause in the middle of the longest course.
 * @param {Treatment[]} treatments @param {string} kind @param {number} weeks
 * @returns {Treatment[] | null} all treatments with it; null where there is no room */
export function withAnother(treatments, kind, weeks) {
  const some = coursesOf(treatments, kind);
  if (some.length >= MOST_COURSES) return null;
  const pauses = [...some, { start: weeks }].map(({ start }, place) => ({ start: place ? some[place - 1].end : 0, end: start }));
  const pause = longest(pauses);
  if (length(pause) >= 1) return [...treatments, { ...some[0], ...pause }];
  const old = longest(some);
  if (length(old) < 3 * SHORTEST_COURSE) return null;
  const third = Math.max(SHORTEST_COURSE, Math.floor(length(old) / 3 / SHORTEST_COURSE) * SHORTEST_COURSE);
  return treatments.flatMap((one) => (one === old ? [{ ...one, end: one.start + third }, { ...one, start: one.end - third }] : [one]));
}

/** Courses when other weeks are followed: those that lasted to the end still do. @param {Treatment[]} treatments @param {number} before weeks
 * @param {number} weeks @returns {Treatment[]} */
export function fitted(treatments, before, weeks) {
  return treatments.flatMap((one) => {
    const end = one.end === before || one.end > weeks ? weeks : one.end;
    if (one.start + SHORTEST_COURSE <= end) return [{ ...one, end }];
    return coursesOf(treatments, one.kind)[0] === one ? [{ ...one, start: Math.max(0, end - SHORTEST_COURSE), end }] : [];
  });
}

/** Whether several courses of a kind are one treatment: apart in time, and of the same. @param {Treatment[]} treatments @returns {boolean} */
export function sound(treatments) {
  return [...new Set(treatments.map((one) => one.kind))].every((kind) => {
    const some = coursesOf(treatments, kind);
    const same = (/** @type {Treatment} */ { level, strains = [], name }) => JSON.stringify([level, strains, name]);
    return some.length <= MOST_COURSES && some.every((one, place) => place === 0 || (one.start >= some[place - 1].end && same(one) === same(some[0])));
  });
}

/** @param {{start: number, end: number}} one @returns {number} weeks */
const length = ({ start, end }) => end - start;

/** @template {{start: number, end: number}} T @param {T[]} some @returns {T} */
function longest(some) {
  return some.reduce((best, one) => (length(one) > length(best) ? one : best));
}
