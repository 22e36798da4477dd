// The chart: weeks across, a quantity or a difference upwards; bands of bodies, lines of medians.

import { part } from "./pen.js";

const NARROW = 500; // pixels
const [SIDE, DIGIT, BESIDE] = [{ left: 44, right: 14, top: 10, bottom: 36 }, 7.5, 6]; // pixels; of a number at the side, and beside it

/**
 * @typedef {{bands: number[][], look: string, words: string, filled: boolean, label?: string}} Line label: at the line
 * @typedef {object} Drawing
 * @property {SVGSVGElement} svg @property {[number, number]} [size] pixels, measured before anything else is drawn; else as it is @property {number[]} weeks @property {Line[]} lines @property {[number, number]} range upwards @property {number[]} [levels] what is written at the side; else round numbers
 * @property {string} says for who cannot see it @property {string} across words of the axis of weeks
 * @property {(value: number) => string} format @property {{at: number, words: string}[]} [marks] level lines
 * @property {(value: number) => string} [acrossFormat] @property {number} [cursor] week
 * @property {{ends: [number, number], words: string}} [guess] at the last week
 * @property {{week: number, value: number, words: string}[]} [notes] words at a place
 * @property {{at: number, value: number, words: string}[]} [points] single numbers
 */

/** @param {Element} svg @returns {[number, number]} pixels across and upwards */
export const sizeOf = (svg) => [svg.clientWidth || 600, svg.clientHeight || 240];

/** @param {Drawing} drawing */
export function draw({ svg, size = sizeOf(svg), weeks, lines, range, levels, says, across, format, acrossFormat = format, marks = [], cursor, guess, points = [], notes = [] }) {
  const [wide, high] = size;
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.setAttribute("aria-label", says);
  const last = weeks[weeks.length - 1];
  const sideways = (levels ?? ticks(range, Math.max(3, Math.floor(high / 50)))).map((at) => ({ at, words: format(at) }));
  const left = Math.max(SIDE.left, BESIDE + DIGIT * Math.max(0, ...sideways.map((one) => one.words.length)));
  const x = (/** @type {number} */ week) => left + (week / last) * (wide - left - SIDE.right);
  const y = (/** @type {number} */ value) => {
    const share = (Math.min(Math.max(value, range[0]), range[1]) - range[0]) / (range[1] - range[0]);
    return high - SIDE.bottom - share * (high - SIDE.top - SIDE.bottom);
  };
  const found = [];
  for (const { at, words } of sideways) {
    found.push(part("line", { class: "grid", x1: left, x2: wide - SIDE.right, y1: y(at), y2: y(at) }));
    found.push(part("text", { x: left - 6, y: y(at) + 4, "text-anchor": "end" }, words));
  }
  for (const week of ticks([0, last], Math.max(2, Math.floor(wide / 90))))
    found.push(part("text", { x: x(week), y: high - 20, "text-anchor": "middle" }, acrossFormat(week)));
  found.push(part("text", { x: wide - SIDE.right, y: high - 4, "text-anchor": "end", class: "quiet" }, across));
  const area = (/** @type {number[][]} */ bands, /** @type {number} */ low, /** @type {number} */ top) => {
    const forth = bands.map((band, i) => `${x(weeks[i]).toFixed(1)},${y(band[top]).toFixed(1)}`);
    const back = bands.map((band, i) => `${x(weeks[i]).toFixed(1)},${y(band[low]).toFixed(1)}`).reverse();
    return `M${[...forth, ...back].join("L")}Z`;
  };
  for (const { bands, look, filled } of lines) {
    const kind = filled ? "" : " outline";
    found.push(part("path", { class: `wide ${look}${kind}`, d: area(bands, 0, 4) }));
    found.push(part("path", { class: `half ${look}${kind}`, d: area(bands, 1, 3) }));
  }
  for (const { at, words } of marks)
    if (at > range[0] && at < range[1]) {
      found.push(part("line", { class: "mark", x1: left, x2: wide - SIDE.right, y1: y(at), y2: y(at) }));
      const under = y(at) + 14 < high - SIDE.bottom - 2; // names of lines stand above it more often
      found.push(part("text", { x: left + 6, y: y(at) + (under ? 14 : -5), class: "quiet" }, words));
    }
  for (const { bands, look } of lines) {
    const points = bands.map((band, i) => `${x(weeks[i]).toFixed(1)},${y(band[2]).toFixed(1)}`);
    found.push(part("path", { class: `line ${look}`, d: `M${points.join("L")}` }));
  }
  const place = Math.round((guess && wide < NARROW ? 0.38 : 0.62) * last); // clear of the name of the guess
  const labelled = lines.filter(({ label }) => label).sort((one, other) => other.bands[place][2] - one.bands[place][2]);
  labelled.forEach(({ bands, look, label }, number) =>
    found.push(part("text", { class: `noted ${look}`, x: x(place), y: y(bands[place][2]) + (number ? 17 : -7), "text-anchor": "middle" }, label)));
  if (guess) {
    const [low, top] = guess.ends.map(y);
    const [right, tip] = [wide - SIDE.right + 10, wide - SIDE.right + 4];
    found.push(part("path", { class: "guessed", d: `M${tip},${top}H${right}V${low}H${tip}` }));
    found.push(part("text", { x: tip - 10, y: Math.min(Math.max((low + top) / 2 + 4, 12), high - SIDE.bottom - 4), "text-anchor": "end", class: "guessed" }, guess.words));
  }
  for (const { at, value, words } of points) {
    const [middle, level] = [x(at), y(value)];
    found.push(part("path", { class: "real", d: `M${middle - 6},${level}L${middle},${level - 7}L${middle + 6},${level}L${middle},${level + 7}Z` }, words));
  }
  if (cursor !== undefined) found.push(part("line", { class: "cursor", x1: x(cursor), x2: x(cursor), y1: SIDE.top, y2: high - SIDE.bottom }));
  for (const { week, value, words } of notes) found.push(part("text", { class: "noted", x: x(week), y: y(value) + 4, "text-anchor": "middle" }, words));
  svg.replaceChildren(...found);
}

/** Round numbers within a range. @param {[number, number]} range @param {number} most @returns {number[]} */
export function ticks([low, high], most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? 10 * power;
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-9 * step; tick += step) found.push(Math.abs(tick) < step / 1e6 ? 0 : tick);
  return found;
}
