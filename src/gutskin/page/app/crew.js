// Two workers who share the bodies, each half of them under every stance, so that none waits for the other. They have one
// question at a time; a newer one waits its turn and replaces what waits, so that something is shown for every position of a hand that moves.

import { joinedFluxes, merged } from "./answers.js";

/**
 * @typedef {import("./answers.js").Question} Question
 * @typedef {import("./answers.js").Reply} Reply
 */

const WORKERS = 2;

export class Crew {
  /** @param {string} code of the worker @param {{module: ArrayBuffer, layout: object, scene: object}} model
   * @param {(wrong: string) => void} failed */
  constructor(code, model, failed) {
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    this.workers = Array.from({ length: WORKERS }, (_, place) => {
      const worker = new Worker(address);
      worker.onerror = (event) => failed(event.message);
      worker.onmessage = ({ data }) => this.heard(place, data);
      worker.postMessage({ ...model, place, workers: WORKERS });
      return worker;
    });
    this.id = 0;
    /** @type {{replies: Reply[], missing: number, resolve: (reply: Reply | null) => void, reject: (wrong: Error) => void} | null} */
    this.asked = null;
    /** @type {{run: () => void, drop: () => void} | null} */
    this.waiting = null;
  }

  /** @param {Question} question @returns {Promise<Reply | null>} about all bodies; null where a newer question took its place */
  ask(question) {
    return new Promise((resolve, reject) => {
      const run = () => {
        this.asked = { replies: [], missing: WORKERS, resolve, reject };
        this.id += 1;
        for (const worker of this.workers) worker.postMessage({ id: this.id, question });
      };
      if (!this.asked) return run();
      this.waiting?.drop();
      this.waiting = { run, drop: () => resolve(null) };
    });
  }

  /** @param {number} place of the worker @param {{id: number, reply: Reply, wrong?: string}} data */
  heard(place, { id, reply, wrong }) {
    const { asked } = this;
    if (!asked || id !== this.id) return;
    if (wrong) asked.reject(new Error(wrong));
    asked.replies[place] = reply;
    asked.missing -= 1;
    if (asked.missing) return;
    this.asked = null;
    const { waiting } = this;
    this.waiting = null;
    waiting?.run(); // first, so that nobody stands idle while the page is drawn
    if (asked.replies.includes(/** @type {any} */ (undefined))) return;
    const all = (/** @type {"answers" | "carried"} */ what) => asked.replies[0][what].map((_, stance) => asked.replies.map((one) => /** @type {any} */ (one[what][stance])));
    asked.resolve({ answers: all("answers").map(merged), carried: all("carried").map(joinedFluxes) });
  }
}
