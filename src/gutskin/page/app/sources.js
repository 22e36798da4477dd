// Sources of a card, folded, with links where they are a DOI or a PMID.

import { make } from "./controls.js";

/** @param {[string, string[]][]} lists words of a list, ids of rows of evidence @param {Record<string, string>} sources id -> where it stands
 * @param {import("./words.js").Words} words @returns {HTMLElement} */
export function sourcesOf(lists, sources, words) {
  const found = lists.flatMap(([key, ids]) => {
    const items = [...new Set(ids)].map((id) => make("li", {}, [`${id} `, ...linked(sources[id] ?? "")]));
    return items.length ? [make("details", {}, [make("summary", { textContent: `${words.say(key)}: ${items.length}` }), make("ul", {}, items)])] : [];
  });
  return found.length ? make("div", {}, found) : make("p", { class: "quiet", textContent: words.say("no_source") });
}

/** @param {string} text @returns {(Node | string)[]} */
function linked(text) {
  return text.split("; ").flatMap((one) => {
    const [, kind, id] = /^(doi|pmid):(.+)$/.exec(one) ?? [];
    if (!kind) return [`${one} `];
    const link = make("a", { href: kind === "doi" ? `https://doi.org/${id}` : `https://pubmed.ncbi.nlm.nih.gov/${id}/`, rel: "noreferrer", target: "_blank", textContent: one });
    return [link, " "];
  });
}
