/** What stands beside the text, in parts that open and close and stay as they were left. */

import { byId, button, el, labelName, replace } from "./dom.js";
import { fetchMine, historyOf } from "./history.js";
import { percent } from "./label_view.js";
import { isRanked } from "./labels.js";
import { render } from "./markdown.js";
import { progressOf } from "./progress.js";
import { similarOf } from "./similar.js";
import { read, write } from "./storage.js";

const PARTS = [
  ["text", "This text", true],
  ["similar", "Similar labelled texts", false],
  ["guidelines", "Guidelines", true],
  ["progress", "Progress", true],
  ["mine", "Your answers", false],
];

export function createPanels(store, { toggle, correct, startSettling, note }) {
  const bodies = {};
  const parts = {};
  let mine = null;

  const settle = el("div", { class: "disputes" });
  replace(
    byId("side"),
    settle,
    PARTS.map(([name, title, isOpen]) => partOf(name, title, isOpen)),
  );
  const noteField = noteOf(note);

  function partOf(name, title, isOpen) {
    bodies[name] = el("div", { class: "body" });
    const keys = name === "similar" ? el("kbd", { "aria-hidden": "true" }, "=") : null;
    parts[name] = el(
      "details",
      { class: `part part-${name}`, ontoggle: () => opened(name) },
      el("summary", {}, el("h2", {}, title), keys),
      bodies[name],
    );
    parts[name].open = read(`part:${name}`, isOpen);
    return parts[name];
  }

  function opened(name) {
    write(`part:${name}`, parts[name].open);
    if (name === "mine" && parts.mine.open) void refreshMine();
    if (name === "similar") showSimilar(store.state);
  }

  async function refreshMine() {
    const { annotator } = store.state;
    const found = await fetchMine(annotator).catch(() => null);
    if (found && annotator === store.state.annotator) mine = found;
    replace(bodies.mine, historyOf(mine, store.state, { correct }));
  }

  function showSimilar(state) {
    if (parts.similar.open) replace(bodies.similar, similarOf(state));
  }

  store.on(["project"], ({ project }) => {
    parts.guidelines.hidden = !project.guidelines.trim();
    replace(bodies.guidelines, render(project.guidelines));
    for (const [name, , isOpen] of PARTS) parts[name].open = read(`part:${name}`, isOpen);
  });
  store.on(["item"], (state) => {
    parts.text.hidden = parts.similar.hidden = !state.item;
    if (!state.item) return;
    replace(bodies.text, aboutOf(state, toggle), noteField.node);
    showSimilar(state);
  });
  store.on(["item", "note"], ({ note: words }) => noteField.show(words));
  let before = "";
  store.on(["server"], (state) => {
    const now = JSON.stringify([
      state.server?.budget,
      state.server?.curve,
      state.server?.speed,
      state.server?.annotators,
    ]);
    if (now !== before) replace(bodies.progress, progressOf(state)); // else an opened table would close at each poll
    before = now;
    showDisputes(settle, state, startSettling);
  });
  store.on(["purpose"], (state) => showDisputes(settle, state, startSettling));
  store.on(["annotator"], () => {
    mine = null;
    if (parts.mine.open && store.state.annotator) void refreshMine();
  });
  store.on(["saving"], ({ saving }) => {
    if (!saving.waiting && parts.mine.open) void refreshMine();
  });

  return {
    showSimilar: () => {
      parts.similar.open = !parts.similar.open;
      showSimilar(store.state);
      if (parts.similar.open) parts.similar.scrollIntoView({ block: "nearest" });
    },
    openMine: () => {
      parts.mine.open = true;
      parts.mine.scrollIntoView({ block: "start" });
      parts.mine.querySelector("summary").focus();
    },
    focusNote: () => noteField.node.querySelector("textarea").focus(),
  };
}

function aboutOf({ item, project }, toggle) {
  const names = project.labels;
  const doubts = isRanked(item) ? (item.at_stake ?? []) : [];
  return [
    item.reason ? el("p", { class: "reason", dir: "auto" }, item.reason) : null,
    doubts.length
      ? el(
          "div",
          { class: "doubts" },
          el("h3", {}, "In doubt"),
          doubts.map(([place, prob]) =>
            el(
              "button",
              { type: "button", class: "doubt", onclick: () => toggle(place) },
              labelName(names[place].name),
              el("span", { class: "percent" }, percent(prob)),
            ),
          ),
        )
      : null,
    (item.suggestions ?? []).map(({ by, labels }) =>
      el(
        "p",
        { class: "opinion" },
        el("bdi", {}, by),
        " suggests ",
        labels.length
          ? labels.map((place) => el("span", { class: "tag" }, labelName(names[place].name)))
          : "no label",
      ),
    ),
  ];
}

function noteOf(note) {
  const field = el("textarea", {
    id: "note",
    rows: 1,
    dir: "auto",
    maxlength: 2000,
    placeholder: "For whoever reads it later",
    oninput: () => note(field.value),
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !(event.key === "Escape" || (event.key === "Enter" && !event.shiftKey))) return;
    event.preventDefault();
    byId("search").focus();
  });
  const label = el("label", { for: "note" }, "Note ", el("kbd", { "aria-hidden": "true" }, "+"));
  const show = (words) => {
    if (field.value !== words) field.value = words;
  };
  return { node: el("div", { class: "note" }, label, field), show };
}

function showDisputes(node, { server, purpose }, startSettling) {
  const many = server?.disagreements ?? 0;
  node.hidden = many === 0 || purpose === "settle";
  if (node.hidden || node.dataset.many === String(many)) return;
  node.dataset.many = many;
  const words = many === 1 ? "Settle 1 disagreement" : `Settle ${many} disagreements`;
  replace(node, button(words, startSettling, { class: "wide" }));
}
