// The run loop: few bodies while a hand moves, all of them and what mechanisms carry once it rests; what is newer goes first.

import { heard, STANCES } from "./settings.js";
import { spreadOf } from "./spread.js";

const FEW = 32; // bodies while a hand moves
const MORE = 24; // bodies by which more are asked for: a newer question waits for no more than these
const STILL = 60; // ms after which a hand rests: longer than a held key takes to repeat
const TRIED = [0, 0.25, 0.5, 0.75, 1]; // beliefs tried for the crossing

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./answers.js").Answer} Answer
 * @typedef {object} Told what becomes of a question
 * @property {(answers: Record<string, Answer>, settings: Settings, whole: boolean) => void} answered
 * @property {(tried: [number, number][]) => void} crossed beliefs and what they come to
 * @property {(working: boolean) => void} working @property {(wrong: string) => void} broken
 */

export class Run {
  /** @param {import("./crew.js").Crew} crew @param {number} bodies in all @param {Told} told */
  constructor(crew, bodies, told) {
    this.crew = crew;
    this.bodies = bodies;
    this.told = told;
    this.asked = 0;
    this.whole = ""; // settings that all bodies were asked for
  }

  /** Answer to settings, again and again with more. @param {Settings} set @param {number} week at which mechanisms are looked at */
  async follow(set, week) {
    const number = ++this.asked;
    const newest = () => number === this.asked;
    const settings = structuredClone(set);
    const key = heard(settings);
    this.told.working(true);
    try {
      if (this.whole !== key) {
        const rests = pause(STILL);
        const few = await this.ask(settings, FEW);
        if (!few) return;
        this.told.answered(few, settings, false);
        await rests;
        if (!newest()) return;
      } else await pause(STILL);
      const all = await this.grown(settings, undefined, newest);
      if (!all) return;
      this.whole = key;
      this.told.answered(all, settings, true);
      const carried = await this.grown(settings, week, newest);
      if (!carried) return;
      this.told.answered(carried, settings, true);
      this.told.working(false);
      await this.sweep(settings, newest);
    } catch (error) {
      this.told.broken(String(error));
      this.told.working(false);
    }
  }

  /** @param {Settings} settings @param {number} count bodies @param {number} [week] @returns {Promise<Record<string, Answer> | null>}
   * stance -> answer; null where something newer was asked */
  async ask(settings, count, week) {
    const wanted = STANCES.map((stance, worker) =>
      this.crew.ask(worker, { settings, belief: stance === "evidence" ? 0 : settings.belief, count, week }));
    const [evidence, article] = await Promise.all(wanted);
    return evidence && article ? { evidence: evidence.answer, article: article.answer } : null;
  }

  /** Ask for more and more bodies, until all are there. @param {Settings} settings @param {number | undefined} week
   * @param {() => boolean} newest @returns {Promise<Record<string, Answer> | null>} */
  async grown(settings, week, newest) {
    for (let count = FEW; ; count += MORE) {
      const found = newest() ? await this.ask(settings, Math.min(count, this.bodies), week) : null;
      if (!found || !newest()) return null;
      if (count >= this.bodies) return found;
    }
  }

  /** At which belief the effect would be noticed: tried with few bodies by both workers.
   * @param {Settings} settings @param {() => boolean} newest */
  async sweep(settings, newest) {
    /** @type {[number, number][]} */
    const tried = [];
    const left = [...TRIED];
    // nothing of the claims first for the worker that has it already, all of them for the other
    const work = async (/** @type {number} */ worker) => {
      while (left.length && newest()) {
        const belief = /** @type {number} */ (worker === 0 ? left.shift() : left.pop());
        const found = await this.crew.ask(worker, { settings, belief, count: FEW });
        if (found) tried.push([belief, spreadOf(found.answer, "scorad").difference[settings.weeks][2]]);
      }
    };
    await Promise.all([work(0), work(1)]);
    if (newest()) this.told.crossed(tried.sort(([one], [other]) => one - other));
  }
}

/** @param {number} time ms */
function pause(time) {
  return new Promise((resolve) => setTimeout(resolve, time));
}
