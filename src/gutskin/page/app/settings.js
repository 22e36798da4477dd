// What a reader has set: one plain value, kept whole in the address of the page.

import { DAILY, fitted, sound } from "./courses.js";
import { antibodiesOf, NAMED, idsOf, usesOf } from "./given.js";
import { ownLimits } from "./own_dose.js";
import { GUESSES } from "./guess.js";

/**
 * @typedef {object} Treatment
 * @property {string} kind @property {number} start @property {number} end weeks; the end is excluded
 * @property {number} level as the kind counts it @property {string[]} [strains] ids @property {string} [name] id in the table of its kind
 * @property {string} [use] of a cream @property {number[]} [own] dose of a drug in the place of the usual one: mg, and of an antibody
 *   weeks between doses and mg of the first
 *
 * @typedef {object} Settings
 * @property {string} who a population @property {number | null} age years; null as drawn
 * @property {string} flg "drawn", "wild_type" or "carrier" @property {string} sensitised "drawn", "yes" or "no"
 * @property {Record<string, string>} kinds trait -> kind of people, of those whom the scene has; else as drawn
 * @property {Record<string, number>} around kind -> level, instead of the usual
 * @property {Treatment[]} treatments courses; those of a treatment are apart in time and of the same @property {string[]} off ids of mechanisms
 * @property {number} weeks @property {number | null} week that is looked at; null: the last @property {number} belief 0 to 1 @property {string} read what the chart shows
 * @property {string} screen one of SCREENS @property {string} guess one of GUESSES, "skip", or "" before it is asked
 * @property {string} done numbers of the lesson's tasks that are done
 * @property {string} trial a shipped one @property {string | null} file what became of it
 * @property {string} lang one of LANGUAGES, or "" for the reader's own @property {"evidence" | "article"} map what the map shows
 * @property {string} at a place or an arrow of the map that is looked into, or ""
 * @property {string} cards one of CARDS @property {import("./evidence.js").Filter} filter which of them are shown @property {string} open ids of cards that are open
 *
 * @typedef {object} Choice what a control may be
 * @property {number} low @property {number} high @property {number} step
 */

/** Levels of what surrounds a body. @type {Record<string, Choice>} */
export const AROUND = {
  washing: { low: 0, high: 10, step: 0.5 },
  pollen: { low: 0, high: 2, step: 0.1 },
  allergen: { low: 0, high: 5, step: 0.1 },
  fibre: { low: 0.1, high: 3, step: 0.1 },
  protein: { low: 0.3, high: 3, step: 0.1 },
};

/** Levels of what may be given; a probiotic's is the logarithm of its CFU a day. @type {Record<string, Choice>} */
export const GIVEN = {
  probiotic: { low: 8, high: 12, step: 0.1 },
  inulin: { low: 0, high: 30, step: 1 },
  antibiotic: { low: 0, high: 1, step: 0.1 },
  emollient: { low: 0, high: 1, step: 0.05 },
  topical_steroid: { low: 0, high: 1, step: 0.05 },
  bleach_bath: { low: 0, high: 1, step: 0.05 },
  biologic: { low: 1, high: 1, step: 1 },
  tablet: { low: 1, high: 1, step: 1 },
  cream: { low: 1, high: 1, step: 1 },
};

export const STANCES = /** @type {const} */ (["evidence", "article"]); // in this order everywhere
export const WEEKS = { low: 4, high: 52, step: 4 };
export const LANGUAGES = ["en", "nl"];
export const SCREENS = ["axis", "evidence", "trial", "about"];
export const CARDS = ["statements", "mechanisms"];
export const TRIAL = "six-strain-children"; // the screen of trials begins with it
/** What the address calls a filter of statements. @type {["shown" | "known" | "grade" | "find", keyof import("./evidence.js").Filter][]} */
const FILTERS = [["shown", "model"], ["known", "evidence"], ["grade", "grade"], ["find", "words"]];
const MOST_STRAINS = 6;
const MOST_WORDS = 80; // letters that are looked for

/** What the page opens with: children as ill as those whom trials enrol; those of a whole population are so mild that hardly
 * anything could show. @returns {Settings} */
export function usual() {
  return {
    who: "ad_child", age: null, flg: "drawn", sensitised: "drawn", kinds: { severity: "severe" }, around: {}, off: [], weeks: 12, week: null, belief: 1, read: "scorad", screen: "axis", guess: "", done: "", trial: TRIAL, file: null, lang: "", map: "evidence", at: "",
    cards: "statements", filter: { model: "", evidence: "", grade: "", words: "" }, open: "",
    treatments: [{ kind: "probiotic", start: 0, end: 12, level: 9.6, strains: ["w23", "w51", "w55", "w56", "w57", "w58"] }],
  };
}

/** What the model hears of settings. @param {Settings} settings @returns {string} the same for the same answers */
export function heard(settings) {
  return JSON.stringify({ ...settings, read: "", week: null, cards: "", screen: "", guess: "", done: "", trial: "", file: null, lang: "", map: "evidence", at: "", filter: null, open: "" });
}

/** Traits by which people are asked for, in the order of their names. @param {Settings} settings @returns {[string, string][]} trait, kind */
export function kindsOf(settings) {
  return Object.entries(settings.kinds).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** @param {Settings} settings @returns {string} for the address */
export function written(settings) {
  const found = new URLSearchParams();
  const first = usual();
  if (settings.lang) found.set("lang", settings.lang);
  if (JSON.stringify({ ...settings, lang: "" }) === JSON.stringify(first)) return found.toString(); // the guess is still asked
  for (const key of /** @type {const} */ (["screen", "who", "flg", "sensitised", "read", "weeks", "belief", "map", "at", "cards"]))
    if (settings[key] !== first[key]) found.set(key, String(settings[key]));
  for (const [name, of] of FILTERS) if (settings.filter[of]) found.set(name, settings.filter[of]);
  if (settings.open) found.set("open", settings.open);
  if (settings.trial !== first.trial) found.set("trial", settings.trial);
  if (settings.file !== null) found.set("file", settings.file);
  if (settings.week !== null && settings.week < settings.weeks) found.set("week", String(settings.week));
  if (settings.age !== null) found.set("age", String(settings.age));
  for (const [trait, kind] of kindsOf(settings)) found.set(trait, kind);
  for (const [kind, level] of Object.entries(settings.around)) found.set(kind, String(level));
  if (settings.off.length) found.set("off", settings.off.join("."));
  if (GUESSES.includes(settings.guess)) found.set("guess", settings.guess);
  if (settings.done) found.set("done", settings.done);
  const given = settings.treatments.map(({ kind, start, end, level, strains = [], name = "", use = "", own = [] }) =>
    [kind, start, end, level, strains.join("."), name, use === DAILY ? "" : use, own.join("_")].join("~").replace(/~+$/, ""),
  );
  found.set("give", given.join("!"));
  return found.toString();
}

/** A number of an address; NaN of anything else, nothing among it. @param {string} text @returns {number} */
const numberOf = (text) => (/^-?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text) ? Number(text) : NaN);

/** @param {number} value @param {Choice} choice @returns {boolean} */
const inside = (value, { low, high }) => Number.isFinite(value) && value >= low && value <= high;

/**
 * What an address says; what it says wrongly is left at the usual and named.
 * @param {string} text @param {{map: {arrows: Record<string, string[]>}, people: Record<string, {ages: [number, number], kinds: Record<string, Record<string, object>>}>, strains: object, antibiotics: object, biologic: object, cream: object, together: number, mechanisms: object, read: object, trial: {trials: Record<string, string>},
 *   statements?: {cards: Record<string, import("./evidence.js").Card>}}} scene
 * @returns {{settings: Settings, wrong: string[]}}
 */
export function read(text, scene) {
  const settings = usual();
  /** @type {string[]} */
  const wrong = [];
  const given = new URLSearchParams(text);
  /** @param {string} key @param {(value: string) => boolean} put false where it cannot be */
  const take = (key, put) => {
    const [value = null, second] = given.getAll(key);
    if (value !== null && (second !== undefined || !put(value))) wrong.push(`${key}=${value}`.slice(0, 60));
    given.delete(key);
  };
  const oneOf = (/** @type {"screen" | "who" | "flg" | "sensitised" | "read" | "lang" | "map" | "at" | "cards"} */ key, /** @type {readonly string[]} */ known) =>
    take(key, (value) => known.includes(value) && ((settings[key] = /** @type {any} */ (value)), true));
  const asked = [...given.keys()].some((key) => key !== "lang");
  oneOf("lang", LANGUAGES);
  oneOf("map", STANCES);
  oneOf("at", Object.values(scene.map.arrows).flatMap(([from, to]) => [from, to, `${from}-${to}`]));
  oneOf("screen", SCREENS);
  oneOf("cards", CARDS);
  oneOf("who", Object.keys(scene.people));
  oneOf("flg", ["drawn", "wild_type", "carrier"]);
  oneOf("sensitised", ["drawn", "yes", "no"]);
  oneOf("read", Object.keys(scene.read));
  take("trial", (value) => Object.hasOwn(scene.trial.trials, value) && ((settings.trial = value), true));
  take("file", (value) => ((settings.file = value), true));
  const cards = scene.statements?.cards ?? {};
  const cardsOf = (/** @type {(card: import("./evidence.js").Card) => string} */ of) => (/** @type {string} */ value) => Object.values(cards).some((card) => of(card) === value);
  const sure = { model: cardsOf((card) => card.found.evidence[0]), evidence: cardsOf((card) => card.evidence), grade: cardsOf((card) => card.grade),
    words: (/** @type {string} */ value) => value.length <= MOST_WORDS };
  for (const [name, of] of FILTERS) take(name, (value) => sure[of](value) && ((settings.filter[of] = value), true));
  take("open", (value) => value.split(".").every((id) => Object.hasOwn(cards, id) || Object.hasOwn(scene.mechanisms, id)) && ((settings.open = value), true));
  take("weeks", (value) => inside(numberOf(value), WEEKS) && Number.isInteger(numberOf(value)) && ((settings.weeks = numberOf(value)), true));
  take("week", (value) => inside(numberOf(value), { low: 0, high: settings.weeks - 1, step: 1 }) && Number.isInteger(numberOf(value)) && ((settings.week = numberOf(value)), true));
  take("belief", (value) => inside(numberOf(value), { low: 0, high: 1, step: 0.01 }) && ((settings.belief = numberOf(value)), true));
  settings.treatments = fitted(settings.treatments, usual().weeks, settings.weeks);
  const { kinds: known } = scene.people[settings.who];
  settings.kinds = Object.fromEntries(Object.entries(settings.kinds).filter(([trait, kind]) => Object.hasOwn(known[trait] ?? {}, kind)));
  take("give", (value) => {
    const found = value === "" ? [] : value.split("!").map((one) => treatment(one, scene, settings.weeks));
    const whole = /** @type {Treatment[]} */ (found);
    if (found.includes(null) || !sound(whole) || antibodiesOf(whole).length > scene.together) return false;
    settings.treatments = whole;
    settings.kinds = {}; // a whole address names its own
    return true;
  });
  const [low, high] = scene.people[settings.who].ages;
  take("age", (value) => inside(numberOf(value), { low, high, step: 1 }) && ((settings.age = numberOf(value)), true));
  for (const [trait, some] of Object.entries(scene.people[settings.who].kinds))
    take(trait, (value) => Object.hasOwn(some, value) && ((settings.kinds[trait] = value), true));
  for (const [kind, choice] of Object.entries(AROUND))
    take(kind, (value) => inside(numberOf(value), choice) && ((settings.around[kind] = numberOf(value)), true));
  take("off", (value) => {
    const names = value.split(".");
    return names.every((name) => Object.hasOwn(scene.mechanisms, name)) && ((settings.off = names), true);
  });
  settings.guess = asked ? "skip" : ""; // who follows a link wants to see
  take("guess", (value) => GUESSES.includes(value) && ((settings.guess = value), true));
  take("done", (value) => /^(?!.*(.).*\1)[1-6]{1,6}$/.test(value) && ((settings.done = value), true));
  wrong.push(...[...given].map(([key, value]) => `${key}=${value}`.slice(0, 60)));
  return { settings, wrong };
}

/** @param {string} text @param {any} scene @param {number} weeks @returns {Treatment | null} */
function treatment(text, scene, weeks) {
  const [called, start, end, level, strains = "", named = "", used = "", mine = "", ...more] = text.split("~");
  const older = called === "dupilumab"; // an address of before there were others
  const [kind, name] = older ? ["biologic", called] : [called, named];
  const found = { kind, start: numberOf(start), end: numberOf(end), level: numberOf(level) };
  const when = inside(found.start, { low: 0, high: weeks, step: 1 }) && inside(found.end, { low: 0, high: weeks, step: 1 });
  if (more.length || !Object.hasOwn(GIVEN, kind) || !when || found.end <= found.start || !inside(found.level, GIVEN[kind])) return null;
  if (NAMED.includes(kind)) {
    if (!idsOf(kind, scene).includes(name)) return null;
    const uses = usesOf(kind, name, scene);
    const use = used || DAILY;
    if (uses.length === 0) {
      if (used || !mine) return used ? null : { ...found, name };
      const [own, limits] = [mine.split("_").map(numberOf), ownLimits({ kind, name }, scene)];
      return own.length === limits.length && own.every((value, place) => inside(value, limits[place])) ? { ...found, name, own } : null;
    }
    return !mine && uses.includes(use) ? { ...found, name, use } : null;
  }
  if (used || named || mine) return null;
  if (kind !== "probiotic") return strains ? null : found;
  const ids = strains.split(".");
  const sound = ids.length <= MOST_STRAINS && new Set(ids).size === ids.length && ids.every((id) => Object.hasOwn(scene.strains, id));
  return sound ? { ...found, strains: ids } : null;
}
