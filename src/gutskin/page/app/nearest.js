// The name that somebody meant: as the package suggests it (errors.nearest, difflib of Python).

const CLOSE = 0.5; // share of letters in common

/** The known name closest to one, if any is close. @param {string} name @param {string[]} known @returns {string} empty where none is */
export function nearest(name, known) {
  if (known.includes(name)) return name;
  const kin = numbered(name, known);
  const swapped = kin.find((one) => sorted(digits(one)) === sorted(digits(name)));
  if (swapped) return swapped;
  const word = name.toLowerCase();
  let [best, score, least] = ["", CLOSE, ""];
  for (const one of known) {
    const folded = one.toLowerCase();
    const share = alike(folded, word);
    if (share > score || (share === score && folded >= least)) [best, score, least] = [one, share, folded];
  }
  return kin.includes(best) ? "" : best; // a code with another number is another thing
}

/** @param {string} text @returns {string} */
const digits = (text) => text.replace(/\D/g, "");

/** @param {string} text @returns {string} */
const sorted = (text) => [...text].sort().join("");

/** Codes with the letters of another and a number of their own. @param {string} name @param {string[]} known @returns {string[]} */
function numbered(name, known) {
  const letters = (/** @type {string} */ text) => text.toLowerCase().replace(/\d/g, "");
  return digits(name) ? known.filter((one) => digits(one) && letters(one) === letters(name)) : [];
}

/** Twice the letters that stand in both in the same order, by longest pieces, over all letters.
 * @param {string} one @param {string} other @returns {number} */
function alike(one, other) {
  const both = one.length + other.length;
  return both === 0 ? 1 : (2 * common(one, other)) / both;
}

/** @param {string} one @param {string} other @returns {number} */
function common(one, other) {
  let [size, from, to] = [0, 0, 0];
  /** @type {number[]} lengths of pieces that end at each letter of the other */
  let before = [];
  for (let i = 0; i < one.length; i++) {
    /** @type {number[]} */
    const now = [];
    for (let j = 0; j < other.length; j++)
      if (one[i] === other[j]) {
        now[j] = (before[j - 1] ?? 0) + 1;
        if (now[j] > size) [size, from, to] = [now[j], i - now[j] + 1, j - now[j] + 1];
      }
    before = now;
  }
  if (size === 0) return 0;
  return size + common(one.slice(0, from), other.slice(0, to)) + common(one.slice(from + size), other.slice(to + size));
}
