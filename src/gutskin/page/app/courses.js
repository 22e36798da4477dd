// Courses of a treatment: the weeks in which it is given, where each may begin and end, and what another one finds.

/** @typedef {import("./settings.js").Treatment} Treatment */

export const DAILY = "daily"; // how a cream is used where nothing else is said
export const SHORTEST_COURSE = 0.5; // weeks; a hand moves an end by as much
const MOST_COURSES = 8; // of one treatment
const LEAST_PAUSE = 1; // weeks, in which another course begins by itself
const ON_SKIN = ["cream", "topical_steroid"]; // one at a time, as patient files have it

/** The treatment that a course is of: a row of the calendar; a cream used in two ways is two. @param {Pick<Treatment, "kind" | "name" | "use">} one
 * @returns {string} */
export function lineOf({ kind, name = "", use = "" }) {
  return [kind, name, use === DAILY ? "" : use].filter(Boolean).join("-");
}

/** What may be given once at a time: of creams and of tablets one, of others each by itself. @param {Treatment} one @returns {string} */
function slotOf(one) {
  return ON_SKIN.includes(one.kind) ? ON_SKIN[0] : one.kind === "tablet" ? one.kind : lineOf(one);
}

/** The courses of one treatment, by time. @param {Treatment[]} treatments @param {string} line @returns {Treatment[]} */
export function coursesOf(treatments, line) {
  return treatments.filter((one) => lineOf(one) === line).sort(byStart);
}

/** All courses that must not meet one, and itself if it is there. @param {Treatment[]} treatments @param {Treatment} one @returns {Treatment[]} by time */
function besideOf(treatments, one) {
  return treatments.filter((other) => slotOf(other) === slotOf(one)).sort(byStart);
}

/** Between which weeks an end of a course may lie. @param {Treatment[]} treatments @param {Treatment} one @param {"start" | "end"} end
 * @param {number} weeks followed @returns {[number, number]} */
export function roomFor(treatments, one, end, weeks) {
  const some = besideOf(treatments, one);
  const place = some.indexOf(one);
  if (end === "start") return [some[place - 1]?.end ?? 0, one.end - SHORTEST_COURSE];
  return [one.start + SHORTEST_COURSE, some[place + 1]?.start ?? weeks];
}

/** Where another course of a treatment fits: the longest pause, or a pause in the middle of its longest course.
 * @param {Treatment[]} treatments @param {string} line @param {number} weeks
 * @returns {Treatment[] | null} all treatments with it; null where there is no room */
export function withAnother(treatments, line, weeks) {
  const some = coursesOf(treatments, line);
  if (some.length >= MOST_COURSES) return null;
  const pause = longest(pausesOf(besideOf(treatments, some[0]), weeks));
  if (length(pause) >= LEAST_PAUSE) return [...treatments, { ...some[0], ...pause }];
  const old = longest(some);
  if (length(old) < 3 * SHORTEST_COURSE) return null;
  const third = Math.max(SHORTEST_COURSE, Math.floor(length(old) / 3 / SHORTEST_COURSE) * SHORTEST_COURSE);
  return treatments.flatMap((one) => (one === old ? [{ ...one, end: one.start + third }, { ...one, start: one.end - third }] : [one]));
}

/** Where a new treatment finds room: in the longest pause, else after half of the longest course that it must not meet.
 * @param {Treatment[]} treatments @param {Treatment} one @param {number} weeks
 * @returns {{start: number, end: number, cut: Treatment | null} | null} the course that ends earlier for it; null where there is none */
export function roomLeft(treatments, one, weeks) {
  const some = besideOf(treatments, one);
  const pause = longest(pausesOf(some, weeks));
  if (length(pause) >= LEAST_PAUSE) return { ...pause, cut: null };
  const old = longest(some);
  if (length(old) < 2 * SHORTEST_COURSE) return null;
  return { start: old.start + Math.ceil(length(old) / 2 / SHORTEST_COURSE) * SHORTEST_COURSE, end: old.end, cut: old };
}

/** Courses when other weeks are followed: those that lasted to the end still do. @param {Treatment[]} treatments @param {number} before weeks
 * @param {number} weeks @returns {Treatment[]} */
export function fitted(treatments, before, weeks) {
  return treatments.flatMap((one) => {
    const end = one.end === before || one.end > weeks ? weeks : one.end;
    if (one.start + SHORTEST_COURSE <= end) return [{ ...one, end }];
    return besideOf(treatments, one)[0] === one ? [{ ...one, start: Math.max(0, end - SHORTEST_COURSE), end }] : [];
  });
}

/** Whether courses can be: those of a treatment of the same, and none beside what it must not meet. @param {Treatment[]} treatments @returns {boolean} */
export function sound(treatments) {
  const same = (/** @type {Treatment} */ { level, strains = [], own = [] }) => JSON.stringify([level, strains, own]);
  const apart = treatments.every((one) => besideOf(treatments, one).every((other, place, some) => place === 0 || other.start >= some[place - 1].end));
  return apart && [...new Set(treatments.map(lineOf))].every((line) => {
    const some = coursesOf(treatments, line);
    return some.length <= MOST_COURSES && some.every((one) => same(one) === same(some[0]));
  });
}

/** @param {Treatment[]} some by time @param {number} weeks @returns {{start: number, end: number}[]} */
function pausesOf(some, weeks) {
  return [...some, { start: weeks }].map(({ start }, place) => ({ start: place ? some[place - 1].end : 0, end: start }));
}

/** @param {Treatment} one @param {Treatment} other */
const byStart = (one, other) => one.start - other.start;

/** @param {{start: number, end: number}} one @returns {number} weeks */
const length = ({ start, end }) => end - start;

/** @template {{start: number, end: number}} T @param {T[]} some @returns {T} */
function longest(some) {
  return some.reduce((best, one) => (length(one) > length(best) ? one : best));
}
