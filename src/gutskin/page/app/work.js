// A worker: it holds the compiled model, answers one question after the other about its share of the bodies.

import { Model } from "../engine/model.js";
import { Answers } from "./answers.js";

/** Begin to listen; called where there is no page. */
export function listen() {
  const port = /** @type {any} */ (self);
  /** @type {Promise<Answers> | null} */
  let loading = null;
  port.onmessage = async (/** @type {MessageEvent} */ { data }) => {
    try {
      if (data.module) {
        loading = Model.of(data.module, data.layout).then((model) => new Answers(model, data.scene, data.place, data.workers));
        await loading;
        return;
      }
      const reply = (await /** @type {Promise<Answers>} */ (loading)).reply(data.question);
      port.postMessage({ id: data.id, reply }, reply.answers.flatMap((answer) => [answer.without.buffer, answer.with.buffer, answer.usual.buffer]));
    } catch (error) {
      port.postMessage({ id: data.id, wrong: String(error) });
    }
  };
}
