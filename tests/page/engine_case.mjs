// What the page's engine makes of one case of a test; the same in node and in a browser.

const numbers = (text) => new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const values = (given) => (typeof given === "string" ? numbers(given) : given);
const text = (array) => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let found = "";
  for (let at = 0; at < bytes.length; at += 8192) found += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(found);
};

/** `spent` is how much of the processor was used so far, where that is known. */
export function foundOf(one, model, Schedule, spent = () => 0) {
  const parameters = new Map(Object.entries(one.parameters).map(([id, value]) => [id, values(value)]));
  if (one.settle) return { end: text(model.settle(parameters, one.bodies, one.last)) };
  const schedule = new Schedule({
    holds: one.holds.map((hold) => ({ ...hold, end: hold.end ?? Infinity, value: values(hold.value) })),
    pulses: one.pulses.map((pulse) => ({ ...pulse, add: values(pulse.add) })),
    courses: one.courses.map((course) => ({ ...course, values: course.values.map(values) })),
  });
  const [began, before] = [performance.now(), spent()];
  const courses = model.simulate(parameters, numbers(one.start), schedule, one.times, one.control);
  const [took, processor] = [performance.now() - began, spent() - before];
  const quantities = text(model.quantities(courses, one.names));
  const { steps, failedAt, end } = courses;
  return { took, processor, steps, failed: failedAt.map((day) => !Number.isNaN(day)), end: text(end), quantities };
}
