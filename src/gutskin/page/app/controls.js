// The controls: each a label, a slider and a box that are one, with its unit.

/**
 * @param {string} tag @param {Record<string, any>} [properties] of the element; `aria-*`, `for` and `lang` are attributes
 * @param {(Node | string)[]} [children] @returns {any}
 */
export function make(tag, properties = {}, children = []) {
  const found = document.createElement(tag);
  for (const [key, value] of Object.entries(properties))
    if (/^(aria-|data-|for$|lang$|class$)/.test(key)) found.setAttribute(key, value);
    else Object.assign(found, { [key]: value });
  found.append(...children);
  return found;
}

/**
 * A number by hand: a slider and a box that are one.
 * @param {{id: string, label: string, unit: string, value: number, low: number, high: number, step: number,
 *   change: (value: number) => void}} control
 */
export function slider({ id, label, unit, value, low, high, step, change }) {
  const range = make("input", { type: "range", id, min: low, max: high, step });
  const box = make("input", { type: "text", inputMode: "decimal", id: `${id}-typed`, "aria-label": unit ? `${label}, ${unit}` : label });
  const wrong = make("span", { class: "wrong" });
  range.value = box.value = String(value);
  range.setAttribute("aria-valuetext", `${value} ${unit}`);
  range.oninput = () => {
    box.value = range.value;
    put(Number(range.value));
  };
  box.oninput = () => {
    const number = typed(box.value);
    const sound = number >= low && number <= high && !(Number.isInteger(step) && !Number.isInteger(number));
    wrong.textContent = sound ? "" : `${low} – ${high}`;
    box.setAttribute("aria-invalid", String(!sound));
    if (!sound) return;
    range.value = String(number);
    put(number);
  };
  const put = (/** @type {number} */ number) => {
    wrong.textContent = "";
    box.setAttribute("aria-invalid", "false");
    range.setAttribute("aria-valuetext", `${number} ${unit}`);
    change(number);
  };
  const unitly = unit ? [make("span", { class: "unit", textContent: unit })] : [];
  return make("div", { class: "control" }, [make("label", { for: id, textContent: label }), range, make("span", { class: "typed" }, [box, ...unitly, wrong])]);
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
  return make("div", { class: "control" }, [make("label", { for: id, textContent: label }), select]);
}

/** Yes or no. @param {{id: string, label: string, checked: boolean, change: (checked: boolean) => void, language?: string, able?: boolean}} control */
export function tick({ id, label, checked, change, language, able = true }) {
  const box = make("input", { type: "checkbox", id, checked, disabled: !able });
  box.onchange = () => change(box.checked);
  const words = make("label", { for: id, textContent: label, ...(language ? { lang: language } : {}) });
  return make("div", { class: "tick" }, [box, words]);
}
