// The run loop: few bodies while a hand moves, all of them and what mechanisms carry once it rests; what is newer goes first.

import { middles } from "../engine/flux.js";
import { heard, STANCES } from "./settings.js";
import { spreadOf } from "./spread.js";

const FEW = 32; // bodies while a hand moves
const MORE = 24; // bodies by which more are asked for: a newer question waits for no more than these
const STILL = 60; // ms after which a hand rests: longer than a held key takes to repeat
const TRIED = [0, 0.25, 0.5, 0.75, 1]; // beliefs tried for the crossing

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {import("./answers.js").Answer} Answer
 * @typedef {{now: Record<string, number>, usual: Record<string, number>}} Flux mechanism -> what it carries in the middle of the bodies
 * @typedef {object} Told what becomes of a question
 * @property {(answers: Record<string, Answer>, settings: Settings) => void} answered
 * @property {(flux: Record<string, Flux>) => void} carried stance -> what mechanisms carry
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
    this.swept = ""; // settings, without a belief, of which the crossing is known
  }

  /** Answer to settings, again and again with more. @param {Settings} set @param {number} week at which mechanisms are looked at */
  async follow(set, week) {
    const number = ++this.asked;
    const newest = () => number === this.asked;
    const settings = structuredClone(set);
    const key = heard(settings);
    const beliefs = STANCES.map((stance) => (stance === "evidence" ? 0 : settings.belief));
    this.told.working(true);
    try {
      if (this.whole !== key) {
        this.whole = ""; // few bodies of these are shown next, whatever is asked before the rest are there
        const rests = pause(STILL);
        const few = await this.crew.ask({ settings, beliefs, count: FEW });
        if (!few) return;
        this.told.answered(byStance(few.answers), settings);
        await rests;
        if (!newest()) return;
        const all = await this.grown({ settings, beliefs, count: this.bodies }, newest);
        if (!all) return;
        this.whole = key;
        this.told.answered(byStance(all.answers), settings);
      } else await pause(STILL);
      const found = await this.grown({ settings, beliefs, count: this.bodies, week }, newest);
      if (!found) return;
      this.told.carried(byStance(found.carried.map(({ now, usual }) => ({ now: middles(now), usual: middles(usual) }))));
      this.told.working(false);
      await this.sweep(settings, newest);
    } catch (error) {
      this.told.broken(String(error));
      this.told.working(false);
    }
  }

  /** Ask about more and more bodies, until all are there. @param {import("./answers.js").Question} question
   * @param {() => boolean} newest @returns {Promise<import("./answers.js").Reply | null>} null where something newer was asked */
  async grown(question, newest) {
    for (let count = FEW; newest(); count += MORE) {
      const last = count >= question.count;
      const found = await this.crew.ask({ ...question, count: Math.min(count, question.count), silent: !last });
      if (!found || last) return newest() ? found : null;
    }
    return null;
  }

  /** At which belief the effect would be noticed: tried with few bodies. @param {Settings} settings @param {() => boolean} newest */
  async sweep(settings, newest) {
    const key = withoutBelief(settings);
    if (this.swept === key) return;
    /** @type {[number, number][]} */
    const tried = [];
    for (const belief of TRIED) {
      const found = newest() ? await this.crew.ask({ settings, beliefs: [belief], count: FEW }) : null;
      if (!found) return;
      tried.push([belief, spreadOf(found.answers[0], "scorad").difference[settings.weeks][2]]);
    }
    if (!newest()) return;
    this.swept = key;
    this.told.crossed(tried);
  }
}

/** What the crossing hangs on. @param {Settings} settings @returns {string} */
export function withoutBelief(settings) {
  return heard({ ...settings, belief: 0 });
}

/** @template T @param {T[]} found in the order of stances @returns {Record<string, T>} */
function byStance(found) {
  return Object.fromEntries(STANCES.map((stance, place) => [stance, found[place]]));
}

/** @param {number} time ms */
function pause(time) {
  return new Promise((resolve) => setTimeout(resolve, time));
}
