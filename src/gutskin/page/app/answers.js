// Courses of the same bodies with and without what is given, a few bodies at a time; what has not moved is kept.

import { Model } from "../engine/model.js";
import { fluxes } from "../engine/flux.js";
import { of, Schedule } from "../engine/schedule.js";
import { Bodies, DAYS_PER_YEAR, lastDay } from "./bodies.js";
import { dayOf } from "./dosing.js";
import { heard } from "./settings.js";

/**
 * @typedef {import("./settings.js").Settings} Settings
 * @typedef {{settings: Settings, beliefs: number[], count: number, week?: number, silent?: boolean}} Question of the first `count` bodies;
 *   a week asks for what the mechanisms carry then; silent: nothing is told yet
 * @typedef {{now: Record<string, number[]>, usual: Record<string, number[]>}} Carried mechanism -> of each body
 * @typedef {{weeks: number[], names: string[], bodies: number, without: Float64Array, with: Float64Array, usual: Float64Array, failed: number}} Answer
 *   arrays [week, name, body]; usual: the same people in their usual surroundings, nothing given, all mechanisms on
 * @typedef {{answers: Answer[], carried: Carried[]}} Reply to a question, by belief
 */

const PIECES = [32, 24, 24, 24]; // bodies computed together, by all workers
const KEPT = 128; // stationary states and courses of pieces

export class Answers {
  /** @param {Model} model @param {any} scene @param {number} [place] of this worker @param {number} [workers] who share the bodies */
  constructor(model, scene, place = 0, workers = 1) {
    this.model = model;
    this.scene = scene;
    this.place = place;
    this.workers = workers;
    this.bodies = new Bodies(scene, model.layout);
    /** @type {Map<string, any>} */
    this.kept = new Map();
    const shown = scene.map.bands.flatMap((/** @type {any} */ [, rows]) => rows.flat().map((/** @type {any} */ [, name]) => name)).filter(Boolean);
    this.names = [...new Set([...Object.values(scene.read).map((/** @type {any} */ one) => one.quantity), ...shown])];
  }

  /** What becomes of this worker's bodies. @param {Question} question @returns {Reply} */
  reply({ settings, beliefs, count, week, silent = false }) {
    const weeks = Array.from({ length: settings.weeks + 1 }, (_, number) => number);
    const some = piecesOf(count, this.place, this.workers);
    const found = beliefs.map((belief) => some.map((one) => this.piece(settings, belief, one, weeks, week)));
    if (silent) return { answers: [], carried: [] };
    if (week !== undefined) return { answers: [], carried: found.map((pieces) => joinedFluxes(pieces.map(({ flux }) => flux))) };
    return { answers: found.map((pieces) => this.joined(pieces, weeks)), carried: [] };
  }

  /** @param {ReturnType<Answers["piece"]>[]} pieces @param {number[]} weeks @returns {Answer} */
  joined(pieces, weeks) {
    const { names } = this;
    const bodies = pieces.reduce((sum, { some }) => sum + some.count, 0);
    const all = (/** @type {"without" | "with" | "usual"} */ what) => joinedBodies(pieces.map((piece) => piece[what].values), weeks.length * names.length, bodies);
    const failed = pieces.flatMap((piece) => lost(piece.without.courses.failedAt, piece.with.courses.failedAt)).length;
    return { weeks, names, bodies, without: all("without"), with: all("with"), usual: all("usual"), failed };
  }

  /** The same of some bodies. @param {Settings} settings @param {number} belief @param {import("./bodies.js").Some} some
   * @param {number[]} weeks @param {number} [week] */
  piece(settings, belief, some, weeks, week) {
    const { model, bodies, scene, names } = this;
    const days = weeks.map((number) => number * 7);
    const { plain, still } = this.untreated(settings, belief, some, days);
    const quiet = { ...settings, around: {}, off: [] };
    const usual = this.untreated(quiet, belief, some, days).still;
    const key = JSON.stringify([heard({ ...settings, belief }), some]);
    const given = settings.treatments.length === 0 ? still : this.keep(key, () => {
      const parameters = bodies.withTraits(plain.parameters, settings, belief, some);
      const courses = model.simulate(parameters, plain.start, bodies.schedule(settings, some, parameters), days, model.layout.following);
      return { courses, values: model.quantities(courses, names) };
    });
    const carried = (/** @type {string} */ of, /** @type {any} */ { courses }) => this.keep(`${of} ${week}`, () =>
      fluxes(model, courses, Math.min(/** @type {number} */ (week), settings.weeks), scene.map, scene.mechanisms));
    /** @type {Carried} */
    const flux = week === undefined ? { now: {}, usual: {} } : { now: carried(key, given), usual: carried(`${untreatedKey(quiet, belief, some)} ${settings.weeks} weeks`, usual) };
    return { some, without: still, with: given, usual, flux };
  }

  /** People before anything is given, and the same weeks without it. @param {Settings} settings @param {number} belief
   * @param {import("./bodies.js").Some} some @param {number[]} days */
  untreated(settings, belief, some, days) {
    const body = untreatedKey(settings, belief, some);
    const plain = this.keep(body, () => {
      const parameters = this.bodies.parameters(settings, belief, some);
      return { parameters, start: this.model.settle(parameters, some.count) };
    });
    const still = this.keep(`${body} ${settings.weeks} weeks`, () => {
      const courses = this.model.simulate(plain.parameters, plain.start, new Schedule(), days, this.model.layout.following);
      return { courses, values: this.model.quantities(courses, this.names) };
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

/** What people before anything is given depend on. @param {Settings} settings @param {number} belief @param {import("./bodies.js").Some} some */
function untreatedKey({ who, age, flg, sensitised, kinds, around, off }, belief, some) {
  return JSON.stringify([who, age, flg, sensitised, kinds, around, off, belief, some]);
}

/** One worker's share of the first bodies, in pieces that are computed together. @param {number} count @param {number} place @param {number} workers
 * @returns {import("./bodies.js").Some[]} */
export function piecesOf(count, place, workers) {
  /** @type {import("./bodies.js").Some[]} */
  const found = [];
  for (let first = 0, number = 0; first < count; first += PIECES[number], number++) {
    const size = Math.min(PIECES[number], count - first);
    const [from, to] = [place, place + 1].map((one) => Math.round((size * one) / workers));
    if (to > from) found.push({ first: first + from, count: to - from });
  }
  return found;
}

/** Answers about some bodies each as one about all. @param {Answer[]} parts @returns {Answer} */
export function merged(parts) {
  const rows = parts[0].weeks.length * parts[0].names.length;
  const [bodies, failed] = [parts.reduce((sum, one) => sum + one.bodies, 0), parts.reduce((sum, one) => sum + one.failed, 0)];
  const all = (/** @type {"without" | "with" | "usual"} */ what) => joinedBodies(parts.map((part) => part[what]), rows, bodies);
  return { ...parts[0], bodies, failed, without: all("without"), with: all("with"), usual: all("usual") };
}

/** Fluxes of some bodies each as those of all. @param {Carried[]} parts @returns {Carried} */
export function joinedFluxes(parts) {
  const join = (/** @type {"now" | "usual"} */ when) => Object.fromEntries(Object.keys(parts[0][when]).map((id) => [id, parts.flatMap((part) => part[when][id])]));
  return { now: join("now"), usual: join("usual") };
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
 * @param {{bodies: Bodies, scene: any, following: {longest: number, stages: number}, values: (stance: string) => Map<string, any>}} model @param {Settings} settings
 * @param {number} belief 0 or 1 @param {number} body @returns {string} */
export function patientFile({ bodies, scene, following, values }, settings, belief, body) {
  const alone = { first: body, count: 1 };
  const plain = bodies.parameters(settings, belief, alone);
  const all = bodies.withTraits(plain, settings, belief, alone);
  const central = values(belief ? "article" : "evidence");
  const lines = [
    `# Body ${body + 1} of the page, with what it is given. Run: gutskin simulate FILE --stance ${belief ? "article" : "evidence"}`,
    `name = "body ${body + 1}"`, 'start = "settled"', `age_years = ${valueOf(all, "age_at_start") / DAYS_PER_YEAR}`,
    `days = ${settings.weeks * 7}`, "", "[numerics]", "rtol = 1e-3", `longest_step_days = ${following.longest}`, `stages = ${following.stages}`, "",
    "[switches]", ...settings.off.map((name) => `${name} = false`), "", "[parameters]",
  ];
  const elsewhere = new Set(["age_at_start", ...settings.off.map((name) => scene.mechanisms[name][0])]);
  for (const name of all.keys()) {
    const own = valueOf(all, name);
    if (own !== central.get(name) && !elsewhere.has(name)) lines.push(`${name} = ${own}`);
  }
  for (const one of settings.treatments)
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
      'kind = "probiotic"', `strains = [${names}]`, `cfu_per_day = ${cfu}`, `viable = ${viable}`, `start_day = ${dayOf(start * 7)}`, `end_day = ${lastDay(end, weeks)}`,
    ]];
  });
}

/** @param {Map<string, any>} all @param {string} name @returns {number} */
function valueOf(all, name) {
  return of(all.get(name), 0);
}

/** @param {import("./settings.js").Treatment} treatment @param {any} scene @param {number} weeks
 * @returns {string[]} */
function dose({ kind, start, end, level, name = "", use = "", own = [] }, scene, weeks) {
  const amounts = ["dose_mg", "every_weeks", "loading_mg"].slice(0, own.length).map((key, place) => `${key} = ${own[place]}`);
  const from = `start_day = ${dayOf(start * 7)}`;
  if (kind === "biologic") return ['kind = "drug"', `name = "${name}"`, ...amounts, from, `end_day = ${dayOf(end * 7)}`];
  const when = [from, `end_day = ${lastDay(end, weeks)}`];
  if (kind === "tablet") return ['kind = "drug"', `name = "${name}"`, ...amounts, ...when];
  if (kind === "cream") return ['kind = "topical"', `name = "${name}"`, `use = "${use}"`, ...when];
  const named = kind === "antibiotic" ? [`name = "${name}"`] : [];
  return [`kind = "${kind}"`, ...named, `${scene.lasting[kind][1]} = ${level}`, ...when];
}
