// Studies of a statement as a forest plot: a table whose rows share one scale, so that it is read with and without eyes.

import { make } from "./controls.js";
import { part } from "./pen.js";

/**
 * @typedef {{id: string, role: string, pool: boolean, name: string, what: string, measure: string, middle: number, low: number, high: number, count: string}} Row
 * @typedef {{scale: "ratio" | "points", rows: Row[], pooled: {middle: number, low: number, high: number, measure: string, count: number} | null}} Forest
 * @typedef {{low: number, middle: number, high: number}} Ends
 */

const [ROW_WIDE, ROW_HIGH, ROW_EDGE] = [200, 22, 6]; // units of a row's picture
const [SMALL, LARGE] = [3, 8]; // half a square of the least and of the most certain study

/** @param {Forest} forest @param {import("./words.js").Words} words 
 * @returns {HTMLElement} */
export function forestOf({ scale, rows, pooled }, words) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const log = scale === "ratio";
  const number = (/** @type {number} */ value) => words.number(value, log ? 2 : 1);
  const size = (/** @type {number} */ value) => (log ? Math.log(value) : value);
  const all = [...rows, ...(pooled ? [pooled] : [])];
  const none = log ? 1 : 0;
  const from = Math.min(size(none), ...all.map(({ low }) => size(low)));
  const to = Math.max(size(none), ...all.map(({ high }) => size(high)));
  const x = (/** @type {number} */ value) => ROW_EDGE + ((size(value) - from) / (to - from || 1)) * (ROW_WIDE - 2 * ROW_EDGE);
  const certain = (/** @type {Ends} */ { low, high }) => 1 / (size(high) - size(low) || 1);
  const most = Math.max(...rows.filter(({ pool }) => !pool).map(certain), 0);
  const picture = (/** @type {Ends} */ ends, /** @type {boolean} */ pool, /** @type {boolean} */ against) => {
    const svg = part("svg", { viewBox: `0 0 ${ROW_WIDE} ${ROW_HIGH}`, class: `forest${against ? " against" : ""}`, "aria-hidden": "true", preserveAspectRatio: "none" });
    const [low, middle, high, half] = [x(ends.low), x(ends.middle), x(ends.high), ROW_HIGH / 2];
    svg.append(part("line", { x1: x(none), x2: x(none), y1: -4 * ROW_HIGH, y2: 5 * ROW_HIGH, class: "none" }));
    if (pool) svg.append(part("path", { d: `M${low} ${half}L${middle} ${half - 7}L${high} ${half}L${middle} ${half + 7}Z`, class: "pool" }));
    else {
      const side = SMALL + (LARGE - SMALL) * Math.sqrt(certain(ends) / most);
      svg.append(part("line", { x1: low, x2: high, y1: half, y2: half, class: "reach" }), part("rect", { x: middle - side / 2, y: half - side / 2, width: side, height: side, class: "study" }));
    }
    return svg;
  };
  const row = (/** @type {(Node | string)[]} */ name, /** @type {Ends & {measure: string}} */ ends, pool = false, against = false) =>
    make("tr", { class: pool ? "pooled" : "" }, [
      make("th", { scope: "row" }, name), make("td", { class: "drawn" }, [picture(ends, pool, against)]),
      make("td", { class: "sized", "data-head": say("forest_size"), textContent: `${ends.measure === "points" ? "" : `${ends.measure} `}${number(ends.middle)} (${number(ends.low)} ${say("to")} ${number(ends.high)})` }),
    ]);
  const body = rows.map((one) => {
    const role = one.role === "source" || one.role === "study" ? [] : [make("span", { class: `role ${one.role}`, textContent: ` ${say(one.role === "against" ? "forest_against" : "forest_mechanism")}` })];
    const count = one.count ? ` ${say("forest_studies", { count: one.count })}` : "";
    const named = [make("b", { textContent: spaced(one.name) || one.id }), ...(one.pool ? [` ${say("forest_pool")}${count}`] : []), ...role, make("br"), words.told(one.what)];
    return row(named, one, one.pool, one.role === "against");
  });
  if (pooled) body.push(row([make("b", { textContent: say(log ? "forest_pooled_ratio" : "forest_pooled_points", { count: pooled.count, measure: pooled.measure }) })], pooled, true));
  const ends = make("tr", { class: "ways" }, [make("td"), make("td", { textContent: say(log ? "forest_ratio" : "forest_points") }), make("td")]);
  const heads = ["forest_study", "forest_drawn", "forest_size"].map((key) => make("th", { scope: "col", textContent: say(key) }));
  return make("table", { class: "forest" }, [make("caption", { textContent: say(log ? "forest_ratio_title" : "forest_points_title") }), make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, [...body, ends])]);
}

/** @param {string} name as the tables write it @returns {string} with the year apart */
function spaced(name) {
  return name.replaceAll("_", " ").replace(/([a-z])(\d{4})/, "$1 $2");
}
