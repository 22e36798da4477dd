// A finished run of a trial: what trials would report, arms over time, power by patients, what was published.

import { draw } from "./chart.js";
import { make } from "./controls.js";
import { effectAxis, ratioTicks, ratioWords } from "./effect_axis.js";
import { part } from "./pen.js";
import { STANCES } from "./settings.js";
import { quantile } from "./spread.js";

/** @typedef {import("./words.js").Words} Words */

const [CANVAS, HEAP, TALL, FOOT, MARGIN] = [600, 96, 240, 62, 90]; // pixels; margin: within it words do not stand in the middle

/** @param {HTMLElement} place @param {any} result of page/trial_result.py @param {Words} words */
export function drawResult(place, result, words) {
  place.hidden = !result;
  if (!result) return;
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const active = result.arms.filter((/** @type {any} */ arm) => !arm.control);
  const figure = (/** @type {string} */ title, /** @type {string} */ how, /** @type {SVGElement} */ svg, /** @type {Node[]} */ legend = []) =>
    make("figure", {}, [make("figcaption", {}, [make("b", { textContent: title })]), svg, ...legend, make("p", { class: "quiet", textContent: how })]);
  const other = STANCES.find((stance) => stance !== result.stance) ?? "article";
  const [first] = active;
  const { ratio } = result.primary;
  const lead = say("result_lead", { title: result.title || result.name, seed: result.seed, replicates: result.stances[result.stance][first.name].replicates, other: result.stances[other][first.name].replicates });
  const sentences = active.flatMap((/** @type {any} */ arm) => STANCES.map((stance) => make("p", { class: `says ${stance}`, textContent: sentence(result, arm, stance, words) })));
  const box = (/** @type {number} */ high) => {
    const svg = /** @type {SVGSVGElement} */ (part("svg", { role: "img" }));
    svg.style.height = `${high}px`;
    return svg;
  };
  const [reported, course] = [box(active.length * 2 * HEAP + FOOT), box(TALL)];
  const unit = ["1", "points"].includes(result.primary.unit) ? "" : `, ${result.primary.unit}`;
  const powers = active.map((/** @type {any} */ arm) => [arm, box(TALL)]);
  place.replaceChildren(
    make("h2", { textContent: say("result_title") }), make("p", { class: "quiet", textContent: lead }), ...sentences,
    ratio ? figure(`${say("result_reported_ratio")} (${result.primary.label})`, `${say("result_reported_how")} ${say("result_no_effect")} ${say("result_logarithmic")}`, reported)
      : figure(`${say("result_reported")} (${result.primary.label}${unit})`, say("result_reported_how"), reported),
    make("div", { class: "pair" }, [
      figure(`${say("result_course")} (${result.primary.label}${unit})`, ratio ? `${say("result_course_how")} ${say("result_logarithmic")}` : say("result_course_how"), course, [armsLegend(result)]),
      ...powers.map((/** @type {[any, SVGSVGElement]} */ [arm, svg]) => figure(`${say("result_power")}: ${arm.label}`, powerWords(result, arm, words), svg, result.stances[result.stance][arm.name].power ? [stancesLegend(words)] : [])),
    ]),
    publishedTable(result, words),
    make("p", { class: "quiet" }, [`${say("result_command")}: `, make("code", { textContent: result.command })]),
  );
  drawReported(reported, result, active, words);
  drawCourse(course, result, words);
  for (const [arm, svg] of powers) drawPower(svg, result, arm, words);
}

/** @param {any} result @param {any} arm @param {"evidence" | "article"} stance @param {Words} words */
export function sentence(result, arm, stance, words) {
  const { reported, tested, replicates, ...found } = result.stances[stance][arm.name];
  const { ratio } = result.primary;
  const numbers = reported.filter((/** @type {number | null} */ one) => one !== null);
  const ends = /** @type {[number, number, number]} */ ([0.025, 0.5, 0.975].map((share) => quantile(numbers, share)));
  const told = numbers.length === 0 ? ["–", "–", "–"] : ratio ? ratioWords(ends, words) : ends.map((one) => words.digits(one));
  const [low, middle, high] = told;
  const share = (/** @type {number[]} */ some) => (tested ? words.percent(some.length / replicates) : "–");
  return words.say(ratio ? "result_says_ratio" : "result_says", { arm: arm.label, stance: words.say(stance).toLowerCase(), low, middle, high, for: share(found.for), against: share(found.against) });
}

/** Dots of what every trial reports, in heaps; where the true effect lies. @param {SVGSVGElement} svg @param {any} result @param {any[]} active @param {Words} words */
function drawReported(svg, result, active, words) {
  const wide = svg.clientWidth || CANVAS;
  const { ratio } = result.primary;
  const rows = active.flatMap((arm) => STANCES.map((stance) => ({ arm, stance, found: result.stances[stance][arm.name] })));
  const all = rows.flatMap(({ found }) => [...found.reported, ...found.true]).filter((one) => one !== null);
  const real = result.published.filter((/** @type {any} */ one) => one.endpoint === result.primary.name && one.measure === (ratio ? "ratio" : "difference"));
  const meaningful = result.primary.meaningful ? [result.primary.meaningful * (result.primary.lower ? -1 : 1)] : [];
  const { x, none, ticks } = effectAxis([...all, ...meaningful, ...real.map((/** @type {any} */ one) => one.published.value)], ratio, wide);
  const tall = rows.length * HEAP + FOOT;
  svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
  svg.setAttribute("aria-label", rows.map(({ arm, stance }) => sentence(result, arm, stance, words)).join(" "));
  const base = tall - FOOT + 4;
  const parts = ticks.flatMap((at) => [
    part("line", { class: at === none ? "zero" : "grid", x1: x(at), x2: x(at), y1: 4, y2: base }), part("text", { x: x(at), y: base + 16, "text-anchor": "middle" }, ratio ? words.plain(at) : words.tick(at))]);
  const [left, right] = [words.say(result.primary.lower ? "result_better" : "result_worse"), words.say(result.primary.lower ? "result_worse" : "result_better")];
  parts.push(part("text", { class: "way", x: 12, y: tall - 6 }, `← ${left}`), part("text", { class: "way", x: wide - 12, y: tall - 6, "text-anchor": "end" }, `${right} →`));
  for (const at of meaningful) parts.push(part("line", { class: "mark", x1: x(at), x2: x(at), y1: 4, y2: base + 22 }), part("text", { x: x(at), y: tall - 24, "text-anchor": x(at) < MARGIN ? "start" : x(at) > wide - MARGIN ? "end" : "middle" }, `${words.tick(at)}: ${words.say("noticed_mark")}`));
  rows.forEach(({ arm, stance, found }, row) => {
    const floor = (row + 1) * HEAP - 18;
    parts.push(part("text", { x: 20, y: row * HEAP + 14, class: `noted ${stance}` }, `${arm.label}: ${words.say(stance)}`));
    const size = Math.max(1.4, Math.min(4, 900 / found.reported.length));
    /** @type {Map<number, number>} dots in a heap */
    const heaps = new Map();
    const sure = new Set([...found.for, ...found.against]);
    const tallest = heapHeight(found.reported, x, size);
    const lift = Math.min(2 * size, (HEAP - 48) / Math.max(1, tallest - 1));
    found.reported.forEach((/** @type {number | null} */ one, /** @type {number} */ number) => {
      if (one === null) return;
      const heap = Math.round(x(one) / (2 * size));
      const count = heaps.get(heap) ?? 0;
      heaps.set(heap, count + 1);
      parts.push(part("circle", { class: `dot ${stance}${sure.has(number) ? " sure" : ""}`, cx: heap * 2 * size, cy: (floor - size - count * lift).toFixed(1), r: size }));
    });
    const [least, , middle, , most] = found.true;
    if (least !== null) parts.push(part("line", { class: `true ${stance}`, x1: x(least), x2: x(most), y1: floor + 6, y2: floor + 6 }), part("circle", { class: `dot sure ${stance}`, cx: x(middle), cy: floor + 6, r: 4 }));
    for (const one of real.filter((/** @type {any} */ each) => each.arm === arm.name)) parts.push(diamond(x(one.published.value), floor - 8));
  });
  svg.replaceChildren(...parts);
}

/** @param {(number | null)[]} values @param {(value: number) => number} x @param {number} size @returns {number} dots of the highest heap */
function heapHeight(values, x, size) {
  const heaps = new Map();
  for (const one of values) if (one !== null) heaps.set(Math.round(x(one) / (2 * size)), (heaps.get(Math.round(x(one) / (2 * size))) ?? 0) + 1);
  return Math.max(1, ...heaps.values());
}

/** @param {number} x @param {number} y */
function diamond(x, y) {
  return part("path", { class: "real", d: `M${x - 6},${y}L${x},${y - 7}L${x + 6},${y}L${x},${y + 7}Z` });
}

/** @param {any} arm @param {number} number among the active ones @returns {string} */
function look(arm, number) {
  return arm.control ? "without" : `arm-${number % 5}`;
}

/** @param {SVGSVGElement} svg @param {any} result @param {Words} words */
function drawCourse(svg, result, words) {
  let active = 0;
  const { ratio } = result.primary; // then logarithms are drawn
  const place = (/** @type {number} */ value) => (ratio ? Math.log(value) : value);
  const lines = result.arms.map((/** @type {any} */ arm) => ({ bands: result.course[arm.name].map((/** @type {number[]} */ band) => band.map(place)), look: look(arm, arm.control ? 0 : active++), words: arm.label, filled: !arm.control && result.arms.length < 4 }));
  const points = result.published.filter((/** @type {any} */ one) => one.endpoint === result.primary.name && [ratio ? "geometric_mean" : "mean", "median"].includes(one.measure))
    .map((/** @type {any} */ one) => ({ at: one.week, value: place(one.published.value), words: one.arm }));
  const values = [...lines.flatMap((/** @type {any} */ line) => line.bands.flat()), ...points.map((/** @type {any} */ one) => one.value)].filter(Number.isFinite);
  const range = /** @type {[number, number]} */ (ratio ? [Math.min(...values), Math.max(...values) + 0.02] : [Math.min(0, ...values), Math.max(...values) * 1.02]);
  const levels = ratio ? ratioTicks(Math.exp(range[0]), Math.exp(range[1])).map(place) : undefined;
  const middle = (/** @type {any} */ arm, /** @type {number} */ visit) => words.digits(result.course[arm.name].at(visit)[2]);
  const says = `${words.say("result_course")}. ${result.arms.map((/** @type {any} */ arm) => `${arm.label}: ${middle(arm, 0)} → ${middle(arm, -1)}`).join("; ")}`;
  draw({ svg, weeks: result.visits, lines, range, levels, says, across: words.say("week"), format: (value) => (ratio ? words.digits(Math.exp(value)) : words.tick(value)), acrossFormat: (value) => words.tick(value), points });
}

/**
 * How many patients are told, and by which sentence; an open question is no number.
 * @param {{ assurance: number | null, open_from: number | null }} needed
 * @returns {[string, number | null]}
 */
export function neededSentence({ assurance, open_from: open }) {
  if (assurance !== null) return ["result_needed", assurance];
  return open === null ? ["result_never", null] : ["result_open", open];
}

/** @param {any} result @param {any} arm @param {Words} words */
function powerWords(result, arm, words) {
  const found = result.stances[result.stance][arm.name];
  if (!found.power) return words.say("result_no_power");
  const [key, n] = neededSentence(found.power.needed);
  return `${words.say("result_power_how")} ${words.say(key, n === null ? {} : { n: words.tick(n) })}`;
}

/** @param {SVGSVGElement} svg @param {any} result @param {any} arm @param {Words} words */
function drawPower(svg, result, arm, words) {
  const lines = STANCES.filter((stance) => result.stances[stance][arm.name].power).map((stance) => ({
    look: stance, words: words.say(stance), filled: stance === "evidence",
    bands: result.stances[stance][arm.name].power.assurance.map((/** @type {(number | null)[]} */ [low, middle, high]) => [low ?? middle, low ?? middle, middle, high ?? middle, high ?? middle]),
  }));
  if (lines.length === 0) return svg.remove();
  draw({ svg, weeks: result.sizes, lines, range: [0, 1], says: `${words.say("result_power")}, ${arm.label}. ${powerWords(result, arm, words)}`,
    across: words.say("result_patients"), format: (value) => (value <= 1 ? words.percent(value) : words.tick(value)), marks: [{ at: 0.8, words: words.percent(0.8) }], acrossFormat: (value) => words.tick(value) });
}

/** @param {any} result @returns {HTMLElement} */
function armsLegend(result) {
  let active = 0;
  return make("p", { class: "legend" }, result.arms.flatMap((/** @type {any} */ arm) => [make("span", { class: `key ${look(arm, arm.control ? 0 : active++)}`, textContent: arm.label }), " "]));
}

/** @param {Words} words @returns {HTMLElement} */
function stancesLegend(words) {
  return make("p", { class: "legend" }, STANCES.flatMap((stance) => [make("span", { class: `key ${stance}`, textContent: words.say(stance) }), " "]));
}

/** @param {any} result @param {Words} words */
function publishedTable(result, words) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const title = make("h3", { textContent: say("result_published") });
  if (result.published.length === 0) return make("div", {}, [title, make("p", { class: "quiet", textContent: say("result_published_none") })]);
  const labels = Object.fromEntries(result.arms.map((/** @type {any} */ arm) => [arm.name, arm.label]));
  const rows = result.published.map((/** @type {any} */ one) => {
    const number = (/** @type {number | null} */ value) => (value === null ? "–" : words.digits(value));
    const { value, low, high } = one.published;
    const { mean, ci95_low: least, ci95_high: most } = one.simulated;
    const where = value >= least && value <= most ? "result_inside" : "result_outside";
    const what = `${result.labels[one.endpoint]}, ${say(`measure_${one.measure}`)}, ${labels[one.arm]}${one.against ? ` ${one.measure.endsWith("ratio") ? "/" : "–"} ${labels[one.against]}` : ""}, ${say("result_week", { week: words.tick(one.week) })}`;
    return make("tr", {}, [
      make("th", { scope: "row", textContent: what }),
      make("td", { "data-head": say("result_real"), textContent: `${number(value)}${low === undefined ? "" : ` (${number(low)} ${say("to")} ${number(high)})`}` }),
      make("td", { "data-head": say("result_simulated") }, [`${number(mean)} (${number(least)} ${say("to")} ${number(most)}) `, least === null ? "" : make("span", { class: `verdict ${where === "result_inside" ? "shown" : "not-shown"}`, textContent: say(where) })]),
    ]);
  });
  const head = ["result_number", "result_real", "result_simulated"].map((key) => make("th", { scope: "col", textContent: say(key) }));
  return make("div", {}, [title, make("div", { class: "card" }, [make("table", {}, [make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, rows)])])]);
}
