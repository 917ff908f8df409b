/** The labels: what is ticked, nine with digits, and all of them. Searching is next door, in search_view.js. */

import { byId, el, labelName, replace } from "./dom.js";
import { consideredOf, digitsOf, isRanked, probsOf } from "./labels.js";
import { disputedOf } from "./start.js";

export function createLabelView(store, { toggle, toggleNone }) {
  let boxes = new Map(); // place -> its checkboxes on the page
  let every = [];

  function checkbox(place, props, ...inside) {
    const label = store.state.project.labels[place];
    const node = el(
      "button",
      {
        type: "button",
        role: "checkbox",
        "aria-checked": "false",
        tabindex: "-1",
        "data-label": place,
        "aria-description": label.description || null,
        onclick: () => toggle(place),
        onmouseenter: () => store.set({ about: place }),
        onmouseleave: () => store.set({ about: null }),
        onfocus: () => store.set({ about: place }),
        onblur: () => store.set({ about: null }),
        ...props,
      },
      ...inside,
    );
    boxes.set(place, [...(boxes.get(place) ?? []), node]);
    return node;
  }

  store.on(["project"], ({ project }) => {
    boxes = new Map();
    every = project.labels.map(({ name }, place) =>
      checkbox(place, { class: "chip" }, el("i", { class: "tick" }), labelName(name)),
    );
    replace(byId("every"), every);
    rove(byId("every"));
  });

  store.on(["item", "purpose"], (state) => {
    if (!state.item) return;
    for (const [place, nodes] of boxes)
      boxes.set(
        place,
        nodes.filter((node) => node === every[place]),
      );
    const asked = new Set(consideredOf(state.item, state.project));
    every.forEach((node, place) => (node.hidden = !asked.has(place)));
    byId("every").hidden = asked.size <= 9;
    byId("every").scrollTop = 0;
    showLikely(state, checkbox);
    rove(byId("every"));
  });

  store.on(["selection", "item"], (state) => {
    if (!state.item) return;
    const on = new Set(state.selection.ticked);
    for (const [place, nodes] of boxes)
      for (const node of nodes) node.setAttribute("aria-checked", String(on.has(place)));
    showTicked(state, { toggle, toggleNone });
  });

  for (const id of ["every", "likely"]) byId(id).addEventListener("keydown", moveWithArrows);
}

function showLikely(state, checkbox) {
  const { item, project, purpose } = state;
  const probs = probsOf(item);
  const doubted = new Map(isRanked(item) ? item.at_stake : []);
  const disputed = new Set(disputedOf(item, purpose));
  const suggested = new Set(item.mode === "checked" ? item.suggested : []);
  const nodes = digitsOf(item, project, { disputed: [...disputed] }).map((place, rank) => {
    const { name } = project.labels[place];
    const prob = probs.get(place);
    const marks = [
      suggested.has(place) && "suggested",
      doubted.has(place) && "in doubt",
      disputed.has(place) && "in dispute",
    ];
    const mark = marks.filter(Boolean)[0];
    const bar = el("i", { class: "level" });
    bar.style.setProperty("--level-share", prob ?? 0);
    return checkbox(
      place,
      { class: "likely-label", "aria-keyshortcuts": rank + 1, "data-mark": mark },
      bar,
      el("kbd", { "aria-hidden": "true" }, rank + 1),
      labelName(name),
      el("i", { class: "tick" }),
      mark ? el("small", { class: "badge" }, mark) : null,
      prob === undefined ? null : el("span", { class: "percent" }, percent(prob)),
    );
  });
  replace(byId("likely"), nodes);
  byId("likely").setAttribute("aria-label", isRanked(item) ? "Likeliest labels" : "Labels with digits");
  rove(byId("likely"));
}

/** 0.813 -> "81 %"; never 0 % or 100 % of what is not certain. */
export function percent(prob) {
  if (prob > 0 && prob < 0.01) return "< 1 %";
  if (prob < 1 && prob > 0.99) return "> 99 %";
  return `${Math.round(prob * 100)} %`;
}

function showTicked({ selection, project, item }, { toggle, toggleNone }) {
  const row = byId("ticked");
  const suggested = new Set(item.mode === "checked" ? item.suggested : []);
  const chips = selection.ticked.map((place) => {
    const { name } = project.labels[place];
    const mark = suggested.has(place) ? el("small", { class: "badge" }, "suggested") : null;
    return el(
      "button",
      { type: "button", class: "on", onclick: () => toggle(place), "aria-label": `Untick ${name}` },
      labelName(name),
      mark,
      el("span", { class: "cross", "aria-hidden": "true" }, "×"),
    );
  });
  row.dataset.asked = String(selection.asked);
  if (selection.asked)
    replace(
      row,
      el("p", { class: "question" }, "No label applies? Press ", el("kbd", {}, "Enter"), " again"),
    );
  else if (selection.none)
    replace(
      row,
      el(
        "button",
        {
          type: "button",
          class: "on none",
          onclick: toggleNone,
          "aria-label": "Take back: no label applies",
        },
        "No label applies",
        el("span", { class: "cross", "aria-hidden": "true" }, "×"),
      ),
    );
  else if (chips.length) replace(row, chips);
  else replace(row, el("p", { class: "placeholder" }, "Nothing ticked yet"));
  row.scrollLeft = row.scrollWidth;
}

/** One stop for the Tab key in a group, as nobody tabs through 500 labels. */
function rove(group) {
  const nodes = [...group.querySelectorAll("[role=checkbox]")];
  nodes.forEach((node) => (node.tabIndex = -1));
  const first = nodes.find((node) => !node.hidden);
  if (first) first.tabIndex = 0;
}

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function moveWithArrows(event) {
  const nodes = [...event.currentTarget.querySelectorAll("[role=checkbox]")].filter((node) => !node.hidden);
  const at = nodes.indexOf(document.activeElement);
  if (at < 0 || !(event.key in STEPS) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const next = nodes[(at + STEPS[event.key] + nodes.length) % nodes.length];
  nodes[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
