// Answers of the page to settings: node run_answers.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(source, name)));
const { Model } = await load("engine/model.js");
const { Answers, patientFile } = await load("app/answers.js");
const { read, usual, written } = await load("app/settings.js");
const { bands, crossing, spreadOf } = await load("app/spread.js");
const json = (name) => JSON.parse(readFileSync(join(folder, name)));

const model = await Model.of(readFileSync(join(folder, "model.wasm")), json("layout.json"));
const scene = json("scene.json");
const answers = new Answers(model, scene);
const found = json("cases.json").map(({ address, belief, count }) => {
  const { settings, wrong } = read(address, scene);
  const answer = answers.answer({ settings, belief, count });
  const scorad = spreadOf(answer, "scorad");
  const file = patientFile({ bodies: answers.bodies, scene, values: (stance) => model.values(stance) }, settings, belief, 0);
  const row = (values) => answer.weeks.map((week) => values[(week * answer.names.length + answer.names.indexOf("scorad")) * count]);
  return { wrong, again: written(settings), first: written(usual()), with: row(answer.with), without: row(answer.without), difference: scorad.difference, file, failed: answer.failed };
});
const statistics = {
  bands: bands([3, 1, NaN, 2, 5, 4]),
  crossings: [crossing([[0, -1], [0.5, -4], [1, -10]], -7), crossing([[0, -1], [1, -2]], -7), crossing([[0, -9], [1, -20]], -7)],
};
writeFileSync(join(folder, "found.json"), JSON.stringify({ found, statistics }));
