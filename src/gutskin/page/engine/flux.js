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
  const flows = flowsOf(wiring);
  const { states, quantities, reactions } = model.layout;
  const row = new Map([...quantities, ...reactions].map((name, place) => [name, place]));
  const known = new Set(states);
  /** @type {Record<string, number[]>} */
  const found = Object.fromEntries(Object.keys(mechanisms).map((id) => [id, []]));
  model.look(courses, number, Math.max(0, courses.times[number] - JUST_BEFORE), (bodies, observe) => {
    const on = observe(null).slice();
    for (const [id, [, , , ends, others]] of Object.entries(wiring.arrows)) {
      const off = observe(mechanisms[id][0]);
      for (let lane = 0; lane < bodies; lane++) {
        const at = (/** @type {Float64Array} */ seen, /** @type {string} */ name) => seen[/** @type {number} */ (row.get(name)) * model.layout.lanes + lane];
        const share = (/** @type {string[]} */ names) => {
          let most = 0;
          for (const name of names) {
            const both = known.has(name)
              ? [turnover(flows.get(name) ?? [], (one) => at(on, one)), turnover(flows.get(name) ?? [], (one) => at(off, one))]
              : [[at(on, name)], [at(off, name)]];
            most = Math.max(most, fluxOf(both[0], both[1]));
          }
          return most;
        };
        found[id].push(share(ends) || share(others));
      }
    }
  });
  return found;
}

/** The middle of fluxes over bodies. @param {Record<string, number[]>[]} pieces of some bodies each @returns {Record<string, number>} */
export function middles(pieces) {
  return Object.fromEntries(Object.keys(pieces[0]).map((id) => [id, middle(pieces.flatMap((piece) => piece[id]))]));
}

/** @param {Wiring} wiring @returns {Map<string, [string, number][]>} state -> the reactions that move it, by how much */
function flowsOf({ changes }) {
  /** @type {Map<string, [string, number][]>} */
  const found = new Map();
  for (const [reaction, moved] of Object.entries(changes))
    for (const [state, amount] of Object.entries(moved)) found.set(state, [...(found.get(state) ?? []), [reaction, amount]]);
  return found;
}

/** @param {[string, number][]} flows @param {(reaction: string) => number} rate @returns {[number, number]} gain and loss a day */
function turnover(flows, rate) {
  let [gain, loss] = [0, 0];
  for (const [reaction, amount] of flows) {
    const flow = amount * rate(reaction);
    gain += Math.max(flow, 0);
    loss += Math.max(-flow, 0);
  }
  return [gain, loss];
}

/** @param {number[]} on @param {number[]} off gain and loss of a state, or the value of a rule @returns {number} 0 to 1 */
function fluxOf(on, off) {
  const whole = Math.max(...on.map(Math.abs), ...off.map(Math.abs));
  if (!(whole > 0)) return 0;
  return Math.min(Math.max(...on.map((value, place) => Math.abs(value - off[place]))) / whole, 1);
}

/** @param {number[]} values @returns {number} their median; those that are no numbers are left out */
function middle(values) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  const half = (sorted.length - 1) / 2;
  return sorted.length ? (sorted[Math.floor(half)] + sorted[Math.ceil(half)]) / 2 : 0;
}
