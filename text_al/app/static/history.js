/** What this annotator answered, newest first; each can be opened and corrected. */

import { get } from "./api.js";
import { el, labelName } from "./dom.js";

const MOST = 200;
const WORDS = { skipped: "skipped", unsure: "unsure", rejected: "rejected" };

/** The answers, as the server has them. */
export async function fetchMine(annotator) {
  const { answers } = await get("/api/mine", { annotator, limit: MOST });
  return answers;
}

/** `mine` is null before it was fetched. */
export function historyOf(mine, { project }, { correct }) {
  if (mine === null) return [el("p", { class: "muted" }, "Looking…")];
  if (mine.length === 0) return [el("p", { class: "muted" }, "Nothing yet: what you answer appears here.")];
  return [
    el(
      "ol",
      { class: "history" },
      mine.map((answer) => rowOf(answer, project.labels, correct)),
    ),
  ];
}

function rowOf(answer, names, correct) {
  const { text, labels, status, comment, open, settles } = answer;
  const tags = labels.map((place) => el("span", { class: "tag" }, labelName(names[place].name)));
  const word = WORDS[status] ?? (labels.length ? null : "no label applies");
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "answer", onclick: () => correct(answer), title: "Open to correct" },
      el("span", { class: "excerpt", dir: "auto" }, text),
      el(
        "span",
        { class: "tags" },
        tags,
        word ? el("span", { class: "muted" }, word) : null,
        settles ? el("span", { class: "muted" }, "settled") : null,
        comment ? el("span", { class: "muted", title: comment }, "✎ note") : null,
        open
          ? null
          : el(
              "span",
              {
                class: "muted",
                title: "The model has learnt from it; a correction counts from the next round on",
              },
              "learnt",
            ),
      ),
    ),
  );
}
