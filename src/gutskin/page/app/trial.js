// The trial screen: a trial file and its form side by side, what is wrong at its line, and the command that runs it.

import { make } from "./controls.js";
import { save } from "./keep.js";
import { faults, namesOf } from "./schema.js";
import { keyOf, NotToml, readToml } from "./toml.js";
import { added, put, without } from "./toml_edit.js";
import { formParts } from "./trial_form.js";
import { drawResult } from "./trial_result.js";

const MOST = 200_000; // letters of a file
const IN_ADDRESS = 12_000; // letters of a file that an address holds

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

export class TrialScreen {
  /** @param {{words: import("./words.js").Words, form: any, result: any, changed: (trial: string, file: string | null) => void}} what */
  constructor({ words, form, result, changed }) {
    this.words = words;
    this.form = form;
    this.result = result;
    this.told = changed;
    this.text = "";
    /** @type {any} the last file that could be read */
    this.sound = {};
    byId("trial-choice").onchange = () => this.begin(byId("trial-choice").value, null);
    byId("trial-text").oninput = () => this.write(byId("trial-text").value, false);
    byId("trial-text").onscroll = () => (byId("trial-lines").scrollTop = byId("trial-text").scrollTop);
    byId("trial-open").onclick = () => byId("trial-from-disk").click();
    byId("trial-from-disk").onchange = () => this.open(byId("trial-from-disk").files[0]);
    byId("trial-save").onclick = () => save(`${this.name()}.toml`, new Blob([this.text], { type: "text/plain" }));
  }

  /** @param {string} trial a shipped one @param {string | null} file what became of it, if anything */
  show(trial, file) {
    this.trial = trial;
    this.text = file ?? this.form.trials[trial];
    this.paint();
    drawResult(byId("trial-result"), this.result, this.words);
  }

  /** @param {string} trial @param {string | null} file */
  begin(trial, file) {
    this.trial = trial;
    this.write(file ?? this.form.trials[trial], true);
  }

  /** @param {File | undefined} file from the disk */
  async open(file) {
    if (!file) return;
    byId("trial-said").textContent = file.size > MOST ? this.words.say("trial_too_large", { most: this.words.tick(MOST) }) : "";
    if (file.size <= MOST) this.write(await file.text(), true);
    byId("trial-from-disk").value = "";
  }

  /** @param {string} text @param {boolean} fill whether the box has it not yet */
  write(text, fill) {
    this.text = text;
    const shipped = Object.entries(this.form.trials).find(([, one]) => one === text)?.[0];
    if (shipped) this.trial = shipped;
    const long = text.length > IN_ADDRESS;
    byId("trial-said").textContent = long ? this.words.say("trial_too_long") : "";
    this.told(this.trial ?? "", shipped || long ? null : text);
    this.paint(fill);
  }

  /** @returns {string} of the file to save */
  name() {
    const name = this.sound.name;
    return typeof name === "string" && /^[\w.-]{1,64}$/.test(name) ? name : "trial";
  }

  /** @param {boolean} [fill] */
  paint(fill = true) {
    const { words, form, text } = this;
    if (fill && byId("trial-text").value !== text) byId("trial-text").value = text;
    const shipped = form.trials[this.trial ?? ""] === text;
    const options = [...(shipped ? [] : [make("option", { value: "", textContent: words.say("trial_own"), selected: true })]),
      ...Object.keys(form.trials).map((name) => make("option", { value: name, textContent: name, selected: shipped && name === this.trial }))];
    byId("trial-choice").replaceChildren(...options);
    const found = this.looked();
    const lines = text.split("\n").length;
    const wrong = new Set(found.map(({ line }) => line));
    byId("trial-lines").replaceChildren(...Array.from({ length: lines }, (_, line) =>
      make("span", { class: wrong.has(line + 1) ? "bad" : "", textContent: `${line + 1}${wrong.has(line + 1) ? " ●" : ""}\n` })));
    byId("trial-says").textContent = found.length ? words.say("trial_faults", { count: found.length }) : words.say("trial_sound");
    byId("trial-faults").replaceChildren(...found.map(({ line, says }) => make("li", {}, [
      make("button", { type: "button", class: "small", textContent: words.say("trial_at_line", { line }), onclick: () => this.go(line) }), ` ${says}`,
    ])));
    const file = shipped ? this.trial : `${this.name()}.toml`;
    byId("trial-command").textContent = `gutskin trial ${file} --replicates 200 --report\ngutskin page --trial out/${this.name()}`;
  }

  /** What is wrong, by line; where the file can be read the form follows it. @returns {{line: number, says: string}[]} */
  looked() {
    const { words, form } = this;
    let read;
    try {
      read = readToml(this.text);
    } catch (error) {
      if (!(error instanceof NotToml)) throw error;
      byId("trial-form").inert = true;
      byId("trial-waits").textContent = words.say("trial_waits");
      return [{ line: error.line, says: words.say(error.key, { what: error.what }) }];
    }
    byId("trial-form").inert = false;
    byId("trial-waits").textContent = "";
    const { value, places } = read;
    this.sound = value;
    const given = {
      defs: form.schema.$defs, names: namesOf(value, form.names),
      isWhole: (/** @type {import("./toml.js").Path} */ path) => places.get(keyOf(path))?.kind === "whole",
    };
    const says = (/** @type {import("./schema.js").Fault} */ fault) => this.says(fault);
    const edit = (/** @type {string} */ text) => this.write(text, true);
    this.fill(formParts(form.schema, {
      value, words, given, told: says,
      put: (path, one) => edit(put(this.text, path, one)), remove: (path) => edit(without(this.text, path)),
      add: (path, table) => edit(added(this.text, path, table)),
    }));
    const found = faults(value, form.schema, given).map((fault) => {
      let { path } = fault;
      while (path.length && !places.has(keyOf(path))) path = path.slice(0, -1);
      return { line: places.get(keyOf(path))?.line ?? 1, says: this.says(fault) };
    });
    return found.sort((one, other) => one.line - other.line);
  }

  /** Put the form in place; what is open and what has the focus stays so. @param {HTMLElement[]} parts */
  fill(parts) {
    const place = byId("trial-form");
    const [open, id] = [[...place.querySelectorAll("details[open]")].map((one) => one.id), document.activeElement?.id];
    const had = place.contains(document.activeElement);
    place.replaceChildren(...parts);
    for (const one of open) byId(one)?.setAttribute("open", "");
    if (had && id) byId(id)?.focus();
  }

  /** @param {import("./schema.js").Fault} fault @returns {string} in words */
  says({ say, fill }) {
    const { words } = this;
    const wanted = typeof fill.wanted === "string" ? fill.wanted.split("|").map((one) => words.say(`form_${one}`)).join(` ${words.say("or")} `) : "";
    const meant = fill.nearest ? `; ${words.say("trial_nearest", { nearest: fill.nearest })}` : "";
    return words.say(say, { ...fill, wanted }) + meant;
  }

  /** @param {number} line to which the box goes */
  go(line) {
    const box = byId("trial-text");
    const rows = this.text.split("\n");
    const from = rows.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    box.focus();
    box.setSelectionRange(from, from + rows[line - 1].length);
    box.scrollTop = Math.max(0, (box.scrollHeight / rows.length) * (line - 4));
  }
}
