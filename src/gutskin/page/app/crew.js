// Two workers: one for the evidence, one for the claims. Each has one question at a time; a newer one waits its turn
// and replaces what waits, so that something is shown for every position of a hand that moves.

/**
 * @typedef {import("./answers.js").Question} Question
 * @typedef {import("./answers.js").Answer} Answer
 */

export class Crew {
  /** @param {string} code of the worker @param {{module: ArrayBuffer, layout: object, scene: object}} model
   * @param {(wrong: string) => void} failed */
  constructor(code, model, failed) {
    const place = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    this.workers = [0, 1].map(() => {
      const worker = new Worker(place);
      worker.onerror = (event) => failed(event.message);
      worker.postMessage(model);
      return { worker, busy: false, waiting: /** @type {(() => void) | null} */ (null) };
    });
    this.next = 0;
  }

  /** @param {number} number of the worker @param {Question} question @returns {Promise<{answer: Answer} | null>}
   * null where a newer question took its place */
  ask(number, question) {
    const one = this.workers[number];
    return new Promise((resolve, reject) => {
      const run = () => {
        const id = this.next++;
        one.busy = true;
        const hear = (/** @type {MessageEvent} */ { data }) => {
          if (data.id !== id) return;
          one.worker.removeEventListener("message", hear);
          one.busy = false;
          const waiting = one.waiting;
          one.waiting = null;
          waiting?.();
          if (data.wrong) reject(new Error(data.wrong));
          else resolve(data);
        };
        one.worker.addEventListener("message", hear);
        one.worker.postMessage({ id, question });
      };
      if (!one.busy) return run();
      this.drop(one);
      one.waiting = Object.assign(run, { drop: () => resolve(null) });
    });
  }

  /** @param {{waiting: any}} one */
  drop(one) {
    one.waiting?.drop();
    one.waiting = null;
  }
}
