// What many bodies say together: medians and bands, of a quantity or of paired differences.

export const BANDS = [0.025, 0.25, 0.5, 0.75, 0.975];

/** @param {ArrayLike<number>} sorted @param {number} share @returns {number} on straight lines between order statistics */
export function quantile(sorted, share) {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/** The bands of some numbers; those that could not be computed are left out.
 * @param {Iterable<number>} values @returns {number[]} at the shares of BANDS */
export function bands(values) {
  const sorted = Float64Array.from([...values].filter(Number.isFinite)).sort();
  return BANDS.map((share) => (sorted.length ? quantile(sorted, share) : NaN));
}

/**
 * @param {import("./answers.js").Answer} answer @param {string} name a quantity
 * @returns {{without: number[][], with: number[][], difference: number[][], each: Float64Array[]}} [week][band]; of each body by week
 */
export function spreadOf(answer, name) {
  const { weeks, names, bodies } = answer;
  const row = (/** @type {Float64Array} */ values, /** @type {number} */ week) => {
    const first = (week * names.length + names.indexOf(name)) * bodies;
    return values.subarray(first, first + bodies);
  };
  const paired = weeks.map((week) => {
    const [one, other] = [row(answer.with, week), row(answer.without, week)];
    return one.map((value, body) => value - other[body]);
  });
  return {
    without: weeks.map((week) => bands(row(answer.without, week))),
    with: weeks.map((week) => bands(row(answer.with, week))),
    difference: paired.map(bands),
    each: paired,
  };
}

/** The bands of how a quantity of the same bodies changes by a week without what is given.
 * @param {import("./answers.js").Answer} answer @param {string} name @param {number} week @returns {number[]} */
export function changeWithout({ names, bodies, without }, name, week) {
  const at = (/** @type {number} */ number, /** @type {number} */ body) => without[(number * names.length + names.indexOf(name)) * bodies + body];
  return bands(Array.from({ length: bodies }, (_, body) => at(week, body) - at(0, body)));
}

/** The belief at which an effect crosses a bound, on straight lines between those tried; null where it does not.
 * @param {[number, number][]} tried belief and effect, by belief @param {number} bound @returns {number | null} */
export function crossing(tried, bound) {
  for (let i = 0; i < tried.length; i++) {
    const [belief, effect] = tried[i];
    if (effect > bound) continue;
    if (i === 0) return belief;
    const [before, less] = tried[i - 1];
    return before + ((less - bound) / (less - effect)) * (belief - before);
  }
  return null;
}
