// The horizon of a schedule cut into segments on which every input is a straight line, and these into intervals
// that begin with a jump or a wanted result; as engine/timeline.py does it, so that every step is the same.

import { increasing, of } from "./schedule.js";

export const BLOCK = 128; // segments in one call of the compiled model
const SHORTEST = 1e-9; // days; in a shorter segment no input moves

/**
 * @typedef {import("./schedule.js").Schedule} Schedule
 * @typedef {import("./schedule.js").Values} Values
 * @typedef {{starts: number[], stops: number[], restart: boolean[], begins: boolean[], output: number[]}} Timeline
 *   for every segment its ends (days), whether something may jump at its start, whether an interval begins with it,
 *   and the number of the wanted time that begins with it, or -1
 */

/** @param {Schedule} schedule @param {number[]} times increasing days @returns {Timeline} */
export function cut(schedule, times) {
  const last = times[times.length - 1];
  const inside = schedule.breakpoints.filter((point) => point > times[0] && point < last);
  const edges = increasing([...times, ...inside]);
  const jumps = new Set(schedule.jumps);
  const wanted = new Map(times.slice(0, -1).map((time, number) => [time, number]));
  const starts = edges.slice(0, -1);
  const restart = starts.map((start) => jumps.has(start));
  return {
    starts,
    stops: edges.slice(1),
    restart,
    begins: starts.map((start, number) => restart[number] || wanted.has(start)),
    output: starts.map((start) => wanted.get(start) ?? -1),
  };
}

/**
 * The segments of one call, filled up to a fixed size, as arrays in the order that the compiled model reads.
 * @param {Schedule} schedule @param {Timeline} timeline
 * @param {string[]} inputs ids @param {Map<string, Values>} own value of an input where nothing is scheduled
 * @param {string[]} states ids @param {number} first segment @param {number} lanes bodies, filled up
 * @param {number} bodies
 */
export function block(schedule, timeline, inputs, own, states, first, lanes, bodies) {
  const starts = timeline.starts.slice(first, first + BLOCK);
  const stops = timeline.stops.slice(first, first + BLOCK);
  const count = starts.length;
  const ramped = inputs.flatMap((name, number) => (schedule.courses.has(name) ? [number] : []));
  const left = new Float64Array(count * inputs.length * lanes);
  const slope = new Float64Array(count * ramped.length * lanes);
  for (let segment = 0; segment < count; segment++) {
    const length = stops[segment] - starts[segment];
    inputs.forEach((name, place) => {
      const otherwise = /** @type {Values} */ (own.get(name));
      const [one, other] = schedule.ends(name, starts[segment], stops[segment], otherwise);
      const ramp = ramped.indexOf(place);
      for (let lane = 0; lane < lanes; lane++) {
        const body = Math.min(lane, bodies - 1);
        left[(segment * inputs.length + place) * lanes + lane] = of(one, body);
        if (ramp >= 0 && length > SHORTEST)
          slope[(segment * ramped.length + ramp) * lanes + lane] = (of(other, body) - of(one, body)) / length;
      }
    });
  }
  const firsts = starts.flatMap((_, segment) => (segment === 0 || timeline.begins[first + segment] ? [segment] : []));
  const pulses = firsts.map((segment) => schedule.pulses.filter((pulse) => pulse.time === starts[segment]));
  const slots = Math.max(1, ...pulses.map((some) => some.length));
  const pulsed = new Float64Array(firsts.length * slots);
  const add = new Float64Array(firsts.length * slots * lanes);
  pulses.forEach((some, interval) =>
    some.forEach((pulse, number) => {
      const row = interval * slots + number;
      pulsed[row] = states.indexOf(pulse.state);
      if (pulsed[row] < 0) throw new RangeError(`The model has no state ${pulse.state}.`);
      for (let lane = 0; lane < lanes; lane++) add[row * lanes + lane] = of(pulse.add, Math.min(lane, bodies - 1));
    }),
  );
  return {
    start: starts,
    length: starts.map((start, segment) => stops[segment] - start),
    left,
    slope,
    ramped,
    first: firsts,
    after: [...firsts.slice(1), count],
    restart: firsts.map((segment) => Number(timeline.restart[first + segment] || (first === 0 && segment === 0))),
    pulses: pulses.map((some) => some.length),
    slots,
    pulsed,
    add,
    output_at: firsts.map((segment) => timeline.output[first + segment]),
  };
}
