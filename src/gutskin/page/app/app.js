// The page: what is set goes to the workers, what they answer is drawn; the address keeps it all.

import { fillCalendar } from "./calendar.js";
import { fillDrawer } from "./drawer.js";
import { showEvidence } from "./evidence.js";
import { fillGuess } from "./guess.js";
import { reaching } from "./given.js";
import { doneNow, fillLesson, reached } from "./lesson.js";
import { drawMap, widths } from "./map.js";
import { Crew } from "./crew.js";
import { Bodies } from "./bodies.js";
import { keepButtons, person } from "./keep.js";
import { notice } from "./notice.js";
import { fillPanel } from "./panel.js";
import { AROUND, heard, read, SCREENS, STANCES, usual, written } from "./settings.js";
import { paintAnswers, paintCrossing, paintSample } from "./paint.js";
import { Run, withoutBelief } from "./run.js";
import { fillTabs } from "./tabs.js";
import { tellTexts } from "./texts.js";
import { Trail } from "./trail.js";
import { TrialScreen } from "./trial.js";
import { unpacked } from "./unpack.js";
import { Words } from "./words.js";

const MAP_WAITS = 50; // ms after which the map is drawn
const TOLD = 1000; // ms of rest after which the answer is read aloud

/** @param {string} id @returns {any} */
const at = (id) => document.getElementById(id);

/** Open the page. @param {string} code of the workers */
export async function open(code) {
  const words = new Words(JSON.parse(at("words").textContent), new URLSearchParams(location.search).get("lang") ?? navigator.language.slice(0, 2));
  try {
    const model = await unpacked();
    new Page(words, model, code).start();
  } catch (error) {
    at("trouble").textContent = words.say("old", { why: String(error) });
  }
}

class Page {
  /** @param {Words} words @param {{module: ArrayBuffer, layout: any, scene: any}} model @param {string} code */
  constructor(words, model, code) {
    this.words = words;
    words.tables = model.scene.dutch;
    this.model = model;
    this.scene = model.scene;
    const crew = new Crew(code, model, (wrong) => (at("trouble").textContent = words.say("old", { why: wrong })));
    this.run = new Run(crew, model.scene.bodies, {
      answered: (answers, settings) => this.answered(answers, settings),
      carried: (flux) => { this.flux = flux; this.paintMap(); this.tellBodies(); },
      crossed: (tried) => { this.tried = tried; this.paintCrossing(); },
      working: (working) => (at("working").textContent = working ? this.words.say("working") : ""),
      broken: (why) => (at("trouble").textContent = this.words.say("broken", { why })),
    });
    this.settings = usual();
    this.trail = new Trail(() => written(this.settings));
    this.trial = new TrialScreen({
      words, form: model.scene.trial, result: model.scene.result,
      changed: (trial, file) => { Object.assign(this.settings, { trial, file }); this.remember(); },
    });
    /** @type {{evidence: any, article: any}} */
    this.answers = { evidence: null, article: null };
    /** @type {Record<string, import("./run.js").Flux>} stance -> what mechanisms carry: it follows when the hand rests */
    this.flux = {};
    /** @type {[number, number][] | null} beliefs tried: they stay while only the belief is moved */
    this.tried = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.mapWaits = undefined;
    const bodies = new Bodies(model.scene, model.layout);
    this.usual = Object.fromEntries(Object.keys(AROUND).map((kind) => [kind, bodies.usual(model.scene.lasting[kind][0])[0]]));
  }

  start() {
    for (const button of document.querySelectorAll("[data-language]"))
      button.addEventListener("click", () => { this.settings.lang = /** @type {HTMLElement} */ (button).dataset.language ?? "en"; this.remember(); this.speak(this.settings.lang); });
    for (const one of ["hashchange", "popstate"]) addEventListener(one, () => { if (location.hash.slice(1) !== written(this.settings)) this.fromAddress(); });
    new ResizeObserver(() => this.paint()).observe(at("level"));
    at("belief").oninput = () => { this.settings.belief = Number(at("belief").value) / 100; this.changed(); };
    at("cursor").oninput = () => { this.week = Number(at("cursor").value); this.remember(); this.look(); };
    for (const button of document.querySelectorAll("[data-map]"))
      button.addEventListener("click", () => { this.settings.map = /** @type {any} */ (button).dataset.map; this.remember(); this.paintMap(); });
    for (const button of document.querySelectorAll("[data-screen]"))
      button.addEventListener("click", () => this.turn({ ...this.settings, screen: /** @type {any} */ (button).dataset.screen }));
    addEventListener("keydown", ({ key }) => { if (key === "Escape") this.choose(""); });
    for (const when of ["beforeprint", "afterprint"]) // charts as wide as paper
      addEventListener(when, () => { document.documentElement.classList.toggle("printing", when === "beforeprint"); this.paint(); this.paintMap(); });
    at("table").closest("details").ontoggle = () => this.paint();
    at("play").onclick = () => this.play();
    at("reset").onclick = () => { this.turn(read("", this.scene).settings); };
    keepButtons({ words: this.words, answers: () => this.answers, file: () => person(this.model, this.given) });
    this.fromAddress();
  }

  fromAddress() {
    const { settings, wrong } = read(location.hash.slice(1), this.scene);
    this.settings = settings;
    at("trouble").textContent = wrong.length ? this.words.say("ignored", { what: wrong.join(", ") }) : "";
    this.speak(settings.lang || this.words.language);
    this.changed(false);
  }

  /** @param {string} language */
  speak(language) {
    const { words, settings } = this;
    words.language = Object.hasOwn(words.languages, language) ? language : "en";
    tellTexts(this.model, words);
    at("belief").value = String(Math.round(settings.belief * 100));
    this.tabs();
    this.fill();
    this.screens();
    this.paint();
  }

  tabs() {
    const choose = (/** @type {string} */ name) => { this.settings.read = name; this.remember(); this.tabs(); this.paint(); };
    fillTabs(at("read"), at("shown"), { names: Object.keys(this.scene.read), chosen: this.settings.read, words: this.words, choose });
  }

  /** The week that is looked at: the last one where none was chosen. */
  get week() {
    return Math.min(this.settings.week ?? Infinity, this.settings.weeks);
  }

  set week(/** @type {number} */ week) {
    this.settings.week = week < this.settings.weeks ? week : null;
  }

  /** Settings that stand in the history: back leads to those before. @param {import("./settings.js").Settings} settings */
  turn(settings) {
    const same = heard(settings) === heard(this.settings) && settings.read === this.settings.read && settings.guess === this.settings.guess;
    Object.assign(this.settings, settings, { lang: this.settings.lang, done: this.settings.done }); // the controls hold it
    this.learn();
    this.trail.go();
    this.screens();
    scrollTo(0, 0);
    if (same) return this.paint();
    this.speak(this.words.language);
    this.changed(false);
  }

  /** Show the screen that is set, and hide the others. */
  screens() {
    const { words, settings, scene } = this;
    for (const name of SCREENS) at(`screen-${name}`).hidden = name !== settings.screen;
    for (const button of document.querySelectorAll("[data-screen]")) {
      const here = /** @type {HTMLElement} */ (button).dataset.screen === settings.screen;
      if (here) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    if (settings.screen === "trial") this.trial.show(settings.trial, settings.file);
    fillLesson(at("tasks"), settings, words);
    if (settings.screen === "evidence") showEvidence(at("filters"), at("cards"), {
      settings, scene, words, hash: this.model.layout.hash, remember: () => this.remember(),
      show: (address) => this.turn({ ...read(address, scene).settings, screen: "axis" }),
      mechanism: (id) => {
        this.turn({ ...this.settings, at: scene.map.arrows[id].slice(0, 2).join("-"), screen: "axis" });
        this.paintMap();
        at("drawer").scrollIntoView({ block: "center" });
      },
    });
  }

  /** @param {boolean} [all] or the calendar only */
  fill(all = true) {
    const id = document.activeElement?.id;
    const changed = (rebuild = false, calendar = false) => { if (rebuild || calendar) this.fill(rebuild); this.changed(); };
    if (all) fillPanel(at("panel"), this.settings, this.scene, this.usual, this.words, changed, (text) => notice(at("notice"), text));
    fillCalendar(at("calendar"), this.settings, this.scene, this.words, changed);
    if (id) at(id)?.focus();
  }

  /** The guess, which covers the answer until it is made or left out. */
  paintGuess() {
    const { words, scene, shown, answers, settings: { guess } } = this;
    const titles = [words.say("evidence"), at("believed").textContent];
    fillGuess(at("guess"), { guess, noticed: scene.noticed, answers: shown ? [answers.evidence, answers.article] : null, titles, words, choose: (one) => {
      this.settings.guess = one;
      this.remember();
      this.paint();
      at("answers").focus({ preventScroll: true });
    } });
  }

  /** What reaches the people that are set. */
  get given() {
    return reaching(this.settings, this.scene);
  }

  /** Tick the tasks of the lesson that are reached, and say so where it happens. */
  learn() {
    const done = doneNow(this.settings);
    if (this.settings.screen === "axis") notice(at("notice"), reached(this.settings.done, done, this.words));
    this.settings.done = done;
  }

  remember() {
    this.learn();
    this.trail.look();
  }

  /** Something was set. @param {boolean} [remember] */
  changed(remember = true) {
    if (remember) {
      this.settings.guess ||= "skip";
      this.learn();
      this.trail.set();
    }
    if (this.run.swept !== withoutBelief(this.given)) [this.tried, this.run.swept] = [null, ""];
    this.run.follow(this.given, this.week);
  }

  /** Another week: charts at once, what mechanisms carry when the hand rests. */
  look() {
    this.paint();
    this.run.follow(this.given, this.week);
  }

  /** @param {string} id a place or an arrow of the map; the same again, or none, closes what is known of it */
  choose(id) {
    const before = this.settings.at;
    if (before === "" && id === "") return;
    this.settings.at = id === before ? "" : id;
    this.remember();
    this.paintMap();
    if (before && !this.settings.at) /** @type {any} */ (document.querySelector(`#map [data-id="${before}"]`))?.focus?.();
  }

  /** @param {Record<string, import("./answers.js").Answer>} answers stance -> answer @param {import("./settings.js").Settings} settings */
  answered(answers, settings) {
    for (const stance of STANCES) this.answers[stance] = answers[stance];
    this.shown = settings;
    this.tellBodies();
    this.paint();
  }

  /** How many bodies are shown, for who waits for them. */
  tellBodies() {
    document.documentElement.dataset.bodies = String(this.answers.evidence.bodies);
  }

  play() {
    if (this.playing) {
      clearInterval(this.playing);
      this.playing = undefined;
      this.remember();
    } else {
      this.week = 0;
      this.look();
      this.playing = setInterval(() => {
        if (this.week >= this.settings.weeks) return this.play();
        this.week += 1;
        this.look();
      }, matchMedia("(prefers-reduced-motion: reduce)").matches ? 1500 : 400);
    }
    at("play").textContent = this.words.say(this.playing ? "pause" : "play");
  }

  paint() {
    const { words, answers, scene } = this;
    at("screen-axis").classList.toggle("unguessed", this.settings.guess === ""); // first: what is hidden has no size to be drawn in
    if (!answers.evidence || !answers.article || !this.shown || this.settings.screen === "evidence") return this.paintGuess();
    if (this.settings.screen === "about") return paintSample({ words, answer: answers.evidence, scene, read: this.settings.read });
    paintAnswers({ words, answers, scene, settings: { ...this.shown, read: this.settings.read, guess: this.settings.guess }, cursor: this.week, tried: this.tried });
    this.paintGuess();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (at("said").textContent = STANCES.map((stance) => at(`middle-${stance}`).textContent).join("; ")), TOLD);
    this.mapLater();
  }

  paintCrossing() {
    if (this.shown) paintCrossing({ words: this.words, scene: this.scene, settings: this.shown, tried: this.tried });
  }

  /** The map is drawn when the charts are seen, and not at every position of a hand. */
  mapLater() {
    this.mapWaits ??= setTimeout(() => { this.mapWaits = undefined; this.paintMap(); }, MAP_WAITS);
  }

  paintMap() {
    const { words, scene, settings: { at: chosen, map: mapped } } = this;
    if (!this.answers.evidence || this.settings.screen !== "axis") return;
    const answer = { ...this.answers[mapped], flux: this.flux[mapped] };
    const { off } = /** @type {import("./settings.js").Settings} */ (this.shown);
    const week = Math.min(this.week, answer.weeks.length - 1);
    const choose = (/** @type {string} */ id) => this.choose(id);
    drawMap({ svg: at("map"), scene, answer, week, words, off, chosen, choose });
    for (const button of document.querySelectorAll("[data-map]")) button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.map === mapped));
    at("map-lead").textContent = words.say("map_lead", { week: words.tick(week) });
    at("key-wide").textContent = widths(words);
    const turn = (/** @type {string} */ id, /** @type {boolean} */ gone) => {
      this.settings.off = gone ? [...this.settings.off, id] : this.settings.off.filter((other) => other !== id);
      this.fill();
      this.changed();
    };
    fillDrawer(at("drawer"), { scene, answer, words, off: this.settings.off, chosen, turn, close: () => this.choose("") });
  }
}
