// The controls: each a label, a slider and a box that are one, with its unit.

/** @typedef {import("./words.js").Words} Words */

/**
 * @param {string} tag @param {Record<string, any>} [properties] of the element; `aria-*`, `for` and `lang` are attributes
 * @param {(Node | string)[]} [children] @returns {any}
 */
export function make(tag, properties = {}, children = []) {
  const found = document.createElement(tag);
  for (const [key, value] of Object.entries(properties))
    if (/^(aria-|data-|for$|lang$|class$|role$)/.test(key)) found.setAttribute(key, value);
    else Object.assign(found, { [key]: value });
  found.append(...children);
  return found;
}

/**
 * A box for a number. What cannot be is told under it, and the last good number stays.
 * @param {{id: string, label?: string, name: string, value: number, words: Words, whole?: boolean, limits: () => [number, number],
 *   change: (value: number) => void}} control name: for who cannot see it
 */
export function box({ id, label, name, value, words, whole = false, limits, change }) {
  let good = value;
  const wrong = make("span", { class: "wrong", id: `${id}-wrong`, role: "status" });
  const input = make("input", { type: "text", inputMode: "decimal", id, autocomplete: "off", "aria-label": name, "aria-describedby": wrong.id });
  const tell = (/** @type {string} */ text) => {
    wrong.textContent = text;
    input.setAttribute("aria-invalid", String(text !== ""));
  };
  const put = (/** @type {number} */ number) => {
    good = number;
    input.value = words.plain(number);
    tell("");
  };
  input.oninput = () => {
    const number = typed(input.value);
    const [low, high] = limits();
    if (!(number >= low && number <= high) || (whole && !Number.isInteger(number)))
      return tell(words.say(whole ? "type_whole" : "type_number", { low: words.tick(low), high: words.tick(high), good: words.tick(good) }));
    good = number;
    tell("");
    change(number);
  };
  put(value);
  const parts = label === undefined ? [input] : [make("label", { for: id, textContent: label }), input];
  return { input, put, wrong, whole: make("span", { class: "typed" }, [...parts, wrong]) };
}

/**
 * A number by hand: a slider and a box that are one.
 * @param {{id: string, label: string, unit: string, value: number, low: number, high: number, step: number, words: Words,
 *   change: (value: number) => void}} control
 */
export function slider({ id, label, unit, value, low, high, step, words, change }) {
  const range = make("input", { type: "range", id, min: low, max: high, step });
  const name = unit ? `${label}, ${unit}` : label;
  const told = (/** @type {number} */ number) => range.setAttribute("aria-valuetext", `${words.tick(number)} ${unit}`.trim());
  const { put, input, wrong } = box({
    id: `${id}-typed`, name, value, words, whole: Number.isInteger(step) && Number.isInteger(low), limits: () => [low, high],
    change: (number) => { range.value = String(number); told(number); change(number); },
  });
  range.value = String(value);
  told(value);
  range.oninput = () => {
    const number = Number(range.value);
    put(number);
    told(number);
    change(number);
  };
  const unitly = unit ? [make("span", { class: "unit", textContent: unit })] : [];
  return make("div", { class: "control ranged" }, [make("label", { for: id, textContent: label }), range, make("span", { class: "typed" }, [input, ...unitly]), wrong]);
}

/** A number as people write it, with a point or a comma; NaN for anything else. @param {string} text @returns {number} */
export function typed(text) {
  const found = text.trim().replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(found) ? Number(found) : NaN;
}

/** A choice among a few. @param {{id: string, label: string, value: string, among: [string, string][], change: (value: string) => void}} control */
export function choice({ id, label, value, among, change }) {
  const select = make("select", { id });
  for (const [key, words] of among) select.append(make("option", { value: key, textContent: words, selected: key === value }));
  select.onchange = () => change(select.value);
  return make("div", { class: "control chosen", "data-of": id }, [make("label", { for: id, textContent: label }), select]);
}

/** Yes or no. @param {{id: string, label: string, checked: boolean, change: (checked: boolean) => void, language?: string, able?: boolean}} control */
export function tick({ id, label, checked, change, language, able = true }) {
  const box = make("input", { type: "checkbox", id, checked, disabled: !able });
  box.onchange = () => change(box.checked);
  const words = make("label", { for: id, textContent: label, ...(language ? { lang: language } : {}) });
  return make("div", { class: "tick" }, [box, words]);
}
