// Small words for what was just reached or added: seen for a while, and read aloud without taking the focus.

import { make } from "./controls.js";

const SEEN = 8000; // ms

/** @param {HTMLElement} place a live region @param {string} text nothing: nothing is said */
export function notice(place, text) {
  if (!text) return;
  const line = make("span", { textContent: text });
  place.append(line);
  setTimeout(() => line.remove(), SEEN);
}
