// Runs the page's engine on what a test hands over: node run_engine.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const { Model } = await import(pathToFileURL(join(source, "engine/model.js")));
const { Schedule } = await import(pathToFileURL(join(source, "engine/schedule.js")));
const read = (name) => readFileSync(join(folder, name));
const numbers = (text) => {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const values = (given) => (typeof given === "string" ? numbers(given) : given);
const text = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const model = await Model.of(read("model.wasm"), JSON.parse(read("layout.json")));
const found = JSON.parse(read("cases.json")).map((one) => {
  const parameters = new Map(Object.entries(one.parameters).map(([id, value]) => [id, values(value)]));
  if (one.settle) return { end: text(model.settle(parameters, one.bodies, one.last)) };
  const schedule = new Schedule({
    holds: one.holds.map((hold) => ({ ...hold, end: hold.end ?? Infinity, value: values(hold.value) })),
    pulses: one.pulses.map((pulse) => ({ ...pulse, add: values(pulse.add) })),
    courses: one.courses.map((course) => ({ ...course, values: course.values.map(values) })),
  });
  const [began, spent] = [performance.now(), process.cpuUsage()];
  const courses = model.simulate(parameters, numbers(one.start), schedule, one.times, one.control);
  const took = performance.now() - began;
  const processor = Object.values(process.cpuUsage(spent)).reduce((a, b) => a + b) / 1000;
  const quantities = text(model.quantities(courses, one.names));
  const { steps, failedAt, end } = courses;
  return { took, processor, steps, failed: failedAt.map((day) => !Number.isNaN(day)), end: text(end), quantities };
});
writeFileSync(join(folder, "found.json"), JSON.stringify(found));
