// The axis of an effect: of differences straight, no effect at 0; of ratios of geometric means logarithmic, no effect at 1.

const SIDES = 12; // pixels beside what is furthest out
const RATIO_STEPS = [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]; // of a logarithmic axis, in every power of ten
const [FEWEST_TICKS, MOST_TICKS] = [3, 7]; // numbers on it
const SPARE = 0.04; // of a logarithmic axis, beside what is furthest out
const [FIGURES, MOST_DECIMALS, OF_END] = [2, 6, 3]; // of a ratio; at most; at most for the sake of its lower end
const [ERRORS, SEEN_AS_NONE, OF_WIDTH] = [4, 1e-8, 4]; // standard errors that an interval is wide; what no decimal shows; decimals at most to tell ends apart

/** @typedef {{x: (value: number) => number, none: number, ticks: number[]}} EffectAxis x in pixels; none: where no effect is */

/** @param {number[]} values what it has to hold, beside no effect @param {boolean} ratio @param {number} wide pixels @returns {EffectAxis} */
export function effectAxis(values, ratio, wide) {
  const none = ratio ? 1 : 0;
  const place = (/** @type {number} */ value) => (ratio ? Math.log(value) : value);
  const all = [...values, none].map(place);
  let [low, high] = [Math.min(...all), Math.max(...all)];
  const room = ratio ? SPARE * Math.max(high - low, 0.1) : 0;
  [low, high] = [low - room, high + room];
  const x = (/** @type {number} */ value) => SIDES + ((place(value) - low) / (high - low || 1)) * (wide - 2 * SIDES);
  return { x, none, ticks: ratio ? ratioTicks(Math.exp(low), Math.exp(high)) : roundNumbers(low, high) };
}

/** Round numbers between two ends, a few of them, 0 among them if it lies there. @param {number} low @param {number} high @returns {number[]} */
export function roundNumbers(low, high) {
  const rough = (high - low) / 5 || 1;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * ten).find((one) => one >= rough) ?? 10 * ten;
  return multiples(low, high, step);
}

/** @param {number} low @param {number} high @param {number} step @returns {number[]} */
function multiples(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, number) => Number(((first + number) * step).toPrecision(12)));
}

/** Round numbers about evenly on a logarithmic axis, 1 among them if it lies there: those of a report's figure.
 * @param {number} low above 0 @param {number} high @returns {number[]} */
export function ratioTicks(low, high) {
  const first = Math.floor(Math.log10(low)) - 1;
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) + 1 - first }, (_, number) => first + number);
  const kept = RATIO_STEPS.map((steps) => powers.flatMap((power) => steps.map((step) => Number((step * 10 ** power).toPrecision(12)))).filter((one) => one >= low && one <= high));
  const few = kept.find((one) => one.length <= MOST_TICKS) ?? kept[kept.length - 1];
  return few.length < FEWEST_TICKS ? roundNumbersOf(low, high) : few;
}

/** Of a narrow range: at most so many, as close as may be. @param {number} low @param {number} high @returns {number[]} */
function roundNumbersOf(low, high) {
  const steps = Array.from({ length: 9 }, (_, number) => [1, 2, 5].map((one) => Number(`${one}e${number - 6}`))).flat();
  return multiples(low, high, steps.find((step) => (high - low) / step <= MOST_TICKS) ?? steps[steps.length - 1]);
}

/** Decimals of a ratio and its interval: two figures of the middle, no end told as nothing, the ends told apart.
 * @param {number} middle @param {number} low @param {number} high @returns {number} */
export function ratioDecimals(middle, low, high) {
  const first = (/** @type {number} */ size, /** @type {number} */ figures) =>
    Math.min(Math.max(0, figures - 1 - Math.floor(Math.log10(Number(size.toPrecision(figures))))), MOST_DECIMALS);
  const apart = high - low >= SEEN_AS_NONE ? Math.min(first((high - low) / ERRORS, 1), OF_WIDTH) : 0;
  return Math.max(middle > 0 ? first(middle, FIGURES) : FIGURES, low > 0 ? Math.min(first(low, 1), OF_END) : 0, apart);
}

/** Middle and ends of a ratio in words, with as many decimals as they deserve. @param {[number, number, number]} ratio @param {import("./words.js").Words} words @returns {[string, string, string]} */
export function ratioWords([low, middle, high], words) {
  const digits = ratioDecimals(middle, low, high);
  return [words.number(low, digits), `× ${words.number(middle, digits)}`, words.number(high, digits)];
}
