// What the page's controls make of courses, guesses and tasks: node run_controls.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(source, name)));
const all = { ...(await load("app/courses.js")), ...(await load("app/given.js")), ...(await load("app/dosing.js")), ...(await load("app/guess.js")), ...(await load("app/lesson.js")), ...(await load("app/effect_axis.js")), ...(await load("app/trial_result.js")) };
const { read, usual, written } = await load("app/settings.js");
const { Words } = await load("app/words.js");
const languages = Object.fromEntries(["en", "nl"].map((language) => [language, Object.assign({}, ...["", "trial_"].map((name) => JSON.parse(readFileSync(join(source, `text/${name}${language}.json`)))))]));

const found = JSON.parse(readFileSync(join(folder, "cases.json"))).map(({ call, given }) => {
  if (call === "doneNow") return all.doneNow({ ...usual(), ...given[0] });
  if (call === "reached") return all.reached(...given, { say: (key, { number }) => `${key} ${number}` });
  if (call === "again") {
    const { settings, wrong } = read(given[0], given[1]);
    const second = read(written(settings), given[1]);
    return [JSON.stringify(second.settings) === JSON.stringify({ ...settings, guess: second.settings.guess }), second.wrong, wrong.length, settings];
  }
  if (call === "effectAxis") {
    const { x, none, ticks } = all.effectAxis(...given);
    return { none: x(none), ticks: ticks.map((tick) => [tick, x(tick)]), ends: given[0].map(x) };
  }
  if (call === "sentence") return all.sentence(...given.slice(0, 3), new Words(languages, given[3]));
  if (call === "roomFor") return all.roomFor(given[0], given[0][given[1]], ...given.slice(2));
  return all[call](...given);
});
writeFileSync(join(folder, "found.json"), JSON.stringify(found));
