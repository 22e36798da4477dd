// What the page finds wrong with trial files: node run_schema.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(source, name)));
const { readToml } = await load("app/toml.js");
const { faults, namesOf } = await load("app/schema.js");
const { nearest } = await load("app/nearest.js");
const { form, texts, words } = JSON.parse(readFileSync(join(folder, "cases.json")));
const found = texts.map((text) => {
  const { value, places } = readToml(text);
  const given = { defs: form.schema.$defs, names: namesOf(value, form.names), isWhole: (path) => places.get(JSON.stringify(path))?.kind === "whole" };
  return faults(value, form.schema, given).map(({ path, say, fill }) => {
    while (path.length && !places.has(JSON.stringify(path))) path = path.slice(0, -1);
    return { line: places.get(JSON.stringify(path))?.line ?? 1, say, nearest: fill.nearest ?? "" };
  });
});
writeFileSync(join(folder, "found.json"), JSON.stringify({ found, nearest: words.map(([name, known]) => nearest(name, known)) }));
