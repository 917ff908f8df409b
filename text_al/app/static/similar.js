/** Labelled texts that are most like this one; the words that both have stand out. */

import { el, labelName } from "./dom.js";
import { percent } from "./label_view.js";
import { pieces, tellingWords } from "./words.js";

export function similarOf({ item, project }) {
  if (!item) return [];
  if (!item.nearest?.length) return [el("p", { class: "muted" }, "No labelled text is shown for this one.")];
  const words = tellingWords(item.text);
  return [
    el(
      "ul",
      { class: "cards" },
      item.nearest.map((near) => cardOf(near, words, project.labels)),
    ),
  ];
}

function cardOf({ text, labels, similarity }, words, names) {
  const tags = labels.map((place) => el("span", { class: "tag" }, labelName(names[place].name)));
  return el(
    "li",
    { class: "card" },
    el("p", { class: "words small", dir: "auto" }, marked(text, words)),
    el(
      "p",
      { class: "tags" },
      tags.length ? tags : el("span", { class: "muted" }, "no label applies"),
      el("span", { class: "muted likeness", title: "How like this text it is" }, percent(similarity)),
    ),
  );
}

function marked(text, words) {
  return pieces(text).map((piece) => (words.has(piece.word) ? el("mark", {}, piece.text) : piece.text));
}
