// Courses of the same bodies with and without what is given, a few bodies at a time; what has not moved is kept.

import { Model } from "../engine/model.js";
import { fluxes, middles } from "../engine/flux.js";
import { of, Schedule } from "../engine/schedule.js";
import { Bodies, DAYS_PER_YEAR, lastDay } from "./bodies.js";
import { heard } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {{settings: Settings, belief: number, count: number, week?: number}} Question
 *   a week asks for what the mechanisms carry then
 * @typedef {{weeks: number[], names: string[], bodies: number, without: Float64Array, with: Float64Array, usual: Float64Array, failed: number,
 *   week?: number, flux?: {now: Record<string, number>, usual: Record<string, number>}}} Answer
 *   arrays [week, name, body]; usual: the same people in their usual surroundings, nothing given, all mechanisms on
 */

export const LONGEST = 0.35; // days, a step: below the limit of stability of the fastest states
const PIECES = [32, 24, 24, 24]; // bodies computed together
const KEPT = 64; // stationary states and courses of pieces

export class Answers {
  /** @param {Model} model @param {any} scene */
  constructor(model, scene) {
    this.model = model;
    this.scene = scene;
    this.bodies = new Bodies(scene, model.layout);
    /** @type {Map<string, any>} */
    this.kept = new Map();
  }

  /** @param {Question} question @returns {Answer} */
  answer({ settings, belief, count, week }) {
    const { scene } = this;
    const shown = scene.map.bands.flatMap((/** @type {any} */ [, rows]) => rows.flat().map((/** @type {any} */ [, name]) => name)).filter(Boolean);
    const names = [...new Set([...Object.values(scene.read).map((/** @type {any} */ one) => one.quantity), ...shown])];
    const weeks = Array.from({ length: settings.weeks + 1 }, (_, number) => number);
    const pieces = piecesOf(count).map((some) => this.piece(settings, belief, some, weeks, names, week));
    const all = (/** @type {"without" | "with" | "usual"} */ what) => joinedBodies(pieces.map((piece) => piece[what].values), weeks.length * names.length, count);
    const failed = pieces.flatMap((piece) => lost(piece.without.courses.failedAt, piece.with.courses.failedAt)).length;
    const found = { weeks, names, bodies: count, without: all("without"), with: all("with"), usual: all("usual"), failed };
    if (week === undefined) return found;
    const [now, usual] = ["now", "usual"].map((when) => middles(pieces.map((piece) => piece.flux[when])));
    return { ...found, week: Math.min(week, settings.weeks), flux: { now, usual } };
  }

  /** The same of some bodies. @param {Settings} settings @param {number} belief @param {import("./bodies.js").Some} some
   * @param {number[]} weeks @param {string[]} names @param {number} [week] */
  piece(settings, belief, some, weeks, names, week) {
    const { model, bodies, scene } = this;
    const days = weeks.map((number) => number * 7);
    const { plain, still } = this.untreated(settings, belief, some, days, names);
    const usual = this.untreated({ ...settings, around: {}, off: [] }, belief, some, days, names).still;
    const key = JSON.stringify([heard({ ...settings, belief }), some]);
    const given = settings.treatments.length === 0 ? still : this.keep(key, () => {
      const parameters = bodies.withTraits(plain.parameters, settings, belief, some);
      const courses = model.simulate(parameters, plain.start, bodies.schedule(settings, some), days, { longest: LONGEST });
      return { courses, values: model.quantities(courses, names) };
    });
    /** @type {Record<string, Record<string, number[]>>} when -> mechanism -> of each body */
    const flux = week === undefined ? {} : this.keep(`${key} ${week}`, () => {
      const carried = [given, usual].map(({ courses }) => fluxes(model, courses, Math.min(week, settings.weeks), scene.map, scene.mechanisms));
      return { now: carried[0], usual: carried[1] };
    });
    return { without: still, with: given, usual, flux };
  }

  /** People before anything is given, and the same weeks without it. @param {Settings} settings @param {number} belief
   * @param {import("./bodies.js").Some} some @param {number[]} days @param {string[]} names */
  untreated(settings, belief, some, days, names) {
    const { who, age, flg, sensitised, kinds, around, off } = settings;
    const body = JSON.stringify([who, age, flg, sensitised, kinds, around, off, belief, some]);
    const plain = this.keep(body, () => {
      const parameters = this.bodies.parameters(settings, belief, some);
      return { parameters, start: this.model.settle(parameters, some.count) };
    });
    const still = this.keep(JSON.stringify([body, settings.weeks]), () => {
      const courses = this.model.simulate(plain.parameters, plain.start, new Schedule(), days, { longest: LONGEST });
      return { courses, values: this.model.quantities(courses, names) };
    });
    return { plain, still };
  }

  /** @template T @param {string} key @param {() => T} make @returns {T} */
  keep(key, make) {
    const known = this.kept.get(key) ?? make();
    this.kept.delete(key);
    this.kept.set(key, known);
    while (this.kept.size > KEPT) this.kept.delete(/** @type {string} */ (this.kept.keys().next().value));
    return known;
  }
}

/** The first bodies in pieces that are computed together. @param {number} count @returns {import("./bodies.js").Some[]} */
function piecesOf(count) {
  /** @type {import("./bodies.js").Some[]} */
  const found = [];
  for (let first = 0; first < count; first += found[found.length - 1].count)
    found.push({ first, count: Math.min(PIECES[found.length] ?? count, count - first) });
  return found;
}

/** Numbers of pieces as numbers of all. @param {Float64Array[]} pieces each [row, body] @param {number} rows @param {number} count bodies
 * @returns {Float64Array} [row, body] */
function joinedBodies(pieces, rows, count) {
  const found = new Float64Array(rows * count);
  let first = 0;
  for (const piece of pieces) {
    const own = piece.length / rows;
    for (let row = 0; row < rows; row++) found.set(piece.subarray(row * own, (row + 1) * own), row * count + first);
    first += own;
  }
  return found;
}

/** @param {number[][]} days @returns {number[]} bodies that could not be followed in one of the courses */
function lost(...days) {
  return [...days[0].keys()].filter((body) => days.some((some) => !Number.isNaN(some[body])));
}

/** A patient file of one body, which `gutskin simulate` runs to the same numbers.
 * @param {{bodies: Bodies, scene: any, values: (stance: string) => Map<string, any>}} model @param {Settings} settings
 * @param {number} belief 0 or 1 @param {number} body @returns {string} */
export function patientFile({ bodies, scene, values }, settings, belief, body) {
  const alone = { first: body, count: 1 };
  const plain = bodies.parameters(settings, belief, alone);
  const all = bodies.withTraits(plain, settings, belief, alone);
  const central = values(belief ? "article" : "evidence");
  const lines = [
    `# Body ${body + 1} of the page, with what it is given. Run: gutskin simulate FILE --stance ${belief ? "article" : "evidence"}`,
    `name = "body ${body + 1}"`, 'start = "settled"', `age_years = ${valueOf(all, "age_at_start") / DAYS_PER_YEAR}`,
    `days = ${settings.weeks * 7}`, "", "[numerics]", "rtol = 1e-3", `longest_step_days = ${LONGEST}`, "",
    "[switches]", ...settings.off.map((name) => `${name} = false`), "", "[parameters]",
  ];
  const elsewhere = new Set(["age_at_start", ...settings.off.map((name) => scene.mechanisms[name][0])]);
  for (const name of all.keys()) {
    const own = valueOf(all, name);
    if (own !== central.get(name) && !elsewhere.has(name)) lines.push(`${name} = ${own}`);
  }
  for (const { state, time, add } of bodies.schedule(settings, alone).pulses)
    if (time <= settings.weeks * 7 && of(add, 0))
      lines.push("", "[[pulses]]", `state = "${state}"`, `day = ${time}`, `add = ${of(add, 0)}`);
  for (const one of settings.treatments.filter(({ kind }) => kind !== "dupilumab"))
    for (const part of one.kind === "probiotic" ? products(one, scene, settings.weeks) : [dose(one, scene, settings.weeks)]) lines.push("", "[[doses]]", ...part);
  return lines.join("\n") + "\n";
}

/** Living and killed strains of a product, each a dose of its own. @param {import("./settings.js").Treatment} treatment
 * @param {any} scene @param {number} weeks @returns {string[][]} */
function products({ start, end, level, strains = [] }, scene, weeks) {
  return [true, false].flatMap((viable) => {
    const some = strains.filter((id) => scene.strains[id].viable === viable);
    if (some.length === 0) return [];
    const cfu = (10 ** level * some.length) / strains.length;
    const names = some.map((id) => `"${id}"`).join(", ");
    return [[
      'kind = "probiotic"', `strains = [${names}]`, `cfu_per_day = ${cfu}`, `viable = ${viable}`, `start_day = ${start * 7}`, `end_day = ${lastDay(end, weeks)}`,
    ]];
  });
}

/** @param {Map<string, any>} all @param {string} name @returns {number} */
function valueOf(all, name) {
  return of(all.get(name), 0);
}

/** @param {import("./settings.js").Treatment} treatment @param {any} scene @param {number} weeks
 * @returns {string[]} */
function dose({ kind, start, end, level, name = "" }, scene, weeks) {
  const when = [`start_day = ${start * 7}`, `end_day = ${lastDay(end, weeks)}`];
  const named = kind === "antibiotic" ? [`name = "${name}"`] : [];
  return [`kind = "${kind}"`, ...named, `${scene.lasting[kind][1]} = ${level}`, ...when];
}
