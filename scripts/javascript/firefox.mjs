// Read pages in a Firefox that listens: node firefox.mjs WS_ADDRESS, questions as JSON on standard input, answers on standard output.
// It speaks WebDriver BiDi, which every current Firefox understands, over node's own WebSocket.
import { readFileSync } from "node:fs";

const PATIENCE = 240_000; // ms for one page
const LOOKED = 250; // ms between two looks
const MOVE_STEPS = 6; // of a pointer that drags
const SETTLED = 60; // ms after what is done
const KEYS = { ArrowLeft: "\uE012", ArrowUp: "\uE013", ArrowRight: "\uE014", ArrowDown: "\uE015", Enter: "\uE007", Tab: "\uE004", PageUp: "\uE00E", PageDown: "\uE00F", Home: "\uE011", End: "\uE010" };
const { pages, ready, script, helpers } = JSON.parse(readFileSync(0, "utf8"));
const socket = new WebSocket(`${process.argv[2]}/session`);
const waiting = new Map();
const logged = [];
let last = 0;
socket.onmessage = ({ data }) => {
  const { id, result, error, message, method, params } = JSON.parse(data);
  if (method === "log.entryAdded" && params.level === "error") logged.push(params.text);
  if (!waiting.has(id)) return;
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error) reject(new Error(`${error}: ${message}`));
  else resolve(result);
};
await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: () => reject(new Error("Firefox does not listen")) }));
const send = (method, params) => new Promise((resolve, reject) => {
  last += 1;
  waiting.set(last, { resolve, reject });
  socket.send(JSON.stringify({ id: last, method, params }));
});

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Do what a reader does, by the pointer and by keys. */
async function act(context, look, answered, [what, selector, value]) {
  if (what === "wait") {
    await answered();
    return;
  }
  const does = (id, type, actions, more = {}) => send("input.performActions", { context, actions: [{ id, type, ...more, actions }] });
  const called = async (name, ...given) => JSON.parse(await look(`JSON.stringify(readersHand.${name}(${[selector, ...given].map((one) => JSON.stringify(one)).join(", ")}) ?? null)`));
  if (what === "choose") await called("choose", value);
  else if (what === "click" || what === "drag") {
    const [x, y] = await called("middle");
    const down = [{ type: "pointerMove", x, y }, { type: "pointerDown", button: 0 }];
    const moves = what === "click" ? [] : Array.from({ length: MOVE_STEPS }, (_, step) => ({ type: "pointerMove", x: Math.round(x + (value * (step + 1)) / MOVE_STEPS), y, duration: 20 }));
    await does("mouse", "pointer", [...down, ...moves, { type: "pointerUp", button: 0 }], { parameters: { pointerType: "mouse" } });
  } else {
    await called("held", what === "type");
    const keys = what === "type" ? [...value] : value.map((key) => KEYS[key] ?? key);
    await does("keys", "key", keys.flatMap((key) => [{ type: "keyDown", value: key }, { type: "keyUp", value: key }]));
  }
  await rest(SETTLED);
}

const { capabilities } = await send("session.new", { capabilities: {} });
await send("session.subscribe", { events: ["log.entryAdded"] });
const found = [];
for (const { url, acts } of pages) {
  const { context } = await send("browsingContext.create", { type: "tab" });
  await send("browsingContext.setViewport", { context, viewport: { width: 1280, height: 844 } });
  await send("browsingContext.navigate", { context, url, wait: "complete" });
  const look = async (expression) => (await send("script.evaluate", { expression, target: { context }, awaitPromise: true })).result?.value;
  const answered = async () => {
    const began = Date.now();
    while (!(await look(ready))) {
      if (Date.now() - began > PATIENCE) throw new Error(`${url} has no answer; it says: ${await look("document.getElementById('trouble').textContent")} ${logged.join("; ")}`);
      await rest(LOOKED);
    }
    return (Date.now() - began) / 1000;
  };
  const seconds = await answered();
  if (acts.length) await look(helpers);
  for (const one of acts) await act(context, look, answered, one);
  if (acts.length) await answered();
  found.push({ seconds, said: await look(script) });
  await send("browsingContext.close", { context });
}
console.log(JSON.stringify({ browser: `${capabilities.browserName} ${capabilities.browserVersion}`, found, logged }));
socket.close();
