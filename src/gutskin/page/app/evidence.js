// The evidence screen: each statement of the article, what the model shows, and how good the evidence is in people.

import { make } from "./controls.js";
import { figureOf } from "./figure.js";
import { forestOf } from "./forest.js";
import { mechanismDetails, passingMechanisms } from "./mechanisms.js";
import { CARDS } from "./settings.js";
import { sourcesOf } from "./sources.js";

/**
 * @typedef {import("./words.js").Words} Words
 * @typedef {{says: string, grade: string, experiment: string, evidence: string, why: string, mechanisms: string[], source: string[],
 *   forests: import("./forest.js").Forest[], figure?: import("./figure.js").Figure, show: string | null, checks: [string, string, [number | null, number | null]][],
 *   found: Record<string, [string, [string, number | null, number | null, number | null][]]>}} Card
 * @typedef {{model: string, evidence: string, grade: string, words: string}} Filter "" for all
 */

const BOTH = ["evidence", "article"];

/** Ids of the cards that a filter lets through. @param {Record<string, Card>} cards @param {Filter} filter
 * @param {(text: string) => string} own text of the tables, as the reader reads it @returns {string[]} */
export function passing(cards, { model, evidence, grade, words }, own) {
  const wanted = words.trim().toLowerCase();
  return Object.entries(cards).filter(([id, card]) =>
    (!model || card.found.evidence[0] === model) && (!evidence || card.evidence === evidence) && (!grade || card.grade === grade) &&
    (!wanted || [id, ...[card.says, card.experiment, card.why].flatMap((text) => [text, own(text)]), ...card.mechanisms].join(" ").toLowerCase().includes(wanted)),
  ).map(([id]) => id);
}

/**
 * @typedef {{settings: import("./settings.js").Settings, scene: any, hash: string, words: Words, remember: () => void,
 *   show: (address: string) => void, mechanism: (id: string) => void}} Screen settings are changed in place; show, mechanism: go to the first screen
 */

/** The filters, and the cards that they let through. @param {HTMLElement} filters @param {HTMLElement} cards @param {Screen} screen */
export function showEvidence(filters, cards, screen) {
  fillFilters(filters, screen, (anew) => {
    screen.remember();
    if (anew) showEvidence(filters, cards, screen);
    else fillCards(cards, screen);
  });
  fillCards(cards, screen);
}

/** @param {HTMLElement} place @param {Screen} screen @param {(anew: boolean) => void} changed whether the filters are others too */
function fillFilters(place, { settings, scene, words }, changed) {
  const { filter } = settings;
  const cards = /** @type {Card[]} */ (Object.values(scene.statements.cards));
  const mechanisms = settings.cards === "mechanisms";
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const counts = { statements: cards.length, mechanisms: Object.keys(scene.mechanisms).length };
  const views = CARDS.map((one) => make("button", {
    type: "button", id: `cards-${one}`, "aria-pressed": String(one === settings.cards), textContent: say(`cards_${one}`, { count: counts[/** @type {keyof typeof counts} */ (one)] }),
    onclick: () => {
      settings.cards = one;
      if (one === "mechanisms" && !graded.includes(filter.grade)) filter.grade = "";
      changed(true);
      document.getElementById(`cards-${one}`)?.focus();
    },
  }));
  const graded = [...new Set(Object.values(scene.mechanisms).map(([, grade]) => grade))].sort();
  const among = (/** @type {(card: Card) => string} */ of) => [...new Set(cards.map(of))].sort();
  const pick = (/** @type {"model" | "evidence" | "grade"} */ key, /** @type {string[]} */ some, /** @type {string} */ prefix) => {
    const select = make("select", { id: `filter-${key}` });
    select.append(make("option", { value: "", textContent: say("all") }), ...some.map((one) => make("option", { value: one, textContent: say(`${prefix}_${one.replace(" ", "_")}`), selected: filter[key] === one })));
    select.onchange = () => { filter[key] = select.value; changed(false); };
    return make("div", { class: "control" }, [make("label", { for: select.id, textContent: say(`filter_${key}`) }), select]);
  };
  const box = make("input", { type: "text", id: "filter-words", maxLength: 80, value: filter.words });
  box.oninput = () => { filter.words = box.value; changed(false); };
  place.replaceChildren(
    make("div", { class: "views", role: "group", "aria-label": say("cards_which") }, views),
    ...(mechanisms ? [pick("grade", graded, "graded")]
      : [pick("model", among((card) => card.found.evidence[0]), "verdict"), pick("evidence", among((card) => card.evidence), "known"), pick("grade", among((card) => card.grade), "graded")]),
    make("div", { class: "control" }, [make("label", { for: "filter-words", textContent: say("filter_words") }), box]),
  );
}

/** @param {HTMLElement} place @param {Screen} screen */
function fillCards(place, { settings, scene, hash, words, remember, show, mechanism }) {
  const { cards, hash: made } = scene.statements;
  const own = (/** @type {string} */ text) => words.own(text);
  const wide = new Set(settings.open.split(".").filter(Boolean)); // ids of open cards
  const turned = (/** @type {string} */ id, /** @type {boolean} */ is) => {
    if (wide.has(id) === is) return;
    if (is) wide.add(id);
    else wide.delete(id);
    settings.open = [...wide].join(".");
    remember();
  };
  const count = (/** @type {string} */ key, /** @type {string[]} */ ids, /** @type {object} */ all) =>
    make("p", { "aria-live": "polite", textContent: words.say(key, { count: ids.length, all: Object.keys(all).length }) });
  if (settings.cards === "mechanisms") {
    const ids = passingMechanisms(scene.mechanisms, settings.filter, own);
    return place.replaceChildren(count("mechanisms_shown", ids, scene.mechanisms), make("p", { class: "quiet", textContent: words.say("mechanisms_how") }),
      ...ids.map((id) => mechanismDetails(id, { scene, words, open: wide.has(id), turned, mechanism })));
  }
  const ids = passing(cards, settings.filter, own);
  const run = words.say(made === hash ? "statements_same" : "statements_other", { made: made.slice(0, 12), hash: hash.slice(0, 12) });
  place.replaceChildren(count("statements_lead", ids, cards), make("p", { class: "quiet", textContent: run }),
    ...ids.map((id) => statementCard(id, cards[id], { scene, words, show, mechanism, open: wide.has(id), turned })));
}

/** @param {string} id @param {Card} card @param {{scene: any, words: Words, show: (address: string) => void, mechanism: (id: string) => void, open: boolean,
 *   turned: (id: string, open: boolean) => void}} what */
function statementCard(id, card, { scene, words, show, mechanism, open, turned }) {
  const say = (/** @type {string} */ key, fill = {}) => words.say(key, fill);
  const verdict = say(`verdict_${card.found.evidence[0].replace(" ", "_")}`);
  const head = make("summary", {}, [
    make("b", { textContent: `${id} ` }), words.told(card.says),
    make("span", { class: "marks" }, [
      make("span", { class: `verdict ${card.found.evidence[0].replace(" ", "-")}`, textContent: `${say("model")}: ${verdict}` }),
      make("span", { class: `known ${card.evidence}`, textContent: `${say("people_say")}: ${say(`known_${card.evidence}`)}, ${say(`graded_${card.grade}`)}` }),
    ]),
  ]);
  const details = make("details", { class: "card", id: `card-${id}`, open }, [head]);
  const fill = () => {
    if (details.childElementCount > 1) return;
    const of = (/** @type {number} */ column) => card.mechanisms.flatMap((one) => scene.mechanisms[one][column]);
    const dutch = words.language === "en" ? words.tables[card.says] : undefined;
    details.append(
      ...(dutch ? [make("p", {}, [make("b", { textContent: `${say("in_dutch")} ` }), make("span", { lang: "nl", textContent: dutch })])] : []),
      make("p", {}, [make("b", { textContent: `${say("experiment")} ` }), words.told(card.experiment)]),
      make("p", {}, [make("b", { textContent: `${say("why")} ` }), words.told(card.why)]),
      make("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": say("checks") }, [checksOf(card, words)]),
      ...(card.figure ? [figureOf(card.figure, words, BOTH)] : []),
      ...card.forests.map((forest) => make("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": say("forest_drawn") }, [forestOf(forest, words)])),
      ...(card.forests.length ? [] : [make("p", { class: "quiet", textContent: say("forest_none") })]),
      mechanismsOf(card, scene, words, mechanism),
      sourcesOf([["sources", card.source], ["sources_mechanisms", of(3)], ["sources_against", of(4)]], scene.statements.sources, words),
      make("p", {}, [...(card.show === null ? [make("span", { class: "quiet", textContent: say("not_shown_here") })]
        : [make("button", { type: "button", textContent: say("show_me"), onclick: () => show(/** @type {string} */ (card.show)) })]),
      " ", make("code", { textContent: `gutskin claims ${id}` })]),
    );
  };
  if (open) fill();
  details.addEventListener("toggle", () => { fill(); if (details.isConnected) turned(id, details.open); });
  return details;
}

/** What was looked at, what was expected, and what came out. @param {Card} card @param {Words} words */
function checksOf(card, words) {
  const say = (/** @type {string} */ key) => words.say(key);
  const head = ["checked", "expected", ...BOTH.map((stance) => `under_${stance}`)].map((key) => make("th", { scope: "col", textContent: say(key) }));
  const rows = card.checks.map(([says, unit, expected], number) => make("tr", {}, [
    make("th", { scope: "row" }, [words.told(says), unit === "1" ? "" : ` (${words.own(unit)})`]),
    make("td", { "data-head": say("expected"), textContent: range(expected, words) }),
    ...BOTH.map((stance) => {
      const [verdict, middle, low, high] = card.found[stance][1][number];
      const ends = low === null || high === null ? "" : ` (${range([low, high], words)})`;
      return make("td", { "data-head": say(`under_${stance}`) }, [`${middle === null ? "–" : words.digits(middle)}${ends} `, make("span", { class: `verdict ${verdict.replace(" ", "-")}`, textContent: say(`verdict_${verdict.replace(" ", "_")}`) })]);
    }),
  ]));
  return make("table", {}, [make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, rows)]);
}

/** @param {[number | null, number | null]} ends @param {Words} words @returns {string} */
function range([low, high], words) {
  if (low === null && high === null) return "–";
  if (high === null) return `≥ ${words.digits(/** @type {number} */ (low))}`;
  if (low === null) return `≤ ${words.digits(high)}`;
  return `${words.digits(low)} ${words.say("to")} ${words.digits(high)}`;
}

/** @param {Card} card @param {any} scene @param {Words} words @param {(id: string) => void} mechanism */
function mechanismsOf(card, scene, words, mechanism) {
  if (card.mechanisms.length === 0) return make("p", { class: "quiet", textContent: words.say("no_mechanism") });
  const items = card.mechanisms.map((id) => {
    const [, grade, statement] = scene.mechanisms[id];
    return make("li", {}, [make("button", { type: "button", class: "small", textContent: id, "aria-label": words.say("on_map", { id }), onclick: () => mechanism(id) }), " ",
      words.told(statement), ` (${words.say(`graded_${grade}`)})`]);
  });
  return make("div", {}, [make("b", { textContent: words.say("mechanisms_of") }), make("ul", {}, items)]);
}
