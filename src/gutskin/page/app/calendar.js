// The dose calendar: each treatment's courses as bars on the weeks of the chart; ends are dragged, moved by keys, or typed.

import { box, make, typed } from "./controls.js";
import { coursesOf, lineOf, roomFor, SHORTEST_COURSE, withAnother } from "./courses.js";
import { calledOf, reaching } from "./given.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./settings.js").Treatment} Treatment
 * @typedef {import("./words.js").Words} Words
 * @typedef {"start" | "end"} End
 */

const MANY = 6; // treatments, more of which are printed in two columns

/** By how much a key moves an end (weeks). @type {Record<string, number>} */
const KEYS = {
  ArrowLeft: -SHORTEST_COURSE, ArrowDown: -SHORTEST_COURSE, ArrowRight: SHORTEST_COURSE, ArrowUp: SHORTEST_COURSE,
  PageDown: -4, PageUp: 4, Home: -Infinity, End: Infinity,
};

/** @param {HTMLElement} place @param {Settings} settings changed in place @param {any} scene @param {Words} words
 * @param {(rebuild?: boolean) => void} changed */
export function fillCalendar(place, settings, scene, words, changed) {
  const lines = [...new Set(settings.treatments.map(lineOf))];
  place.hidden = lines.length === 0;
  place.classList.toggle("many", lines.length > MANY);
  /** @type {(() => void)[]} an end bounds the courses beside it, of other creams too */
  const puts = [];
  const placed = () => puts.forEach((put) => put());
  place.replaceChildren(
    make("div", { class: "over" }, [make("h2", { textContent: words.say("calendar") }), make("button", {
      type: "button", class: "small", id: "calendar-add", textContent: words.say("add_treatment"), onclick: () => {
        const choice = document.getElementById("add-choice");
        choice?.scrollIntoView({ block: "center" });
        choice?.focus({ preventScroll: true });
      },
    })]), make("p", { class: "quiet screen", textContent: words.say("calendar_lead") }),
    ...lines.map((line) => rowOf(line, { settings, scene, words, changed, puts, placed })),
  );
  placed();
}

/** One treatment: its bars, and its ends in boxes. @param {string} line @param {{settings: Settings, scene: any, words: Words,
 *   changed: (rebuild?: boolean) => void, puts: (() => void)[], placed: () => void}} calendar puts: what places every bar */
function rowOf(line, { settings, scene, words, changed, puts, placed }) {
  const some = coursesOf(settings.treatments, line);
  const name = calledOf(some[0], scene, words);
  const idle = reaching({ ...settings, treatments: some }, scene).treatments.length === 0;
  const track = make("div", { class: "track" });
  const parts = some.map((one, number) => {
    const called = some.length > 1 ? `${name}, ${words.say("course", { number: number + 1 })}` : name;
    return courseOf(one, { called, id: `${line}-${number}`, track, settings, words, several: some.length > 1, changed: () => { placed(); changed(); }, built: () => changed(true) });
  });
  track.append(...parts.map(({ bar }) => bar));
  puts.push(...parts.map(({ put }) => put));
  const wider = withAnother(settings.treatments, line, settings.weeks);
  const another = make("button", {
    type: "button", class: "small", id: `another-${line}`, textContent: words.say("another"), "aria-label": `${name}: ${words.say("another")}`, disabled: wider === null,
    onclick: () => { settings.treatments = /** @type {Treatment[]} */ (withAnother(settings.treatments, line, settings.weeks)); changed(true); },
  });
  const given = make("p", { class: "given", textContent: idle ? words.say("given_to_none", { name }) : name });
  return make("div", { class: idle ? "row idle" : "row", role: "group", "aria-label": name }, [
    make("div", { class: "over" }, [given, another]), track, make("div", { class: "when" }, parts.map(({ boxes }) => boxes)),
  ]);
}

/** One course: a bar with two ends, and the same two ends in boxes.
 * @param {Treatment} one @param {{called: string, id: string, track: HTMLElement, settings: Settings, words: Words,
 *   changed: () => void, built: () => void, several: boolean}} what built: courses come or go */
function courseOf(one, { called, id, track, settings, words, changed, built, several }) {
  const { weeks } = settings;
  const room = (/** @type {End} */ end) => roomFor(settings.treatments, one, end, weeks);
  /** @param {End} end @param {number} week wanted */
  const move = (end, week) => {
    const [low, high] = room(end);
    const wanted = Math.min(Math.max(Math.round(week / SHORTEST_COURSE) * SHORTEST_COURSE, low), high);
    if (wanted === one[end]) return;
    one[end] = wanted;
    changed();
  };
  /** Both ends at once. @param {number} by weeks */
  const shift = (by) => {
    const [low, high] = [room("start")[0], room("end")[1]];
    const whole = Math.min(Math.max(Math.round(by / SHORTEST_COURSE) * SHORTEST_COURSE, low - one.start), high - one.end);
    if (whole === 0) return;
    [one.start, one.end] = [one.start + whole, one.end + whole];
    changed();
  };
  const perPixel = () => weeks / track.clientWidth;
  const handle = (/** @type {End} */ end) => {
    const grip = make("span", { class: `end ${end}`, role: "slider", tabIndex: 0, id: `bar-${end}-${id}`, "aria-label": `${called}: ${words.say(end === "start" ? "from_week" : "to_week")}` });
    grip.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      const by = KEYS[event.key];
      if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      if (event.shiftKey) shift(by);
      else move(end, one[end] + by);
    };
    dragged(grip, () => one[end], (from, pixels) => move(end, from + pixels * perPixel()));
    return grip;
  };
  const grips = { start: handle("start"), end: handle("end") };
  const bar = make("div", { class: "bar" }, [grips.start, grips.end]);
  dragged(bar, () => one.start, (from, pixels) => shift(from + pixels * perPixel() - one.start));
  const typedIn = (/** @type {End} */ end) => box({
    id: `${end}-${id}`, label: words.say(end === "start" ? "from_week" : "to_week"), name: `${called}: ${words.say(end === "start" ? "from_week" : "to_week")}`,
    value: one[end], words, limits: () => room(end), change: (value) => { one[end] = value; changed(); },
  });
  const boxes = { start: typedIn("start"), end: typedIn("end") };
  const gone = make("button", {
    type: "button", class: "small", id: `gone-${id}`, textContent: "×", "aria-label": `${called}: ${words.say("remove")}`, hidden: !several,
    onclick: () => { settings.treatments = settings.treatments.filter((other) => other !== one); built(); },
  });
  const put = () => {
    bar.style.left = `${(100 * one.start) / weeks}%`;
    bar.style.width = `${(100 * (one.end - one.start)) / weeks}%`;
    for (const end of /** @type {const} */ (["start", "end"])) {
      const [low, high] = room(end);
      for (const [key, value] of Object.entries({ valuemin: low, valuemax: high, valuenow: one[end], valuetext: words.say("at_week", { week: words.tick(one[end]) }) }))
        grips[end].setAttribute(`aria-${key}`, String(value));
      const { input } = boxes[end];
      if (document.activeElement !== input || typed(input.value) !== one[end]) boxes[end].put(one[end]);
    }
  };
  return { bar, put, boxes: make("span", { class: "course" }, [boxes.start.whole, boxes.end.whole, gone]) };
}

/** Follow a pointer that holds something. @param {HTMLElement} held @param {() => number} value where it stands
 * @param {(from: number, pixels: number) => void} moved from where it stood, by how much */
function dragged(held, value, moved) {
  held.onpointerdown = (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const [from, left] = [value(), event.clientX];
    held.setPointerCapture(event.pointerId);
    held.focus?.();
    held.onpointermove = ({ clientX }) => moved(from, clientX - left);
    held.onpointerup = held.onpointercancel = () => { held.onpointermove = null; };
  };
}
