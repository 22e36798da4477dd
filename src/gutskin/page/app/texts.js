// Texts of the page that hang on its language alone: headings, names of controls, whose model it is.

/** @param {{layout: any, scene: any}} model @param {import("./words.js").Words} words */
export function tellTexts({ layout: { hash, states }, scene }, words) {
  document.documentElement.lang = words.language;
  document.title = words.say("title");
  const all = (/** @type {string} */ key) => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${key}]`));
  for (const one of all("say")) one.textContent = words.say(one.dataset.say ?? "");
  for (const one of all("name")) one.setAttribute("aria-label", words.say(one.dataset.name ?? ""));
  for (const one of all("language")) one.setAttribute("aria-pressed", String(one.dataset.language === words.language));
  const { version, licence, draws } = scene.about;
  const model = hash.slice(0, 12);
  const put = (/** @type {string} */ id, /** @type {string} */ text) => Object.assign(/** @type {HTMLElement} */ (document.getElementById(id)), { textContent: text });
  put("lead", words.say("lead", { count: scene.bodies }));
  put("made", `${words.say("made_of", { hash: model, states: states.length, mechanisms: Object.keys(scene.mechanisms).length })} ${words.say(`worlds_${draws}`)}`);
  put("licence", words.say("licence", { licence, version, hash: model }));
  put("cited", `The gutskin developers. gutskin: a runnable model of the gut-skin axis. Version ${version}, model ${model}.`);
}
