// The page's reader and writer of TOML on what a test hands over: node run_toml.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(source, name)));
const { NotToml, readToml } = await load("app/toml.js");
const { added, put, without } = await load("app/toml_edit.js");
/** Numbers that JSON has not, as text; whole numbers apart from others. */
const plain = (value, path, places) => {
  if (Array.isArray(value)) return value.map((one, number) => plain(one, [...path, number], places));
  if (typeof value === "object") return { table: Object.entries(value).map(([key, one]) => [key, plain(one, [...path, key], places)]) };
  if (typeof value === "number") return { number: Object.is(value, -0) ? "-0" : String(value), whole: places.get(JSON.stringify(path))?.kind === "whole" };
  return value;
};
const read = (text) => {
  try {
    const { value, places } = readToml(text);
    const lines = Object.fromEntries([...places].map(([path, { line }]) => [path, line]));
    return { value: plain(value, [], places), lines };
  } catch (error) {
    if (!(error instanceof NotToml)) throw error;
    return { line: error.line, key: error.key };
  }
};
const edit = ({ text, edits }) => edits.reduce((now, [what, path, value]) => (what === "put" ? put(now, path, value) : what === "added" ? added(now, path, value) : without(now, path)), text);
const { texts, edited } = JSON.parse(readFileSync(join(folder, "cases.json")));
writeFileSync(join(folder, "found.json"), JSON.stringify({ read: texts.map(read), edited: edited.map(edit) }));
