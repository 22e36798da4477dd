// What each mechanism carries at one moment: the share of its target's turnover that changes at once when it is off.

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {[string, string, string, string[], string[]]} Arrow from, to, sign; where its flux is read, and where else
 * @typedef {{arrows: Record<string, Arrow>, changes: Record<string, Record<string, number>>}} Wiring reaction -> state -> amount
 */

const JUST_BEFORE = 1e-6; // days: what is taken until a day is still taken when we look

/** The flux of every mechanism in every body.
 * @param {Model} model @param {import("./model.js").Courses} courses @param {number} number of the time
 * @param {Wiring} wiring @param {Record<string, [string]>} mechanisms id -> its switch, and more @returns {Record<string, number[]>} 0 to 1 */
export function fluxes(model, courses, number, wiring, mechanisms) {
  const readers = readersOf(model.layout, wiring);
  const wide = model.layout.lanes;
  /** @type {Record<string, number[]>} */
  const found = Object.fromEntries(Object.keys(mechanisms).map((id) => [id, []]));
  model.look(courses, number, Math.max(0, courses.times[number] - JUST_BEFORE), (bodies, observe) => {
    const on = observe(null).slice();
    for (const { id, ends, others } of readers) {
      const off = observe(mechanisms[id][0]);
      for (let lane = 0; lane < bodies; lane++) found[id].push(most(ends, on, off, lane, wide) || most(others, on, off, lane, wide));
    }
  });
  return found;
}

/** The middle of fluxes over bodies. @param {Record<string, number[]>} found mechanism -> of each body @returns {Record<string, number>} */
export function middles(found) {
  return Object.fromEntries(Object.entries(found).map(([id, values]) => [id, middle(values)]));
}

/**
 * @typedef {{rows: Int32Array, amounts: Float64Array | null}} Place where a flux is read: of a state the reactions that move it
 *   and by how much; of a rule its own row
 * @typedef {{id: string, ends: Place[], others: Place[]}} Reader
 * @type {WeakMap<Wiring, Reader[]>}
 */
const KNOWN = new WeakMap();

/** Where the flux of every mechanism is read. @param {import("./model.js").Layout} layout @param {Wiring} wiring @returns {Reader[]} */
function readersOf({ states, quantities, reactions }, wiring) {
  const known = KNOWN.get(wiring);
  if (known) return known;
  const row = new Map([...quantities, ...reactions].map((name, place) => [name, place]));
  const flows = flowsOf(wiring);
  const place = (/** @type {string} */ name) => {
    const own = states.includes(name) ? flows.get(name) ?? [] : null;
    const names = own ? own.map(([reaction]) => reaction) : [name];
    return { rows: Int32Array.from(names, (one) => /** @type {number} */ (row.get(one))), amounts: own && Float64Array.from(own, ([, amount]) => amount) };
  };
  const found = Object.entries(wiring.arrows).map(([id, [, , , ends, others]]) => ({ id, ends: ends.map(place), others: others.map(place) }));
  KNOWN.set(wiring, found);
  return found;
}

/** @param {Wiring} wiring @returns {Map<string, [string, number][]>} state -> the reactions that move it, by how much */
function flowsOf({ changes }) {
  /** @type {Map<string, [string, number][]>} */
  const found = new Map();
  for (const [reaction, moved] of Object.entries(changes))
    for (const [state, amount] of Object.entries(moved)) found.set(state, [...(found.get(state) ?? []), [reaction, amount]]);
  return found;
}

/** The largest flux at some places. @param {Place[]} places @param {Float64Array} on @param {Float64Array} off @param {number} lane @param {number} wide
 * @returns {number} 0 to 1 */
function most(places, on, off, lane, wide) {
  let found = 0;
  for (const { rows, amounts } of places) {
    let [gain, loss, gainOff, lossOff] = [0, 0, 0, 0]; // a day; a rule has one value, taken for a gain
    for (let one = 0; one < rows.length; one++) {
      const [amount, at] = [amounts ? amounts[one] : 1, rows[one] * wide + lane];
      const [flow, flowOff] = [amount * on[at], amount * off[at]];
      if (flow > 0 || !amounts) gain += flow;
      else loss -= flow;
      if (flowOff > 0 || !amounts) gainOff += flowOff;
      else lossOff -= flowOff;
    }
    const whole = Math.max(Math.abs(gain), Math.abs(loss), Math.abs(gainOff), Math.abs(lossOff));
    const moved = Math.max(Math.abs(gain - gainOff), Math.abs(loss - lossOff));
    if (whole > 0) found = Math.max(found, Math.min(moved / whole, 1));
  }
  return found;
}

/** @param {number[]} values @returns {number} their median; those that are no numbers are left out */
function middle(values) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  const half = (sorted.length - 1) / 2;
  return sorted.length ? (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2 : 0;
}
