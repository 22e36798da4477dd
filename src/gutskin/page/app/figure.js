// The figure of an experiment: what it reads, in every arm, day by day; the evidence and the claims side by side on one scale.

import { make } from "./controls.js";
import { ticks } from "./chart.js";
import { part } from "./pen.js";

/**
 * @typedef {{says: string, unit: string, ends: [number, number], lines: Record<string, number[][][]>}} Panel lines: stance -> [arm, share, day]
 * @typedef {{days: number[], arms: string[], panels: Panel[]}} Figure of page/drawn.py
 */

const PANEL_STEPS = 999; // between the ends of a panel
const ROOM = 0.6; // of what the medians move, that is seen above and below them
const LEAST_ROOM = 100; // steps: what is closer is not told apart by eye
const IN_WEEKS = 60; // days above which weeks are told
const [PANEL_WIDE, PANEL_HIGH] = [300, 170]; // units of a picture
const PANEL_EDGE = { left: 46, right: 14, top: 8, bottom: 22 };
const APART = 12; // units from one label to the next
const DASHES = ["none", "7 3", "2 3", "10 3 2 3", "12 4", "4 2", "1 2", "8 2 2 2 2 2"];

/** @param {Figure} figure @param {import("./words.js").Words} words @param {string[]} stances evidence first @returns {HTMLElement} */
export function figureOf(figure, words, stances) {
  const { days, arms, panels } = figure;
  const there = stances.filter((stance) => panels.every(({ lines }) => lines[stance]));
  const key = arms.map((arm, number) => make("li", {}, [lineSample(number), " ", make("b", { textContent: `${number + 1} ` }), words.told(arm)]));
  const rows = panels.map((panel) => make("div", { class: "panel" }, [
    make("p", {}, [words.told(panel.says), panel.unit === "1" || panel.unit === "" ? "" : ` (${words.own(panel.unit)})`]),
    make("div", { class: "pair" }, there.map((stance) => make("div", {}, [
      make("p", { class: `quiet under ${stance}`, textContent: words.say(`under_${stance}`) }),
      panelOf(days, panel, seenOf(panel), panel.lines[stance], words, `${words.own(panel.says)}, ${words.say(`under_${stance}`)}: ${courseTold(arms, panel, panel.lines[stance], words)}`),
    ]))),
  ]));
  const lead = words.say(days[days.length - 1] > IN_WEEKS ? "figure_weeks" : "figure_days");
  return make("figure", { class: "experiment" }, [make("figcaption", {}, [make("b", { textContent: `${words.say("figure")} ` }), make("span", { class: "quiet", textContent: lead })]), make("ol", { class: "arms" }, key), ...rows]);
}

/** Where each arm begins and ends, for who cannot see it. @param {string[]} arms @param {Panel} panel @param {number[][][]} lines
 * @param {import("./words.js").Words} words */
function courseTold(arms, { ends: [low, high] }, lines, words) {
  const value = (/** @type {number} */ whole) => (whole < 0 ? "–" : words.digits(low + (whole / PANEL_STEPS) * (high - low)));
  return arms.map((arm, number) => `${words.own(arm)} ${value(lines[number][1][0])} → ${value(lines[number][1].at(-1) ?? -1)}`).join("; ");
}

/** @param {number} number of the arm @returns {SVGElement} the line it is drawn with */
function lineSample(number) {
  const svg = part("svg", { viewBox: "0 0 34 8", class: "sample", "aria-hidden": "true" });
  svg.append(part("path", { d: "M1,4H33", class: `arm arm-${number % DASHES.length}`, "stroke-dasharray": DASHES[number % DASHES.length] }));
  return svg;
}

/** What is seen of a panel: as far as the medians move and some more, since people differ by more than most arms do.
 * @param {Panel} panel @returns {[number, number]} steps */
function seenOf({ lines }) {
  const middles = Object.values(lines).flatMap((some) => some.flatMap(([, middle]) => middle)).filter((whole) => whole >= 0);
  if (!middles.length) return [0, PANEL_STEPS];
  const [low, high] = [Math.min(...middles), Math.max(...middles)];
  const room = Math.max(ROOM * (high - low), LEAST_ROOM);
  return [Math.max(0, low - room), Math.min(PANEL_STEPS, high + room)];
}

/** @param {number[]} days @param {Panel} panel @param {[number, number]} seen steps @param {number[][][]} lines
 * @param {import("./words.js").Words} words @param {string} says */
function panelOf(days, { ends }, seen, lines, words, says) {
  const svg = part("svg", { viewBox: `0 0 ${PANEL_WIDE} ${PANEL_HIGH}`, class: "experiment", role: "img", "aria-label": says });
  const [first, last] = [days[0], days[days.length - 1]];
  const unit = last > IN_WEEKS ? 7 : 1;
  const x = (/** @type {number} */ day) => PANEL_EDGE.left + ((day - first) / (last - first || 1)) * (PANEL_WIDE - PANEL_EDGE.left - PANEL_EDGE.right);
  const y = (/** @type {number} */ whole) => PANEL_HIGH - PANEL_EDGE.bottom - ((Math.min(Math.max(whole, seen[0]), seen[1]) - seen[0]) / (seen[1] - seen[0])) * (PANEL_HIGH - PANEL_EDGE.top - PANEL_EDGE.bottom);
  const value = (/** @type {number} */ whole) => ends[0] + (whole / PANEL_STEPS) * (ends[1] - ends[0]);
  for (const tick of ticks([value(seen[0]), value(seen[1])], 4)) {
    const level = y(((tick - ends[0]) / (ends[1] - ends[0])) * PANEL_STEPS);
    svg.append(part("line", { class: "grid", x1: PANEL_EDGE.left, x2: PANEL_WIDE - PANEL_EDGE.right, y1: level, y2: level }), part("text", { x: PANEL_EDGE.left - 5, y: level + 4, "text-anchor": "end" }, words.digits(tick)));
  }
  for (const tick of ticks([first / unit, last / unit], 4)) svg.append(part("text", { x: x(tick * unit), y: PANEL_HIGH - 6, "text-anchor": "middle" }, words.digits(tick)));
  const at = (/** @type {number[]} */ wholes) => wholes.flatMap((whole, place) => (whole < 0 ? [] : [`${x(days[place]).toFixed(1)},${y(whole).toFixed(1)}`]));
  lines.forEach(([low, , high], number) => svg.append(part("path", { class: `spread arm-${number % DASHES.length}`, d: `M${[...at(low), ...at(high).reverse()].join("L")}Z` })));
  lines.forEach(([, middle], number) => svg.append(part("path", { class: `arm arm-${number % DASHES.length}`, d: `M${at(middle).join("L")}`, "stroke-dasharray": DASHES[number % DASHES.length] })));
  spacedOut(lines.map(([, middle]) => y(middle.at(-1) ?? 0))).forEach((level, number) => svg.append(part("text", { class: "end", x: PANEL_WIDE - PANEL_EDGE.right + 3, y: level + 4 }, String(number + 1))));
  return svg;
}

/** Places of labels at the ends of lines, so far apart that each is read. @param {number[]} levels wanted @returns {number[]} */
function spacedOut(levels) {
  const order = levels.map((level, number) => ({ level, number })).sort((one, other) => one.level - other.level);
  let above = -Infinity;
  for (const one of order) above = one.level = Math.max(one.level, above + APART);
  const over = Math.max(0, above - (PANEL_HIGH - PANEL_EDGE.bottom + 4));
  return levels.map((_, number) => (order.find((one) => one.number === number)?.level ?? 0) - over);
}
