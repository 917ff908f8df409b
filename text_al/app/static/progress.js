/** How far it is: budget, rounds, pace, and the curve of quality. */

import { drawCurve } from "./curve.js";
import { el } from "./dom.js";

export function progressOf({ server }) {
  if (!server) return [];
  return [
    budgetOf(server),
    paceOf(server),
    drawCurve(server.curve ?? { metric: "", points: [] }),
    peopleOf(server),
  ];
}

function budgetOf({ budget }) {
  if (!budget) return null;
  const { labelled, skipped, budget: whole } = budget;
  const bar = el(
    "div",
    { class: "meter", role: "img", "aria-label": `${number(labelled)} of ${number(whole)} texts labelled` },
    el("i"),
  );
  bar.firstChild.style.setProperty("--share", whole ? Math.min(1, labelled / whole) : 0);
  const apart = skipped ? `, ${number(skipped)} skipped` : "";
  return el(
    "div",
    { class: "budget" },
    el(
      "p",
      { class: "row" },
      el("span", {}, el("strong", {}, number(labelled)), ` of ${number(whole)} labelled${apart}`),
    ),
    bar,
  );
}

function paceOf({ budget, speed }) {
  if (!budget) return null;
  const left = Math.max(0, budget.budget - budget.labelled);
  const rounds = budget.n_rounds_left;
  const parts = [`${number(left)} to go`];
  if (rounds) parts.push(`${rounds} ${rounds === 1 ? "batch" : "batches"} of ${budget.queue_size}`);
  if (speed && left)
    parts.push(
      `${span(left * speed.median_seconds)} at your pace of ${speed.median_seconds.toFixed(1)} s a text`,
    );
  return el("p", { class: "muted pace" }, parts.join(" · "));
}

function peopleOf({ annotators }) {
  if (!annotators || annotators.length < 2) return null;
  const rows = annotators.map(({ name, answers }) =>
    el("li", {}, el("bdi", {}, name), el("span", { class: "count" }, number(answers))),
  );
  return el("ul", { class: "people", "aria-label": "Answers of each annotator" }, rows);
}

function span(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "under a minute";
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

const number = (value) => Number(value).toLocaleString("en");
