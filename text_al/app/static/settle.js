/** Who said what, where annotators disagree: of the labels in dispute. */

import { el, labelName } from "./dom.js";
import { opinionOf, opinionsOf } from "./start.js";

const WORDS = { skipped: "skipped", unsure: "unsure", rejected: "rejected", labelled: "" };

const OPINIONS = { yes: "✓ yes", no: "– no", "": "not asked" };

export function settleTable(item, labels) {
  const { agreed, disputed } = opinionsOf(item);
  const people = item.said ?? [];
  const head = el("tr", {}, el("th", { scope: "col" }, "Label"), people.map(personHead));
  const rows = disputed.map((place) => rowOf(place, labels, people));
  const table = el(
    "div",
    { class: "scroll" },
    el("table", { class: "said" }, el("thead", {}, head), el("tbody", {}, rows)),
  );
  return [
    disputed.length ? table : el("p", { class: "muted" }, people.map(sentenceOf).join(" ")),
    agreedLine(agreed, labels),
  ];
}

function personHead({ annotator, status }) {
  const word = WORDS[status] ? el("small", {}, ` ${WORDS[status]}`) : null;
  return el("th", { scope: "col" }, el("bdi", {}, annotator), word);
}

function rowOf(place, labels, people) {
  const cells = people.map((person) => {
    const said = person.status === "labelled" ? opinionOf(person, place) : "";
    return el("td", { class: said || "muted" }, OPINIONS[said]);
  });
  return el("tr", {}, el("th", { scope: "row" }, labelName(labels[place].name)), cells);
}

function sentenceOf({ annotator, status, labels }) {
  return `${annotator}: ${WORDS[status] || (labels.length ? "labelled" : "no label")}.`;
}

function agreedLine(agreed, labels) {
  if (agreed.length === 0) return null;
  const names = agreed.map((place) => el("span", { class: "tag" }, labelName(labels[place].name)));
  return el("p", { class: "agreed" }, "All say: ", names);
}
