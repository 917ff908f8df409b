/** The line on top: whose project, how far, how long, whether it is saved, who is labelling. */

import { timeOfDay } from "./clock.js";
import { byId, button, el, replace } from "./dom.js";

const THEMES = {
  auto: ["◐", "Colours: as the system"],
  light: ["○", "Colours: light"],
  dark: ["●", "Colours: dark"],
};

export function createHeader(store, { outbox, askName, showHelp }) {
  byId("who").addEventListener("click", askName);
  byId("help").addEventListener("click", showHelp);
  byId("theme").addEventListener("click", () => showTheme(window.nextTheme()));
  showTheme(document.documentElement.dataset.theme);

  store.on(["project"], ({ project }) => {
    byId("project").textContent = project.name;
  });
  store.on(["annotator"], ({ annotator }) => {
    const who = byId("who");
    replace(who, el("span", { class: "unseen" }, "Annotator: "), el("bdi", {}, annotator || "Your name"));
    who.title = "Change the annotator";
  });
  store.on(["server", "saving", "item", "purpose"], (state) => {
    showPlace(state);
    document.title = titleOf(state);
  });
  store.on(["saving", "connection"], ({ saving, connection }) => showSaving(saving, connection, outbox));
}

function showTheme(theme) {
  const [sign, words] = THEMES[theme] ?? THEMES.auto;
  const node = byId("theme");
  node.textContent = sign;
  node.setAttribute("aria-label", words);
  node.title = words;
}

/** {done, total} of this person's share of the batch; answers still on their way count as done. */
export function shareOf({ server, saving }) {
  const request = server?.request;
  if (!request) return null;
  const total = request.n_yours_done + request.n_yours_left;
  const done = Math.min(total, request.n_yours_done + (saving.net ?? 0));
  return { done, total };
}

function showPlace(state) {
  const share = shareOf(state);
  const bar = byId("bar");
  bar.hidden = !share || share.total === 0;
  if (bar.hidden) return void ((byId("place").textContent = ""), (byId("left").textContent = ""));
  const { done, total } = share;
  const isAside = state.purpose !== "label";
  const at = Math.min(total, done + (state.item && !isAside ? 1 : 0));
  byId("place").textContent = isAside ? WORDS[state.purpose] : `${at} of ${total}`;
  byId("left").textContent = state.server.phase === "labelling" && !isAside ? leftOf(state.server) : "";
  bar.style.setProperty("--share", total ? done / total : 0);
  bar.setAttribute("aria-valuemax", total);
  bar.setAttribute("aria-valuenow", done);
  bar.setAttribute("aria-valuetext", `${done} of ${total} texts answered`);
}

const WORDS = { correct: "Correcting", settle: "Settling" };

function leftOf({ speed, request }) {
  if (!speed || !request.n_yours_left) return "";
  const minutes = Math.max(1, Math.round(speed.minutes_left));
  return `about ${minutes} min left`;
}

function titleOf({ project, server, item, saving }) {
  const name = project?.name ?? "text_al";
  if (saving.failing) return `NOT SAVED – ${name}`;
  if (item && server?.request)
    return `${shareOf({ server, saving }).done}/${shareOf({ server, saving }).total} – ${name}`;
  if (server?.phase === "training" || server?.phase === "choosing") return `Training… – ${name}`;
  return server?.phase === "finished" ? `Finished – ${name}` : name;
}

let shown = "";

/** Rewritten only when it says something else, as a screen reader reads out every change. */
function showSaving(saving, connection, outbox) {
  const [kind, words] = wordsOf(saving, connection);
  if (shown === kind + words) return;
  shown = kind + words;
  const node = byId("saving");
  node.dataset.kind = kind;
  const again = kind === "bad" ? button("Try now", () => outbox.flush(), { class: "small" }) : null;
  replace(node, el("i", { class: "dot", "aria-hidden": "true" }), el("span", {}, words), again);
}

function wordsOf(saving, connection) {
  const { waiting, failing, savedAt, lockedOut, kept } = saving;
  if (waiting && failing) {
    const many = waiting === 1 ? "1 answer" : `${waiting} answers`;
    const where = kept ? "kept in this browser" : "keep this page open";
    const next = lockedOut ? "open the page by its link again" : "retrying";
    return ["bad", `NOT SAVED – ${many}, ${where}, ${next}`];
  }
  if (waiting) return ["busy", "saving…"];
  if (connection === "locked") return ["bad", "locked out – open the page by its link again"];
  if (connection === "down") return ["bad", "no connection – retrying"];
  return savedAt ? ["good", `saved ${timeOfDay(savedAt)}`] : ["idle", ""];
}
