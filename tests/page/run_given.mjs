// What the page gives to bodies, and a course of the first of them: node run_given.mjs FOLDER SOURCE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, source] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(source, name)));
const { Model } = await load("engine/model.js");
const { of } = await load("engine/schedule.js");
const { patientFile } = await load("app/answers.js");
const { Bodies } = await load("app/bodies.js");
const { offers, reaching } = await load("app/given.js");
const { read } = await load("app/settings.js");
const json = (name) => JSON.parse(readFileSync(join(folder, name)));

const model = await Model.of(readFileSync(join(folder, "model.wasm")), json("layout.json"));
const [scene, bodies] = [json("scene.json"), new Bodies(json("scene.json"), model.layout)];
const list = (values, count) => Array.from({ length: count }, (_, body) => of(values, body));
/** Parameters and schedule of some bodies. */
function given(settings, some) {
  const parameters = bodies.withTraits(bodies.parameters(settings, 0, some), settings, 0, some);
  return { parameters, schedule: bodies.schedule(settings, some, parameters) };
}
const found = json("cases.json").map(({ address, start, names, days, control }) => {
  const { settings: set, wrong } = read(address, scene);
  const settings = reaching(set, scene);
  const told = { wrong, offers: offers(set, scene).flatMap(([, some]) => some), reaching: settings.treatments.map(({ name }) => name) };
  const [all, one] = [{ first: 0, count: scene.bodies }, { first: 0, count: 1 }];
  const whole = given(settings, all);
  const parameters = Object.fromEntries([...whole.parameters].filter(([name]) => /_drug_|age_at_start|body_weight/.test(name)).map(([name, values]) => [name, list(values, all.count)]));
  const holds = whole.schedule.holds.map((hold) => ({ ...hold, value: list(hold.value, all.count) }));
  const pulses = whole.schedule.pulses.map((pulse) => ({ ...pulse, add: list(pulse.add, all.count) }));
  const file = patientFile({ bodies, scene, following: model.layout.following, values: (stance) => model.values(stance) }, settings, 0, 0);
  if (!start) return { ...told, parameters, holds, pulses, file };
  const alone = given(settings, one);
  const courses = model.simulate(alone.parameters, Float64Array.from(start), alone.schedule, days, control);
  return { ...told, steps: courses.steps, course: [...model.quantities(courses, names)] };
});
writeFileSync(join(folder, "found.json"), JSON.stringify({ found }));
