// The tabs of the charts: one of them is reached by Tab, the others from it by arrow keys.

import { make } from "./controls.js";

/** By how many tabs a key moves; to the ends and no further. @type {Record<string, number>} */
const STEPS_OF = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/** @param {HTMLElement} place a tablist @param {HTMLElement} panel what the tabs show @param {{names: string[], chosen: string,
 *   words: import("./words.js").Words, choose: (name: string) => void}} what */
export function fillTabs(place, panel, { names, chosen, words, choose }) {
  const last = names.length - 1;
  const take = (/** @type {string} */ name) => {
    choose(name);
    document.getElementById(`tab-${name}`)?.focus();
  };
  place.replaceChildren(...names.map((name, number) => {
    const is = name === chosen;
    const tab = make("button", {
      type: "button", role: "tab", id: `tab-${name}`, tabIndex: is ? 0 : -1, textContent: words.say(`tab_${name}`), "aria-selected": String(is), "aria-controls": panel.id, title: words.say(name),
      onclick: () => take(name),
    });
    tab.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      const by = STEPS_OF[event.key];
      if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      take(names[Math.min(Math.max(number + by, 0), last)]);
    };
    return tab;
  }));
  panel.setAttribute("aria-labelledby", `tab-${chosen}`);
  const tab = document.getElementById(`tab-${chosen}`);
  if (tab) place.scrollLeft = tab.offsetLeft - place.offsetLeft - (place.clientWidth - tab.offsetWidth) / 2; // on a phone they are wider than the screen
}
