// What a reader takes along: a picture, the numbers, one of the people as a file for the terminal.

import { patientFile } from "./answers.js";
import { Bodies } from "./bodies.js";
import { spreadOf } from "./spread.js";

/** What the buttons under the charts do. @param {{words: import("./words.js").Words, answers: () => Record<string, import("./answers.js").Answer>,
 *   file: () => string}} what file: of one of the people */
export function keepButtons({ words, answers, file }) {
  const at = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));
  at("copy").onclick = async () => {
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false); // only where a browser lets a page do so
    at("kept").textContent = copied ? words.say("copied") : location.href;
  };
  at("svg").onclick = () => save("gutskin.svg", new Blob([picture(at("difference"))], { type: "image/svg+xml" }));
  at("png").onclick = async () => save("gutskin.png", await pixels(at("difference")));
  at("csv").onclick = () => save("gutskin.csv", new Blob([table(answers())], { type: "text/csv" }));
  at("toml").onclick = () => save("gutskin.toml", new Blob([file()], { type: "text/plain" }));
}

/** @param {string} name of the file @param {Blob} content */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The chart as it is seen, with its look in it. @param {SVGSVGElement} svg @returns {string} */
export function picture(svg) {
  const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
  const look = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family"];
  const parts = [...svg.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((part, number) => {
    const seen = getComputedStyle(parts[number]);
    for (const one of look) part.setAttribute(one, seen.getPropertyValue(one));
    part.removeAttribute("class");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(svg.clientWidth));
  copy.setAttribute("height", String(svg.clientHeight));
  return new XMLSerializer().serializeToString(copy);
}

/** @param {SVGSVGElement} svg @returns {Promise<Blob>} the chart in pixels, twice as fine as on the screen */
export async function pixels(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * svg.clientWidth, 2 * svg.clientHeight];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(/** @type {Blob} */ (blob))));
}

/** Bands by week of every quantity, as a table. @param {Record<string, import("./answers.js").Answer>} answers stance -> answer @returns {string} */
export function table(answers) {
  const lines = ["stance,quantity,week,what,low95,low50,middle,high50,high95"];
  for (const [stance, answer] of Object.entries(answers))
    for (const name of answer.names) {
      const spread = spreadOf(answer, name);
      for (const what of /** @type {const} */ (["without", "with", "difference"]))
        spread[what].forEach((band, week) => lines.push([stance, name, week, what, ...band.map((value) => value.toPrecision(6))].join(",")));
    }
  return lines.join("\n") + "\n";
}

/** The first of these people as a patient file. @param {{layout: any, scene: any}} model @param {import("./settings.js").Settings} settings @returns {string} */
export function person({ layout, scene }, settings) {
  const values = (/** @type {string} */ stance) => new Map(layout.parameters.map((/** @type {string} */ name, /** @type {number} */ place) => [name, layout.values[stance][place]]));
  return patientFile({ bodies: new Bodies(scene, layout), scene, following: layout.following, values }, settings, 0, 0);
}
