// The cards of all mechanisms: statement, equation, value beside what is claimed, what its absence does, sources.

import { make } from "./controls.js";
import { sourcesOf } from "./sources.js";

/**
 * @typedef {import("./words.js").Words} Words
 * @typedef {{equations: [string, string, string][], numbers: string[][], shown_by: string}} Formula
 * @typedef {[string, string, string, string[], string[], Formula, string[]]} Mechanism switch, grade, statement, evidence, counter-evidence, what it
 *   computes, and of an experiment that is no statement's what it is and what it no longer shows without it
 */

/** Ids of the mechanisms that a filter lets through. @param {Record<string, Mechanism>} mechanisms
 * @param {import("./evidence.js").Filter} filter by grade and words @param {(text: string) => string} own text of the tables, as the reader reads it
 * @returns {string[]} */
export function passingMechanisms(mechanisms, { grade, words }, own) {
  const wanted = words.trim().toLowerCase();
  return Object.entries(mechanisms).filter(([id, [, graded, statement, , , { numbers }]]) =>
    (!grade || graded === grade) && (!wanted || [id, statement, own(statement), ...numbers.map(([name]) => name)].join(" ").toLowerCase().includes(wanted)),
  ).map(([id]) => id);
}

/** @param {string} id @param {{scene: any, words: Words, open: boolean, turned: (id: string, open: boolean) => void, mechanism: (id: string) => void}} what
 *   mechanism: show it on the map */
export function mechanismDetails(id, { scene, words, open, turned, mechanism }) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const [, grade, statement, evidence, against] = /** @type {Mechanism} */ (scene.mechanisms[id]);
  const [from, to, sign] = scene.map.arrows[id];
  const head = make("summary", {}, [
    make("b", { textContent: `${id} ` }), words.told(statement),
    make("span", { class: "marks" }, [make("span", { class: `known grade-${grade}`, textContent: say(`graded_${grade}`) }),
      make("span", { class: "plain", textContent: `${say(`map_${from}`)} → ${say(`map_${to}`)}` })]),
  ]);
  const details = make("details", { class: "card", id: `card-${id}`, open }, [head]);
  const carries = Object.entries(scene.statements.cards).filter(([, card]) => card.mechanisms.includes(id)).map(([name]) => name);
  const fill = () => {
    if (details.childElementCount > 1) return;
    details.append(
      make("p", { class: "quiet", textContent: `${say(`sign_${sign}`)} · ${say(`grade_${grade}`)}` }), ...formulaOf(id, scene, words),
      ...(carries.length ? [make("p", { textContent: `${say("carries_statements")} ${carries.join(", ")}` })] : []),
      sourcesOf([["sources_here", evidence], ["sources_counter", against]], scene.statements.sources, words),
      make("p", {}, [make("button", { type: "button", textContent: say("on_map", { id }), onclick: () => mechanism(id) }), " ", make("code", { textContent: `gutskin evidence ${id}` })]),
    );
  };
  if (open) fill();
  details.addEventListener("toggle", () => { fill(); if (details.isConnected) turned(id, details.open); });
  return details;
}

/** What it computes: equations, its own numbers beside the claimed ones, and what no longer shows without it.
 * @param {string} id @param {any} scene @param {Words} words @returns {HTMLElement[]} */
export function formulaOf(id, scene, words) {
  const [, , , , , { equations, numbers, shown_by: by }, without] = /** @type {Mechanism} */ (scene.mechanisms[id]);
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const lines = equations.map(([gives, name, formula]) => make("p", { class: "equation" }, [`${say(`gives_${gives}`)} `, make("code", { textContent: `${name} = ${formula}` })]));
  const heads = ["number_id", "number_value", "number_claimed", "number_ends"].map((key) => make("th", { scope: "col", textContent: say(key) }));
  const number = (/** @type {string} */ text) => (text ? words.digits(Number(text)) : "–");
  const rows = numbers.map(([name, value, claimed, unit, low, high]) => make("tr", {}, [
    make("th", { scope: "row" }, [make("code", { textContent: name })]),
    make("td", { "data-head": say("number_value"), textContent: `${number(value)}${unit === "1" ? "" : ` ${unit}`}` }),
    make("td", { "data-head": say("number_claimed"), textContent: number(claimed) }),
    make("td", { "data-head": say("number_ends"), textContent: low && high ? `${number(low)} ${say("to")} ${number(high)}` : "–" }),
  ]));
  const table = rows.length ? [make("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": say("numbers_of", { id }) }, [make("table", {}, [make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, rows)])])] : [];
  const card = scene.statements.cards[by];
  const [setting, ...checks] = without;
  const told = card ? [words.told(card.says)] : [words.told(setting), ": ", ...checks.flatMap((one, place) => [...(place ? ["; "] : []), words.told(one)])];
  return [...lines, ...table, make("p", {}, [make("b", { textContent: say("without_it") }), ` ${by} `, ...told])];
}
