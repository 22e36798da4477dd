// Read pages in a Firefox that listens: node firefox.mjs WS_ADDRESS, questions as JSON on standard input, answers on standard output.
// It speaks WebDriver BiDi, which every current Firefox understands, over node's own WebSocket.
import { readFileSync } from "node:fs";

const PATIENCE = 240_000; // ms for one page
const LOOKED = 250; // ms between two looks
const { pages, ready, script } = JSON.parse(readFileSync(0, "utf8"));
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

const { capabilities } = await send("session.new", { capabilities: {} });
await send("session.subscribe", { events: ["log.entryAdded"] });
const found = [];
for (const url of pages) {
  const { context } = await send("browsingContext.create", { type: "tab" });
  await send("browsingContext.navigate", { context, url, wait: "complete" });
  const look = async (expression) => (await send("script.evaluate", { expression, target: { context }, awaitPromise: true })).result?.value;
  const began = Date.now();
  while (!(await look(ready))) {
    if (Date.now() - began > PATIENCE) throw new Error(`${url} has no answer; it says: ${await look("document.getElementById('trouble').textContent")} ${logged.join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, LOOKED));
  }
  found.push({ seconds: (Date.now() - began) / 1000, said: await look(script) });
  await send("browsingContext.close", { context });
}
console.log(JSON.stringify({ browser: `${capabilities.browserName} ${capabilities.browserVersion}`, found, logged }));
socket.close();
