// What happens to a body and when: inputs held for a while, states that jump, inputs on straight lines.
// The same three primitives as in Python (engine/schedule.py), with the same meaning of a jump: the value after it.

/**
 * @typedef {number | Float64Array} Values one for all bodies, or one for each
 * @typedef {{parameter: string, start: number, end: number, value: Values}} Hold from start, up to end (days)
 * @typedef {{state: string, time: number, add: Values}} Pulse
 * @typedef {{parameter: string, times: number[], values: Values[]}} Course straight lines between points
 */

/** @param {Values} values @param {number} body @returns {number} the value of one body */
export function of(values, body) {
  return typeof values === "number" ? values : values[body];
}

export class Schedule {
  /** @param {{holds?: Hold[], pulses?: Pulse[], courses?: Course[]}} [parts] */
  constructor({ holds = [], pulses = [], courses = [] } = {}) {
    this.holds = [...holds].sort((a, b) => a.start - b.start);
    this.pulses = pulses;
    /** @type {Map<string, Course>} */
    this.courses = new Map(courses.map((course) => [course.parameter, course]));
    /** @type {Map<string, Hold[]>} */
    this.held = new Map();
    for (const hold of this.holds) {
      const before = this.held.get(hold.parameter) ?? [];
      const last = before.at(-1);
      if (last && hold.start < last.end) throw new RangeError(`Two holds of ${hold.parameter} overlap.`);
      if (this.courses.has(hold.parameter)) throw new RangeError(`${hold.parameter} is held and follows a course.`);
      this.held.set(hold.parameter, [...before, hold]);
    }
  }

  /** Ids of the inputs that are moved, sorted. */
  get parameters() {
    return [...new Set([...this.held.keys(), ...this.courses.keys()])].sort();
  }

  /** Moments at which an input or a state may jump (days), sorted, each once. */
  get jumps() {
    const held = this.holds.flatMap((hold) => [hold.start, hold.end]).filter(Number.isFinite);
    return increasing([...held, ...this.pulses.map((pulse) => pulse.time)]);
  }

  /** Moments at which an input jumps or turns, or a state jumps (days), sorted, each once. */
  get breakpoints() {
    return increasing([...this.jumps, ...[...this.courses.values()].flatMap((course) => course.times)]);
  }

  /** An input at a moment; at a jump the value after it.
   * @param {string} parameter @param {number} time day @param {Values} otherwise where nothing is scheduled
   * @returns {Values} */
  value(parameter, time, otherwise) {
    const course = this.courses.get(parameter);
    if (course) return onLine(course, time);
    const hold = this.held.get(parameter)?.find((one) => time >= one.start && time < one.end);
    return hold ? hold.value : otherwise;
  }

  /** An input just after the start and just before the stop of a segment without a breakpoint inside.
   * @param {string} parameter @param {number} start @param {number} stop @param {Values} otherwise
   * @returns {[Values, Values]} */
  ends(parameter, start, stop, otherwise) {
    const left = this.value(parameter, start, otherwise);
    return [left, this.courses.has(parameter) ? this.value(parameter, stop, otherwise) : left];
  }
}

/** @param {Course} course @param {number} time @returns {Values} */
function onLine({ times, values }, time) {
  const wanted = Math.min(Math.max(time, times[0]), times[times.length - 1]);
  let right = times.findIndex((knot) => knot > wanted);
  right = Math.min(Math.max(right < 0 ? times.length : right, 1), Math.max(times.length - 1, 1));
  const left = right - 1;
  right = Math.min(right, times.length - 1);
  const width = right > left ? times[right] - times[left] : 1;
  const share = (wanted - times[left]) / width;
  const [one, other] = [values[left], values[right]];
  if (typeof one === "number" && typeof other === "number") return one * (1 - share) + other * share;
  const bodies = typeof one === "number" ? /** @type {Float64Array} */ (other).length : one.length;
  return Float64Array.from({ length: bodies }, (_, body) => of(one, body) * (1 - share) + of(other, body) * share);
}

/** @param {Iterable<number>} numbers @returns {number[]} sorted, each once */
export function increasing(numbers) {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
