// Pieces of a drawing: elements of SVG, curves, and the heads of arrows.

const NS = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] @returns {SVGElement} */
export function part(name, attributes, text) {
  const found = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, String(value));
  if (text !== undefined) found.textContent = text;
  return /** @type {SVGElement} */ (found);
}

/** @param {[number, number][]} points four of a curve @returns {string} */
export function path([a, b, c, d]) {
  const at = (/** @type {[number, number]} */ [x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`;
  return `M${at(a)}C${at(b)} ${at(c)} ${at(d)}`;
}

/** The mark at the end of an arrow (a point promotes, a bar restrains, a rhomb may do either), and the curve that is left.
 * @param {[number, number][]} points @param {string} sign @param {number} thick @returns {{tip: string, line: [number, number][]}} */
export function head(points, sign, thick) {
  const [start, one, two, [x, y]] = points;
  const far = Math.hypot(x - two[0], y - two[1]) || 1;
  const [dx, dy] = [(x - two[0]) / far, (y - two[1]) / far];
  const [half, long] = [3.6 + 0.6 * thick, 6.5 + 0.8 * thick];
  const bar = 2 + 0.25 * thick;
  const marks = {
    "+": [[-1, 0], [-1 - long, half], [-1 - long, -half]],
    "-": [[-1.5, half + 1], [-1.5 - bar, half + 1], [-1.5 - bar, -half - 1], [-1.5, -half - 1]],
  };
  const corners = marks[/** @type {"+"} */ (sign)] ?? [[-0.5, 0], [-0.5 - long * 0.65, half], [-0.5 - long * 1.3, 0], [-0.5 - long * 0.65, -half]];
  const taken = sign === "-" ? bar + 1 : sign === "+" ? long - 1 : long;
  const tip = corners.map(([a, b]) => `${(x + a * dx - b * dy).toFixed(1)},${(y + a * dy + b * dx).toFixed(1)}`).join(" ");
  return { tip, line: [start, one, two, [x - taken * dx, y - taken * dy]] };
}
