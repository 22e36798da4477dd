// Answers in words, in two charts and in a table.

import { draw, sizeOf } from "./chart.js";
import { make } from "./controls.js";
import { changesOf, GUESSES } from "./guess.js";
import { strainsOf } from "./bodies.js";
import { lineOf } from "./courses.js";
import { labelOf } from "./given.js";
import { STANCES } from "./settings.js";
import { changeWithout, crossing, spreadOf } from "./spread.js";
import { described } from "./described.js";

const DOTS = 20; // that stand for a chance

/** @param {string} id @returns {any} */
const place = (id) => document.getElementById(id);

/**
 * @param {{words: import("./words.js").Words, answers: Record<string, import("./answers.js").Answer>, scene: any,
 *   settings: import("./settings.js").Settings, cursor: number, tried: [number, number][] | null}} what
 */
export function paintAnswers({ words, answers, scene, settings, cursor, tried }) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const size = Object.fromEntries(["level", "difference"].map((id) => [id, sizeOf(place(id))])); // before anything moves, so that nothing is laid out twice
  const { weeks } = answers.evidence;
  const week = Math.min(cursor, weeks.length - 1);
  const { quantity, unit, digits } = scene.read[settings.read];
  const spread = Object.fromEntries(STANCES.map((stance) => [stance, spreadOf(answers[stance], quantity)]));
  place("question").textContent = question(settings, scene, words);
  place("believed").textContent = settings.belief === 1 ? say("article") : say("believed", { share: words.percent(settings.belief) });
  for (const stance of STANCES) {
    const [lower, low, middle, high, upper] = spread[stance].difference[week].map((value) => words.change(value, digits));
    const name = say(settings.read);
    const none = settings.treatments.length === 0;
    const after = make("span", { textContent: say("answer", { name, weeks: words.tick(week) }) });
    place(`middle-${stance}`).replaceChildren(...(none ? [say("answer_none")] : [make("b", { textContent: middle }), " ", after]));
    place(`band-${stance}`).textContent = none ? "" : say("band", { low, high, lower, upper });
    const each = [...(quantity === "scorad" ? spread[stance] : spreadOf(answers[stance], "scorad")).each[week]].filter(Number.isFinite);
    const share = (/** @type {(value: number) => boolean} */ holds) => words.percent(each.filter(holds).length / each.length);
    const lost = each.filter((value) => value <= -scene.noticed).length / each.length;
    const noticed = say("noticed", { points: words.tick(scene.noticed), share: words.percent(lost) });
    const dots = Math.round(DOTS * lost);
    place(`dots-${stance}`).textContent = none ? "" : ("●".repeat(dots) + "○".repeat(DOTS - dots)).replace(/^.{10}/, "$& ");
    const failed = answers[stance].failed ? ` ${say("failed", { count: answers[stance].failed })}` : "";
    place(`noticed-${stance}`).textContent = none ? failed : `${noticed} ${say("harmed", { share: share((value) => value > 1) })}${failed}`;
  }
  const [lower, , middle, , upper] = changeWithout(answers.evidence, quantity, week).map((value) => words.change(value, digits));
  place("compare").textContent = say("compare", { name: say(settings.read), middle, lower, upper, weeks: words.tick(week) });
  place("told").textContent = described(settings, scene, words);
  const format = (/** @type {number} */ value) => words.tick(value);
  const level = [
    { bands: spread.evidence.without, look: "without", words: say("without"), filled: false },
    { bands: spread.article.with, look: "article", words: say("with_article"), filled: false },
    { bands: spread.evidence.with, look: "evidence", words: say("with_evidence"), filled: true },
  ];
  const everything = level.flatMap((line) => line.bands.flat()).filter(Number.isFinite);
  const lowest = Math.min(0, ...everything);
  const range = /** @type {[number, number]} */ ([lowest, settings.read === "scorad" ? Math.max(60, rounded(Math.max(...everything))) : rounded(Math.max(...everything))]);
  const across = say("week");
  draw({ svg: place("level"), size: size.level, weeks, lines: level, range, says: `${say(settings.read)} (${words.own(unit)}). ${say("level")}. ${place("middle-evidence").textContent}`, across, format, cursor: week });
  const both = STANCES.toReversed().map((stance) => ({
    bands: spread[stance].difference, look: stance, words: say(`with_${stance}`), filled: stance === "evidence", label: say(stance === "evidence" ? "belief_low" : "claim"),
  }));
  const far = Math.max(...both.flatMap((line) => line.bands.flat()).filter(Number.isFinite).map(Math.abs), settings.read === "scorad" ? 10 : 1e-3);
  const marks = settings.read === "scorad" ? [{ at: -scene.noticed, words: say("noticed_mark") }] : [];
  const guess = settings.read === "scorad" && GUESSES.includes(settings.guess) ? { ends: changesOf(settings.guess, scene.noticed), words: say("guess_mark") } : undefined;
  const says = `${say(settings.read)} (${words.own(unit)}). ${say("difference")}. ${STANCES.map((stance) => place(`middle-${stance}`).textContent).join(" ")}`;
  draw({ svg: place("difference"), size: size.difference, weeks, lines: both, range: [-rounded(far), rounded(far) / (settings.read === "scorad" ? 2 : 1)], says, across, format, guess, marks: [{ at: 0, words: "" }, ...marks], cursor: week });
  place("unit-level").textContent = place("unit-difference").textContent = `${say(settings.read)}${unit === "1" || unit === "points" ? "" : `, ${words.own(unit)}`}`;
  for (const [id, key] of [["cursor", "max"], ["cursor", "value"]]) place(id)[key] = String(key === "max" ? weeks.length - 1 : week);
  place("cursor-says").textContent = `${across} ${words.tick(week)}`;
  place("cursor").setAttribute("aria-valuetext", place("cursor-says").textContent);
  place("belief").setAttribute("aria-valuetext", place("believes").textContent = words.percent(settings.belief));
  paintCrossing({ words, scene, settings, tried });
  if (place("table").closest("details").open) fillTable(weeks, spread, digits, words);
}

/** The belief from which the effect is noticed. @param {{words: import("./words.js").Words, scene: any,
 *   settings: import("./settings.js").Settings, tried: [number, number][] | null}} what */
export function paintCrossing({ words, scene, settings, tried }) {
  const crossed = tried && settings.treatments.length ? crossing(tried, -scene.noticed) : null;
  place("crossing").hidden = crossed === null;
  place("crossing").style.left = `${100 * (crossed ?? 0)}%`;
  place("crosses").textContent = settings.treatments.length ? crosses(tried, scene.noticed, words) : "";
}

/** How a band is read, with the treated people of the first screen. @param {{words: import("./words.js").Words,
 *   answer: import("./answers.js").Answer, scene: any, read: string}} what */
export function paintSample({ words, answer, scene, read }) {
  const { weeks } = answer;
  const { with: bands } = spreadOf(answer, scene.read[read].quantity);
  const notes = ["sample_middle", "sample_half", "sample_wide"].map((key, place) => {
    const week = Math.round(((place + 1) * (weeks.length - 1)) / 4);
    const [below, above] = bands[week].slice(place + 1);
    return { week, value: (below + above) / 2, words: words.say(key) };
  });
  const says = `${words.say(read)}. ${words.say("read_1")}`;
  place("unit-sample").textContent = words.say(read);
  draw({
    svg: place("sample"), weeks, lines: [{ bands, look: "evidence", words: "", filled: true }], range: [Math.min(0, ...bands.flat()), rounded(Math.max(...bands.flat()))],
    says, across: words.say("week"), format: (value) => words.tick(value), cursor: 0, notes,
  });
}

/** @param {import("./settings.js").Settings} settings @param {any} scene @param {import("./words.js").Words} words */
function question(settings, scene, words) {
  const { severity } = settings.kinds;
  const who = words.say(settings.who) + (severity ? ` (${words.say(`kind_severity_${severity}`)})` : "");
  const fill = { weeks: settings.weeks, who, given: "" };
  if (settings.treatments.length === 0) return words.say("question_none", fill);
  if (new Set(settings.treatments.map(lineOf)).size === 1) {
    const [one] = settings.treatments;
    const ids = strainsOf(settings);
    const mixture = Object.entries(scene.mixtures).find(([, some]) => some.join() === ids.join());
    const label = one.kind === "antibiotic" ? words.own(one.name ?? "") : labelOf(one, scene, words);
    const name = one.kind === "probiotic" ? mixture?.[0] ?? ids.map((id) => scene.strains[id].code).join(" + ") : label[0].toLowerCase() + label.slice(1);
    return words.say("question", { ...fill, given: name });
  }
  return words.say("question_several", fill);
}

/** @param {[number, number][] | null} tried @param {number} noticed @param {import("./words.js").Words} words */
function crosses(tried, noticed, words) {
  const fill = { points: words.tick(noticed) };
  if (!tried) return words.say("crosses_wait");
  const found = crossing(tried, -noticed);
  return found === null ? words.say("crosses_never", fill) : words.say("crosses", { ...fill, share: words.percent(found) });
}

/** The next round number. @param {number} value @returns {number} */
function rounded(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return /** @type {number} */ ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((one) => one * power).find((one) => one >= value));
}

/** @param {number[]} weeks @param {any} spread @param {number} digits @param {import("./words.js").Words} words */
function fillTable(weeks, spread, digits, words) {
  const cell = (/** @type {number[]} */ [lower, , middle, , upper], /** @type {boolean} */ change) => {
    const write = (/** @type {number} */ value) => (change ? words.change(value, digits) : words.number(value, digits));
    return `${write(middle)} (${write(lower)} ${words.say("to")} ${write(upper)})`;
  };
  const head = ["week", "without", "evidence", "article"].map((key) => make("th", { textContent: words.say(key) }));
  const rows = weeks.map((week) => make("tr", {}, [
    make("th", { textContent: words.tick(week) }),
    make("td", { textContent: cell(spread.evidence.without[week], false) }),
    ...STANCES.map((stance) => make("td", { textContent: cell(spread[stance].difference[week], true) })),
  ]));
  place("table").replaceChildren(make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, rows));
}
