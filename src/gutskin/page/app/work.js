// A worker: it holds the compiled model, answers one question after the other.

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
        loading = Model.of(data.module, data.layout).then((model) => new Answers(model, data.scene));
        await loading;
        return;
      }
      const answers = await /** @type {Promise<Answers>} */ (loading);
      const answer = answers.answer(data.question);
      port.postMessage({ id: data.id, answer }, [answer.without.buffer, answer.with.buffer, answer.usual.buffer]);
    } catch (error) {
      port.postMessage({ id: data.id, wrong: String(error) });
    }
  };
}
