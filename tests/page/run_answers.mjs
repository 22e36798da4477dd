// Answers of the page to settings: node run_answers.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(source, name)));
const { Model } = await load("engine/model.js");
const { Answers, patientFile } = await load("app/answers.js");
const { reaching } = await load("app/given.js");
const { read, usual, written } = await load("app/settings.js");
const { bands, crossing, spreadOf } = await load("app/spread.js");
const json = (name) => JSON.parse(readFileSync(join(folder, name)));

const model = await Model.of(readFileSync(join(folder, "model.wasm")), json("layout.json"));
const scene = json("scene.json");
const answers = new Answers(model, scene);
const { fluxes, middles } = await load("engine/flux.js");
const { of, Schedule } = await load("engine/schedule.js");
const ONE = { first: 0, count: 1 };
/** Fluxes of one body in the middle of its weeks, with all that is needed to reckon them anew. */
function carried(settings, belief) {
  const parameters = answers.bodies.withTraits(answers.bodies.parameters(settings, belief, ONE), settings, belief, ONE);
  const schedule = answers.bodies.schedule(settings, ONE, parameters);
  const courses = model.simulate(parameters, model.settle(parameters, 1), schedule, [0, 28]);
  const day = 28;
  const all = Object.fromEntries(model.layout.parameters.map((name) => [name, of(schedule.value(name, day - 1e-6, courses.parameters.get(name)), 0)]));
  const states = model.layout.states.map((_, row) => courses.states[(model.layout.states.length + row) * courses.lanes]);
  return { day, states, parameters: all, flux: middles(fluxes(model, courses, 1, scene.map, scene.mechanisms)) };
}
const found = json("cases.json").map(({ address, belief, count }) => {
  const { settings: set, wrong } = read(address, scene);
  const settings = reaching(set, scene);
  const [answer] = answers.reply({ settings, beliefs: [belief], count }).answers;
  const scorad = spreadOf(answer, "scorad");
  const file = patientFile({ bodies: answers.bodies, scene, following: model.layout.following, values: (stance) => model.values(stance) }, settings, belief, 0);
  const row = (values) => answer.weeks.map((week) => values[(week * answer.names.length + answer.names.indexOf("scorad")) * count]);
  return { carried: carried(settings, belief), wrong, again: written(set), first: written({ ...usual(), guess: "skip" }), with: row(answer.with), without: row(answer.without), difference: scorad.difference, file, failed: answer.failed };
});
const statistics = {
  bands: bands([3, 1, NaN, 2, 5, 4]),
  crossings: [crossing([[0, -1], [0.5, -4], [1, -10]], -7), crossing([[0, -1], [1, -2]], -7), crossing([[0, -9], [1, -20]], -7)],
};
writeFileSync(join(folder, "found.json"), JSON.stringify({ found, statistics }));
