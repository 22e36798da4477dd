// Six tasks for a lesson; each ticks itself when a reader has done it, and then says what was to be seen.

import { make } from "./controls.js";
import { GUESSES } from "./guess.js";

/** @typedef {import("./settings.js").Settings} Settings */

/** Whether it is what the last task asks for. @param {import("./settings.js").Treatment} one @returns {boolean} */
const isDrug = ({ kind, name = "" }) => kind === "topical_steroid" || (kind === "cream" && name.startsWith("steroid_")) || (kind === "biologic" && name === "dupilumab");

/** What a reader has to set. @type {((settings: Settings) => boolean)[]} */
export const TASKS = [
  ({ guess }) => GUESSES.includes(guess),
  ({ treatments }) => treatments.length === 0,
  ({ around, read }) => around.fibre >= 2 && read === "faecal_butyrate",
  ({ off }) => off.length > 0,
  ({ belief }) => belief <= 0.5,
  ({ treatments }) => treatments.some(isDrug) && !treatments.some(({ kind }) => kind === "probiotic"),
];

/** Numbers of the tasks that are done, those before among them. @param {Settings} settings @returns {string} */
export function doneNow(settings) {
  return TASKS.map((done, place) => (settings.done.includes(String(place + 1)) || done(settings) ? place + 1 : "")).join("");
}

/** What is told when tasks are reached. @param {string} before numbers of those done @param {string} now @param {import("./words.js").Words} words
 * @returns {string} nothing where none was */
export function reached(before, now, words) {
  const fresh = [...now].filter((number) => !before.includes(number));
  return fresh.map((number) => words.say("task_reached", { number, count: TASKS.length })).join(" ");
}

/** @param {HTMLElement} place an ordered list @param {Settings} settings @param {import("./words.js").Words} words */
export function fillLesson(place, { done }, words) {
  place.replaceChildren(...TASKS.map((_, number) => {
    const ticked = done.includes(String(number + 1));
    const mark = make("b", { class: "mark", textContent: ticked ? `✓ ${words.say("task_done")} ` : "" });
    const seen = ticked ? [make("p", { class: "quiet", textContent: words.say(`task_${number + 1}_seen`) })] : [];
    return make("li", { class: ticked ? "done" : "", "data-task": number + 1 }, [mark, words.say(`task_${number + 1}`), ...seen]);
  }));
}
