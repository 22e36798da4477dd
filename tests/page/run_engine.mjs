// Runs the page's engine on what a test hands over: node run_engine.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { foundOf } from "./engine_case.mjs";

const [folder, source] = process.argv.slice(2);
const { Model } = await import(pathToFileURL(join(source, "engine/model.js")));
const { Schedule } = await import(pathToFileURL(join(source, "engine/schedule.js")));
const read = (name) => readFileSync(join(folder, name));
const spent = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b) / 1000;

const model = await Model.of(read("model.wasm"), JSON.parse(read("layout.json")));
const found = JSON.parse(read("cases.json")).map((one) => foundOf(one, model, Schedule, spent));
writeFileSync(join(folder, "found.json"), JSON.stringify(found));
