// What is known of the mechanisms of a place or an arrow: statement, grade, what it carries, its switch.

import { make, tick } from "./controls.js";
import { formulaOf } from "./mechanisms.js";

/**
 * @param {HTMLElement} place @param {{scene: any, answer: import("./map.js").Shown, words: import("./words.js").Words,
 *   off: string[], chosen: string, turn: (id: string, off: boolean) => void, close: () => void}} what
 */
export function fillDrawer(place, { scene, answer, words, off, chosen, turn, close }) {
  place.hidden = chosen === "";
  if (place.hidden) return place.replaceChildren();
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const [one, other] = chosen.split("-");
  const ids = Object.entries(scene.map.arrows).filter(([, [from, to]]) => (other ? from === one && to === other : from === one || to === one)).map(([id]) => id);
  const { now = {}, usual = {} } = answer.flux ?? {};
  const carries = (/** @type {string} */ id) => (off.includes(id) ? 0 : now[id] ?? 0);
  ids.sort((a, b) => Math.max(carries(b), usual[b] ?? 0) - Math.max(carries(a), usual[a] ?? 0));
  const title = other ? `${say(`map_${one}`)} → ${say(`map_${other}`)}` : say(`map_${one}`);
  const shut = make("button", { type: "button", textContent: say("close"), onclick: close });
  const items = ids.map((id) => make("li", { class: "mechanism" }, mechanismCard(id, { scene, words, off, turn }, carries(id), usual[id] ?? 0)));
  const open = [...place.querySelectorAll("details[open]")].map((one) => one.id);
  const held = place.contains(document.activeElement) ? document.activeElement?.id : "";
  place.replaceChildren(
    make("div", { class: "tools" }, [make("h3", { textContent: `${title}: ${say("map_count", { count: ids.length })}` }), shut]),
    make("p", { class: "quiet", textContent: say("map_carries") }), make("ul", {}, items),
  );
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (held) document.getElementById(held)?.focus();
}

/** @param {string} id @param {{scene: any, words: import("./words.js").Words, off: string[], turn: (id: string, off: boolean) => void}} what
 * @param {number} now @param {number} usual */
function mechanismCard(id, { scene, words, off, turn }, now, usual) {
  const [, grade, statement] = scene.mechanisms[id];
  const sign = scene.map.arrows[id][2];
  const share = (/** @type {number} */ value) => words.percent(value);
  return [
    make("p", {}, [make("b", { textContent: `${id} ` }), words.told(statement)]),
    make("p", { class: "quiet", textContent: `${words.say(`sign_${sign}`)} · ${words.say(`grade_${grade}`)} · ${words.say("map_flux", { now: share(now), usual: share(usual) })}` }),
    make("details", { id: `formula-${id}` }, [make("summary", { textContent: words.say("formula") }), ...formulaOf(id, scene, words)]),
    tick({ id: `map-off-${id}`, label: words.say("map_switch"), checked: off.includes(id), change: (checked) => turn(id, checked) }),
  ];
}
