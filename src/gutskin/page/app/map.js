// The axis map: places of the body in bands from gut to skin, arrows as thick as what they carry now.

import { head, part, path } from "./pen.js";
import { quantile } from "./spread.js";

/**
 * @typedef {{id: string, from: string, to: string, members: string[], now: number, usual: number, sign: string, grade: string, off: boolean}} Bundle
 * @typedef {import("./answers.js").Answer & {flux?: import("./run.js").Flux}} Shown an answer, and what mechanisms carry once that is known
 * @typedef {{x: number, y: number, wide: number, high: number, row: number, column: number}} Box
 */

/** Shares from which an arrow has the next thickness (pixels). @type {[number, number][]} */
const STEPS = [[0.005, 0.8], [0.05, 1.8], [0.15, 3.4], [0.4, 5.6]];
const SHOWN = 0.05; // of flux: less is drawn for a chosen place only
const MOVED = 0.02; // of flux: less is no change
const BOX = 56;
const TITLE = 22; // above a band
const EDGE = 8;
const LETTER = 7.8; // pixels across of a name, at most

/** What the thickness of an arrow says. @param {import("./words.js").Words} words @returns {string} */
export function widths(words) {
  const [one, two, three, four] = STEPS.map(([least]) => words.fraction(least));
  return words.say("key_wide", { one, two, three, four });
}

/** Mechanisms that join the same two places, as one arrow. @param {any} scene @param {Shown} answer @param {string[]} off
 * @returns {Bundle[]} */
export function bundles(scene, answer, off) {
  /** @type {Map<string, Bundle>} */
  const found = new Map();
  const { now = {}, usual = {} } = answer.flux ?? {};
  for (const [id, [from, to, sign]] of /** @type {[string, string[]][]} */ (Object.entries(scene.map.arrows))) {
    const key = `${from}-${to}`;
    const one = found.get(key) ?? { id: key, from, to, members: /** @type {string[]} */ ([]), now: 0, usual: 0, sign, grade: "", off: true };
    const carried = off.includes(id) ? 0 : now[id] ?? 0;
    if (one.members.length === 0 || Math.max(carried, usual[id] ?? 0) > Math.max(one.now, one.usual))
      [one.sign, one.grade] = [sign, scene.mechanisms[id][1]];
    one.members.push(id);
    one.off = one.off && off.includes(id);
    one.now = Math.max(one.now, carried);
    one.usual = Math.max(one.usual, usual[id] ?? 0);
    found.set(key, one);
  }
  return [...found.values()];
}

/** @param {number} share @returns {number} pixels */
export function thickness(share) {
  return STEPS.findLast(([least]) => share >= least)?.[1] ?? 0;
}

/** The middle of a quantity over bodies, as it is and as usual. @param {import("./answers.js").Answer} answer @param {string} name
 * @param {number} week @returns {[number, number]} */
export function levels(answer, name, week) {
  const first = (week * answer.names.length + answer.names.indexOf(name)) * answer.bodies;
  const middle = (/** @type {Float64Array} */ values) =>
    quantile(Float64Array.from(values.subarray(first, first + answer.bodies).filter(Number.isFinite)).sort(), 0.5);
  return [middle(answer.with), middle(answer.usual)];
}

/** A level beside the usual in words. @param {string} name @param {number} now @param {number} usual @param {import("./words.js").Words} words */
export function told(name, now, usual, words) {
  const change = now - usual;
  if (name === "scorad") return `${words.number(now)} (${words.change(change)})`;
  if (name.includes("log10")) return `${words.number(now)} (${words.change(change)})`;
  const share = change / Math.abs(usual);
  if (!Number.isFinite(share) || Math.abs(usual) < 1e-9) return Math.abs(now) < 1e-9 ? words.say("map_none") : words.say("map_new");
  if (Math.abs(share) < 0.005) return words.say("map_usual");
  return share >= 9 ? `× ${words.number(now / usual, 0)}` : `${share > 0 ? "+" : ""}${words.percent(share)}`;
}

/**
 * @param {{svg: SVGSVGElement, scene: any, answer: Shown, week: number, words: import("./words.js").Words,
 *   off: string[], chosen: string, choose: (id: string) => void}} what
 */
export function drawMap({ svg, scene, answer, week, words, off, chosen, choose }) {
  const wide = Math.max(svg.clientWidth || 340, 280);
  const { boxes, grounds, high } = laid(scene.map.bands, wide);
  svg.style.height = `${high}px`;
  svg.setAttribute("viewBox", `0 0 ${wide} ${high}`);
  svg.setAttribute("aria-label", words.say("map_says"));
  const lit = (/** @type {Bundle} */ one) => chosen === "" || [one.id, one.from, one.to].includes(chosen);
  const seen = (/** @type {Bundle} */ one) => Math.max(one.now, one.usual) >= SHOWN;
  const arrows = bundles(scene, answer, off).filter((one) => one.from !== one.to && (one.off || seen(one) || (chosen !== "" && lit(one))));
  const found = grounds.map(({ name, y, high: tall }) => part("rect", { class: `ground ${name}`, x: 0, y, width: wide, height: tall, rx: 8 }));
  const paths = routed(arrows, boxes);
  const order = [...arrows].sort((a, b) => Number(lit(a)) - Number(lit(b)) || b.now - a.now);
  for (const one of order) found.push(arrow(one, paths.get(one.id) ?? [], lit(one), words, choose));
  for (const { name, y } of grounds) found.push(part("text", { class: `band ${name}`, x: EDGE, y: y + 16 }, words.say(`band_${name}`)));
  for (const [, rows] of scene.map.bands)
    for (const [id, name] of rows.flat()) found.push(spot(id, name, /** @type {Box} */ (boxes.get(id)), answer, week, words, chosen === id, choose));
  const held = /** @type {SVGElement | null} */ (svg.contains(document.activeElement) ? document.activeElement : null)?.dataset.id;
  svg.replaceChildren(...found);
  if (held) /** @type {SVGElement | null} */ (svg.querySelector(`[data-id="${held}"]`))?.focus();
}

/** @param {any} bands @param {number} wide @returns {{boxes: Map<string, Box>, grounds: {name: string, y: number, high: number}[], high: number}} */
function laid(bands, wide) {
  const gap = wide < 340 ? 14 : wide < 560 ? 30 : Math.min(90, wide / 9);
  const between = wide < 560 ? 34 : 44;
  const box = (wide - 2 * EDGE - 2 * gap) / 3;
  const boxes = new Map();
  const grounds = [];
  let [y, row] = [0, 0];
  for (const [name, rows] of bands) {
    const top = y;
    y += TITLE;
    for (const some of rows) {
      some.forEach((/** @type {[string, string]} */ [id], /** @type {number} */ place) => {
        const shift = some.length === 2 ? 0.5 : 0;
        boxes.set(id, { x: EDGE + (place + shift) * (box + gap), y, wide: box, high: BOX, row, column: place + shift });
      });
      y += BOX + between;
      row += 1;
    }
    y += 10 - between;
    grounds.push({ name, y: top, high: y - top });
    y += between - 12;
  }
  return { boxes, grounds, high: y - between + 14 };
}

/** Every arrow as a curve [x, y] of four points; each leaves and meets a box at a place of its own.
 * @param {Bundle[]} arrows @param {Map<string, Box>} boxes @returns {Map<string, [number, number][]>} */
function routed(arrows, boxes) {
  /** @type {Map<string, {id: string, end: number, towards: number}[]>} */
  const edges = new Map();
  const sides = new Map(arrows.map((one) => {
    const [a, b] = [/** @type {Box} */ (boxes.get(one.from)), /** @type {Box} */ (boxes.get(one.to))];
    const level = a.row === b.row;
    const near = level && Math.abs(a.column - b.column) <= 1;
    const ends = near ? (a.x < b.x ? ["right", "left"] : ["left", "right"]) : level ? (a.row === 0 ? ["bottom", "bottom"] : ["top", "top"]) : a.row < b.row ? ["bottom", "top"] : ["top", "bottom"];
    ends.forEach((side, end) => {
      const key = `${end ? one.to : one.from}-${side}`;
      const [own, other] = end ? [b, a] : [a, b];
      const towards = near ? end : other.x + other.wide / 2 - own.x - own.wide / 2 + (other.row - own.row) * 0.1;
      edges.set(key, [...(edges.get(key) ?? []), { id: one.id, end, towards }]);
    });
    return [one.id, ends];
  }));
  for (const some of edges.values()) some.sort((one, other) => one.towards - other.towards || (one.id < other.id ? -1 : 1));
  return new Map(arrows.map((one) => {
    const ends = /** @type {string[]} */ (sides.get(one.id));
    const [[a, da], [b, db]] = ends.map((side, end) => {
      const name = end ? one.to : one.from;
      const box = /** @type {Box} */ (boxes.get(name));
      const some = edges.get(`${name}-${side}`) ?? [];
      const share = (some.findIndex((other) => other.id === one.id && other.end === end) + 1) / (some.length + 1);
      return port(box, side, share);
    });
    const far = Math.hypot(b[0] - a[0], b[1] - a[1]);
    const bend = Math.max(14, Math.min(far * 0.42, 90));
    return [one.id, [a, [a[0] + da[0] * bend, a[1] + da[1] * bend], [b[0] + db[0] * bend, b[1] + db[1] * bend], b]];
  }));
}

/** A place on the edge of a box and the way out. @param {Box} box @param {string} side @param {number} share
 * @returns {[[number, number], [number, number]]} */
function port({ x, y, wide, high }, side, share) {
  if (side === "left") return [[x, y + high * share], [-1, 0]];
  if (side === "right") return [[x + wide, y + high * share], [1, 0]];
  if (side === "top") return [[x + wide * share, y], [0, -1]];
  return [[x + wide * share, y + high], [0, 1]];
}

/** @param {Bundle} one @param {[number, number][]} points @param {boolean} lit @param {import("./words.js").Words} words
 * @param {(id: string) => void} choose */
function arrow(one, points, lit, words, choose) {
  const thick = one.off ? 1.2 : Math.max(thickness(one.now), 0.8);
  const group = part("g", { class: `arrow ${one.off ? "off" : `grade-${one.grade}`}${lit ? "" : " dim"}`, "data-id": one.id });
  const says = `${words.say(`map_${one.from}`)} → ${words.say(`map_${one.to}`)}: ${one.off ? words.say("map_off") : words.percent(one.now)}`;
  const { tip, line } = head(points, one.sign, thick);
  group.append(part("title", {}, says), part("path", { class: "touch", d: path(points) }));
  const moved = one.now - one.usual;
  group.append(part("path", { class: Math.abs(moved) >= MOVED ? `halo ${moved > 0 ? "more" : "less"}` : "case", d: path(line), "stroke-width": thick + (Math.abs(moved) >= MOVED ? 6 : 2.4) }));
  const dashes = one.off ? "2 4" : one.grade === "B" ? `${6 + 1.6 * thick} ${3 + 0.4 * thick}` : one.grade === "C" ? `${Math.max(thick, 1.2)} ${0.9 * thick + 1.4}` : "none";
  group.append(part("path", { class: "flow", d: path(line), "stroke-width": thick, "stroke-dasharray": dashes }));
  group.append(part("polygon", { class: "tip", points: tip }));
  group.addEventListener("click", () => choose(one.id));
  return group;
}

/** @param {string} id @param {string} name of its quantity @param {Box} box @param {import("./answers.js").Answer} answer @param {number} week
 * @param {import("./words.js").Words} words @param {boolean} chosen @param {(id: string) => void} choose */
function spot(id, name, box, answer, week, words, chosen, choose) {
  const { x, y, wide, high } = box;
  const group = part("g", { class: `spot${chosen ? " chosen" : ""}`, tabindex: 0, role: "button", "aria-pressed": String(chosen), "data-id": id });
  const label = words.say(`map_${id}`);
  const [now, usual] = name ? levels(answer, name, week) : [NaN, NaN];
  const says = name ? told(name, now, usual, words) : "";
  group.setAttribute("aria-label", says ? `${label}: ${says}` : label);
  const moved = Number.isFinite(now / usual) && now > 0 && usual > 0 ? Math.log(now / usual) : 0;
  const tint = Math.abs(moved) < 0.005 ? "" : moved > 0 ? " more" : " less";
  group.append(part("rect", { class: "box", x, y, width: wide, height: high, rx: 6 }));
  group.append(part("rect", { class: `tint${tint}`, x, y, width: wide, height: high, rx: 6, opacity: (Math.min(Math.abs(moved) / 0.7, 1) * 0.75).toFixed(3) }));
  const lines = wrapped(label, Math.floor((wide - 4) / LETTER));
  const total = lines.length + (says ? 1 : 0);
  const first = y + high / 2 - (total - 1) * 7.5 + (name ? 1 : 4);
  lines.forEach((line, number) => group.append(part("text", { class: "name", x: x + wide / 2, y: first + number * 15, "text-anchor": "middle" }, line)));
  if (says) group.append(part("text", { class: "level", x: x + wide / 2, y: first + lines.length * 15, "text-anchor": "middle" }, says));
  if (name && usual > 1e-9) {
    const share = Math.min(Math.max(now / usual, 0), 2) / 2;
    group.append(part("rect", { class: "bar", x: x + 6, y: y + high - 6, width: ((wide - 12) * share).toFixed(1), height: 3.5 }));
    group.append(part("line", { class: "normal", x1: x + wide / 2, x2: x + wide / 2, y1: y + high - 8, y2: y + high - 0.5 }));
  }
  group.addEventListener("click", () => choose(id));
  group.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    if (key !== "Enter" && key !== " ") return;
    event.preventDefault();
    choose(id);
  });
  return group;
}

/** @param {string} text @param {number} most letters in a line @returns {string[]} lines */
function wrapped(text, most) {
  if (text.length <= most) return [text];
  const [first, ...words] = text.split(" ");
  const lines = [first];
  for (const word of words) {
    const longer = `${lines[lines.length - 1]} ${word}`;
    if (longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
