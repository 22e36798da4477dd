// A guess before the answer: what the treatment does to severity; afterwards the guess beside both answers.

import { make } from "./controls.js";
import { spreadOf } from "./spread.js";

const NO_CHANGE = 1; // point of SCORAD either way
export const GUESSES = ["worse", "none", "little", "noticed", "clear"];

/** Changes that a guess stands for. @param {string} guess @param {number} noticed the change that a patient notices (points)
 * @returns {[number, number]} points, from and to; what helps lies below 0 */
export function changesOf(guess, noticed) {
  const ends = [Infinity, NO_CHANGE, -NO_CHANGE, -noticed, -2 * noticed, -Infinity];
  const place = GUESSES.indexOf(guess);
  return [ends[place + 1], ends[place]];
}

/** The guess that would have been right. @param {number} change points @param {number} noticed @returns {string} */
export function guessFor(change, noticed) {
  return /** @type {string} */ (GUESSES.find((guess) => change > changesOf(guess, noticed)[0]));
}

/** @param {HTMLElement} place @param {{guess: string, noticed: number, answers: import("./answers.js").Answer[] | null, titles: string[],
 *   words: import("./words.js").Words, choose: (guess: string) => void}} what answers and titles: evidence first */
export function fillGuess(place, { guess, noticed, answers, titles, words, choose }) {
  const say = (/** @type {string} */ key) => words.say(`guess_${key}`, { one: words.tick(NO_CHANGE), less: words.tick(noticed), more: words.tick(2 * noticed) });
  place.hidden = guess === "skip" || (guess !== "" && answers === null);
  place.classList.toggle("asks", guess === "");
  if (place.hidden) return place.replaceChildren();
  if (guess === "") {
    const button = (/** @type {string} */ one) => make("button", { type: "button", "data-guess": one, textContent: say(one), onclick: () => choose(one) });
    if (place.querySelector("button")?.textContent === say(GUESSES[0])) return;
    return place.replaceChildren(
      make("h2", { textContent: words.say("guess_title") }), make("p", { class: "quiet", textContent: words.say("guess_lead") }),
      make("div", { class: "choices" }, [...GUESSES.map(button), make("button", { type: "button", class: "skip", "data-guess": "skip", textContent: words.say("guess_skip"), onclick: () => choose("skip") })]),
    );
  }
  const both = /** @type {import("./answers.js").Answer[]} */ (answers);
  const last = both[0].weeks.length - 1;
  const changes = both.map((answer) => spreadOf(answer, "scorad").difference[last][2]);
  const right = guessFor(changes[0], noticed) === guess;
  place.replaceChildren(make("p", {}, [
    make("b", { textContent: words.say(right ? "guess_right" : "guess_told") }), ` ${say(guess)}.`,
    ...changes.map((change, number) => ` ${titles[number]}: ${say(guessFor(change, noticed))} (${words.change(change)}).`),
    ` ${words.say("guess_answers", { weeks: words.tick(last) })}`,
  ]));
}
