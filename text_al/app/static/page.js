/** Puts the page together, and holds nothing itself. */

import { createActions } from "./actions.js";
import { get } from "./api.js";
import { createDesk } from "./desk.js";
import { askName, showHelp } from "./dialogs.js";
import { byId, button, el, replace } from "./dom.js";
import { dropOldDrafts, keepDraft } from "./drafts.js";
import { createHeader } from "./header.js";
import { commandTable } from "./commands.js";
import { listen } from "./keyboard.js";
import { createLabelView } from "./label_view.js";
import { createOutbox } from "./outbox.js";
import { createPanels } from "./panels.js";
import { createPhases } from "./phases.js";
import { createSearchView } from "./search_view.js";
import { toggle, toggleNone } from "./selection.js";
import { BEGINNING, createStore } from "./state.js";
import { read, useSpace, write } from "./storage.js";
import { createTextView } from "./text_view.js";

const CALM = 4000; // milliseconds between looks at the server while texts are labelled
const EAGER = 1000; // while something else is going on
const MOMENT = 4000; // how long news are shown
const NAME = "annotator";

const store = createStore(BEGINNING);
const outbox = createOutbox({
  onChange: (saving, refused) => store.set({ saving, refused }),
  onSaved: heard,
  onStale: (_, error) => store.set({ news: `${error.message} Saving again corrects it.` }),
});
const desk = createDesk(store, outbox);

/** The server's count after an answer: what is left is known before the next look at it. */
function heard(reply, body) {
  if (reply.later) store.set({ news: "Kept. The model learns from it in the next round." });
  const { server, annotator } = store.state;
  const request = server?.request;
  if (reply.n_yours_left === undefined || body.annotator !== annotator || request?.id !== body.request)
    return;
  const whole = request.n_yours_done + request.n_yours_left;
  const counts = {
    n_yours_left: reply.n_yours_left,
    n_yours_done: whole - reply.n_yours_left,
    isGuess: true,
  };
  store.set({ server: { ...server, request: { ...request, ...counts } } });
  if (reply.n_yours_left === 0) void desk.poll();
}

function choose(change) {
  const { item, annotator, project, selection: before, note } = store.state;
  if (!item) return;
  const selection = change(before);
  const names = (places) => places.map((place) => project.labels[place].name).join(", ");
  const say = selection.none ? "No label applies." : `Ticked: ${names(selection.ticked) || "nothing"}.`;
  store.set({ selection, say });
  keepDraft(annotator, item, { labels: selection.ticked, none: selection.none, note });
}

const acts = {
  ...desk,
  showHelp,
  toggle: (place) => {
    choose((selection) => toggle(selection, place));
    store.set({ query: "", cursor: -1 });
  },
  choose,
  toggleNone: () => choose(toggleNone),
  note: (note) => {
    const { item, annotator, selection } = store.state;
    store.set({ note });
    keepDraft(annotator, item, { labels: selection.ticked, none: selection.none, note });
  },
  askName: async () => {
    const { project, server, annotator } = store.state;
    const others = (server?.annotators ?? []).map(({ name }) => name).filter((name) => !/^llm:/i.test(name));
    const name = await askName({ now: annotator, others, suggested: project.default_annotator });
    if (!name || name === annotator) return;
    write(NAME, name);
    await desk.sitDown(name);
    focusSearch();
  },
};

createHeader(store, { outbox, ...acts });
createTextView(store, acts);
createLabelView(store, acts);
const searching = createSearchView(store, acts);
createActions(store, acts);
const panels = createPanels(store, { ...acts });
const phases = createPhases(store, { ...acts, openMine: () => panels.openMine() });

listen({
  search: byId("search"),
  query: () => store.state.query,
  act: commandTable(store, { acts, searching, panels, phases }),
});

/** Not on touch screens, where a keyboard would cover the labels. */
function focusSearch() {
  const isElsewhere = document.querySelector("dialog[open]") || document.activeElement === byId("note");
  if (!isElsewhere && !matchMedia("(pointer: coarse)").matches) byId("search").focus({ preventScroll: true });
}

/** A click leaves the focus where it is, in the search field: else Enter would press the button again. */
addEventListener("mousedown", (event) => {
  const isControl =
    event.target.closest?.("button, summary, [role=option]") && !event.target.closest("dialog");
  if (isControl) event.preventDefault();
});

store.on(["item"], ({ item }) => item && focusSearch());
store.on(["say"], ({ say }) => {
  byId("say").textContent = say;
});
store.on(["news"], ({ news }) => {
  byId("say").textContent = byId("toast").textContent = news;
  setTimeout(() => store.state.news === news && store.set({ news: "" }), MOMENT);
});
store.on(["refused"], ({ refused }) => replace(byId("alerts"), refused.map(alertOf)));

function alertOf({ key, body, reason }) {
  const names =
    body.labels.map((place) => store.state.project?.labels[place]?.name ?? place).join(", ") || body.status;
  const words = el(
    "p",
    {},
    el("strong", {}, "An answer was refused. "),
    `${reason} (text ${body.id}: ${names})`,
  );
  return el(
    "div",
    { class: "alert" },
    words,
    button("Open the text", () => desk.correct(body), { class: "small" }),
    button("Dismiss", () => outbox.dismiss(key), { class: "small" }),
  );
}

addEventListener("beforeunload", (event) => outbox.waiting > 0 && event.preventDefault());
document.addEventListener("visibilitychange", () => !document.hidden && store.state.annotator && desk.poll());

async function begin() {
  try {
    const project = await get("/api/project");
    store.set({ connection: "ok" });
    useSpace(project.run ?? project.name);
    dropOldDrafts();
    store.set({ project });
    outbox.tell();
    void outbox.flush();
    const name = read(NAME, "");
    if (name) await desk.sitDown(name);
    else while (!store.state.annotator) await acts.askName();
    void look();
  } catch (error) {
    store.set({ connection: error.isLockedOut ? "locked" : "down" });
    setTimeout(begin, 2000);
  }
}

async function look() {
  const { server, item, connection } = store.state;
  const isCalm = server?.phase === "labelling" && item && connection === "ok";
  await new Promise((resolve) => setTimeout(resolve, isCalm ? CALM : EAGER));
  if (!document.hidden || !isCalm) await desk.poll();
  void look();
}

void begin();
