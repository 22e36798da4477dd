// The compiled model: courses of bodies under a schedule, and the quantities that follow from their states.

import { Room } from "./memory.js";
import { of, Schedule } from "./schedule.js";
import { BLOCK, block, cut } from "./timeline.js";

const SMALLEST = 2 ** -1022; // number that is not denormal

/**
 * @typedef {import("./schedule.js").Values} Values
 * @typedef {Map<string, Values>} Parameters id -> value; an id that is missing takes the central one
 * @typedef {object} Layout what the compiled model is made for (page/layout.py)
 * @property {string} hash of the model's content @property {number} lanes bodies in a vector
 * @property {string[]} states @property {string[]} parameters @property {string[]} quantities @property {string[]} reactions ids
 * @property {string[]} free ids of the parameters that may differ between bodies @property {string[]} inputs
 * @property {string[]} frame names of what a call is given, in order @property {string[]} numbers those of them that are numbers
 * @property {{rows: number, quantity_rows: number}} addresses of the sizes of working memory @property {number} end of its data
 * @property {Record<string, number[]>} values stance -> central values @property {Record<string, number[]>} starts name -> states
 * @property {number[]} scales of the states @property {Record<string, number>} control of the step
 * @property {Record<number, number[]>} shares number of stages -> how far each goes, in shares of the step
 * @property {{longest: number, stages: number}} following control of the step of who is followed
 * @property {{days: number, youngest: number, longest: number, stages: number, faster: Record<string, number>, drawn: Record<string, string>, start: string}} settling
 *
 * @typedef {object} Courses
 * @property {number[]} times days @property {number} bodies @property {number} lanes bodies, filled up to whole vectors
 * @property {Float64Array} states [time, state, lane] @property {Float64Array} end [state, body] before a pulse at the last time
 * @property {number[]} steps of each body @property {number[]} failedAt day, NaN where nothing failed
 * @property {Parameters} parameters @property {Schedule} schedule
 */

export class Model {
  /** @param {WebAssembly.Instance} instance @param {WebAssembly.Memory} memory @param {Layout} layout */
  constructor(instance, memory, layout) {
    this.layout = layout;
    this.room = new Room(memory, layout.end);
    this.rows = this.room.whole(layout.addresses.rows);
    this.quantityRows = this.room.whole(layout.addresses.quantity_rows);
    this.advance = /** @type {(frame: number) => void} */ (instance.exports.advance);
    this.observe = /** @type {(...addresses: number[]) => void} */ (instance.exports.observe);
    this.places = new Map(layout.parameters.map((name, place) => [name, place]));
    this.free = new Set(layout.free);
  }

  /** @param {BufferSource} code bytes of the module @param {Layout} layout @returns {Promise<Model>} */
  static async of(code, layout) {
    const memory = new WebAssembly.Memory({ initial: 16 });
    const { instance } = await WebAssembly.instantiate(code, { env: { __linear_memory: memory } });
    return new Model(instance, memory, layout);
  }

  /** All parameters under a stance. @param {string} stance @returns {Map<string, Values>} */
  values(stance) {
    return new Map(this.layout.parameters.map((name, place) => [name, this.layout.values[stance][place]]));
  }

  /** What is given, and the central values of the rest. @param {Parameters} given @returns {Map<string, Values>} */
  completed(given) {
    const central = this.layout.values.evidence;
    return new Map(this.layout.parameters.map((name, place) => [name, given.get(name) ?? central[place]]));
  }

  /** Follow bodies through a schedule.
   * @param {Parameters} given @param {Float64Array} start [state, body] before any pulse at the first time
   * @param {Schedule} schedule @param {number[]} times increasing days
   * @param {{rtol?: number, longest?: number, stages?: number}} [control] @returns {Courses} */
  simulate(given, start, schedule, times, control = {}) {
    const { layout, room } = this;
    const { rtol = layout.control.rtol, longest = Infinity, stages = layout.control.stages } = control;
    const count = layout.states.length;
    const bodies = start.length / count;
    const lanes = Math.ceil(bodies / layout.lanes) * layout.lanes;
    for (const name of [...given.keys(), ...schedule.parameters])
      if (!this.places.has(name)) throw new RangeError(`The model has no parameter ${name}.`);
    const parameters = this.completed(given);
    const inputs = schedule.parameters;
    const single = layout.parameters.filter((name) => typeof parameters.get(name) !== "number");
    const stuck = [...single, ...inputs].filter((name) => !this.free.has(name));
    if (stuck.length) throw new RangeError(`${stuck[0]} is the same for all bodies at all times here.`);
    room.release();
    const y = new Float64Array(count * lanes);
    for (let state = 0; state < count; state++)
      fill(y, state * lanes, lanes, start.subarray(state * bodies, (state + 1) * bodies));
    const individual = new Float64Array(single.length * lanes);
    single.forEach((name, row) => fill(individual, row * lanes, lanes, /** @type {Values} */ (parameters.get(name))));
    const floor = layout.scales.map((scale) => rtol * layout.control.floor * scale);
    const some = floor.map((one) => one > SMALLEST);
    const unit = floor.map((one, state) => (some[state] ? 1 / one : 1));
    /** @type {Record<string, number>} */
    const at = {
      y: room.numbers(y),
      f: room.zeros(count * lanes),
      h: room.numbers(new Float64Array(lanes).fill(layout.control.first)),
      h_kink: room.numbers(new Float64Array(lanes).fill(Infinity)),
      failed_at: room.numbers(new Float64Array(lanes).fill(NaN)),
      steps: room.zeros(lanes),
      evaluations: room.zeros(lanes / layout.lanes),
      shared: room.numbers(layout.parameters.map((name) => numberOr(parameters.get(name), 0))),
      individual_place: room.wholes(single.map((name) => /** @type {number} */ (this.places.get(name)))),
      individual: room.numbers(individual),
      error_weights: room.numbers([...unit, ...some.map(Number), ...unit.map((one) => rtol * one)]),
      step_limits: room.numbers([rtol, longest]),
      shares: room.numbers(layout.shares[stages]),
      work: room.zeros(this.rows * layout.lanes),
      outputs: room.zeros(times.length * count * lanes),
    };
    const timeline = cut(schedule, times);
    const mark = room.next;
    for (let first = 0; first < timeline.starts.length; first += BLOCK) {
      room.release(mark);
      const piece = block(schedule, timeline, inputs, parameters, layout.states, first, lanes, bodies);
      const places = inputs.map((name) => /** @type {number} */ (this.places.get(name)));
      for (const name of /** @type {const} */ (["start", "length", "left", "slope", "add"])) at[name] = room.numbers(piece[name]);
      for (const name of /** @type {const} */ (["first", "after", "restart", "pulses", "pulsed", "ramped", "output_at"]))
        at[name] = room.wholes(piece[name]);
      at.place = room.wholes(places);
      const own = piece.ramped.map((number) => inputs[number]).every((name) => layout.inputs.includes(name));
      /** @type {Record<string, number>} */
      const numbers = {
        from: 0, to: lanes / layout.lanes, lanes, intervals: piece.first.length, pulse_slots: piece.slots,
        inputs: inputs.length, ramps: piece.ramped.length, ramp_level: piece.ramped.length === 0 ? 0 : own ? 1 : 2,
        individuals: single.length, output_stride: lanes, stages,
      };
      this.advance(room.wholes(layout.frame.map((name) => numbers[name] ?? at[name])));
    }
    const states = room.floats(at.outputs, times.length * count * lanes).slice();
    const end = new Float64Array(count * bodies);
    const lost = [...room.floats(at.failed_at, lanes)];
    const reached = room.floats(at.y, count * lanes);
    const last = (times.length - 1) * count * lanes;
    for (let state = 0; state < count; state++)
      for (let lane = 0; lane < lanes; lane++) {
        const value = Number.isNaN(lost[lane]) ? reached[state * lanes + lane] : NaN;
        states[last + state * lanes + lane] = value;
        if (lane < bodies) end[state * bodies + lane] = value;
      }
    for (const pulse of schedule.pulses)
      if (pulse.time === times[times.length - 1]) {
        const row = last + layout.states.indexOf(pulse.state) * lanes;
        for (let lane = 0; lane < lanes; lane++) states[row + lane] += of(pulse.add, Math.min(lane, bodies - 1));
      }
    const steps = Array.from({ length: bodies }, (_, body) => room.whole(at.steps + 8 * body));
    return { times, bodies, lanes, states, end, steps, failedAt: lost.slice(0, bodies), parameters, schedule };
  }

  /** States or derived quantities of courses. @param {Courses} courses @param {string[]} names
   * @returns {Float64Array} [time, name, body]; at a jump the value after it */
  quantities(courses, names) {
    const { layout } = this;
    const { times, bodies, lanes } = courses;
    const places = names.map((name) => placeOf(name, layout));
    const wide = layout.lanes;
    const found = new Float64Array(times.length * names.length * bodies);
    const scope = this.scope(courses);
    for (let group = 0; group < lanes; group += wide) {
      scope.take(group);
      for (let number = 0; number < times.length; number++) {
        scope.set(number, times[number]);
        this.observe(...scope.addresses);
        for (let place = 0; place < places.length; place++) {
          const { table, row } = places[place];
          const values = table === "state" ? scope.state : scope.result;
          for (let lane = 0; lane < wide && group + lane < bodies; lane++)
            found[(number * names.length + place) * bodies + group + lane] = values[row * wide + lane];
        }
      }
    }
    return found;
  }

  /** Look at one moment of courses with parameters set to nothing in turn.
   * @param {Courses} courses @param {number} number of the time @param {number} day for what is given
   * @param {(bodies: number, observe: (off: string | null) => Float64Array) => void} see called for every vector of bodies;
   *   `observe` gives rules and reactions [one, lane], all of them or with one parameter at 0, until it is called again */
  look(courses, number, day, see) {
    const scope = this.scope(courses);
    for (let group = 0; group < courses.lanes; group += this.layout.lanes) {
      scope.take(group);
      scope.set(number, day);
      see(Math.min(this.layout.lanes, courses.bodies - group), (off) => {
        const kept = off === null ? null : scope.p(off).slice();
        if (off !== null) scope.p(off).fill(0);
        this.observe(...scope.addresses);
        if (off !== null) scope.p(off).set(/** @type {Float64Array} */ (kept));
        return scope.result;
      });
    }
  }

  /** Room to observe courses in, a vector of bodies at a time. @param {Courses} courses */
  scope({ times, lanes, states, schedule, parameters }) {
    const { layout, room } = this;
    const wide = layout.lanes;
    const count = layout.states.length;
    const size = (layout.quantities.length + layout.reactions.length) * wide;
    room.release();
    const at = {
      p: room.zeros(layout.parameters.length * wide), rows: room.zeros(this.quantityRows * wide),
      time: room.zeros(wide), state: room.zeros(count * wide), found: room.zeros(size),
    };
    const [all, time, state] = [room.floats(at.p, layout.parameters.length * wide), room.floats(at.time, wide), room.floats(at.state, count * wide)];
    const first = (/** @type {string} */ name) => /** @type {number} */ (this.places.get(name)) * wide;
    let group = 0;
    /** @type {[number, Float64Array][]} rows that differ between bodies */
    const single = [];
    for (const name of layout.parameters) {
      const value = /** @type {Values} */ (parameters.get(name));
      if (typeof value === "number") all.fill(value, first(name), first(name) + wide);
      else single.push([first(name), value]);
    }
    return {
      p: (/** @type {string} */ name) => all.subarray(first(name), first(name) + wide),
      state, result: room.floats(at.found, size), addresses: [at.p, at.rows, at.time, at.state, at.found],
      take: (/** @type {number} */ from) => {
        group = from;
        for (const [row, value] of single) fill(all, row, wide, value, group);
      },
      set: (/** @type {number} */ number, /** @type {number} */ day) => {
        for (const name of schedule.parameters)
          fill(all, first(name), wide, schedule.value(name, day, /** @type {Values} */ (parameters.get(name))), group);
        time.fill(times[number]);
        for (let row = 0, from = number * count * lanes + group; row < count; row++, from += lanes)
          for (let lane = 0; lane < wide; lane++) state[row * wide + lane] = states[from + lane];
      },
    };
  }

  /** Bring bodies to their stationary state. @param {Parameters} given @param {number} bodies @param {number} last day
   * @returns {Float64Array} [state, body] */
  settle(given, bodies, last = 0) {
    const { days, youngest, longest, stages, faster, drawn, start } = this.layout.settling;
    const parameters = this.completed(given);
    const each = (/** @type {string} */ name, /** @type {(value: number) => number} */ change) => {
      const value = /** @type {Values} */ (parameters.get(name));
      parameters.set(name, typeof value === "number" ? change(value) : value.map(change));
    };
    for (const [name, factor] of Object.entries(faster)) each(name, (value) => value * factor);
    each("age_at_start", (age) => age + Math.max(0, youngest - (age + last - days)));
    const first = new Float64Array(this.layout.states.length * bodies);
    this.layout.states.forEach((name, state) => {
      const value = name in drawn ? /** @type {Values} */ (parameters.get(drawn[name])) : this.layout.starts[start][state];
      for (let body = 0; body < bodies; body++) first[state * bodies + body] = of(value, body);
    });
    const courses = this.simulate(parameters, first, new Schedule(), [last - days, last], { longest, stages });
    return courses.end;
  }
}

/** Put values of bodies into lanes of an array; lanes without a body take the last one's.
 * @param {Float64Array} to @param {number} at @param {number} lanes @param {Values} values @param {number} [first] body */
function fill(to, at, lanes, values, first = 0) {
  if (typeof values === "number") return void to.fill(values, at, at + lanes);
  const last = values.length - 1;
  for (let lane = 0; lane < lanes; lane++) to[at + lane] = values[first + lane < last ? first + lane : last];
}

/** @param {Values | undefined} value @param {number} otherwise @returns {number} */
function numberOr(value, otherwise) {
  return typeof value === "number" ? value : otherwise;
}

/** @param {string} name @param {Layout} layout @returns {{table: "state" | "quantity", row: number}} */
function placeOf(name, layout) {
  const state = layout.states.indexOf(name);
  if (state >= 0) return { table: "state", row: state };
  const quantity = layout.quantities.indexOf(name);
  if (quantity < 0) throw new RangeError(`The model has no quantity ${name}.`);
  return { table: "quantity", row: quantity };
}
