/** What is shown when no text is on the desk: waiting, training, the end. */

import { drawCurve } from "./curve.js";
import { byId, button, el, replace } from "./dom.js";

export function createPhases(store, { undo, trainNow, startSettling, openMine }) {
  const acts = { undo, trainNow, startSettling, openMine };
  let kind = "";
  let key = "";

  function show(state) {
    byId("work").hidden = !state.item;
    byId("phase").hidden = Boolean(state.item);
    document.body.dataset.view = state.item ? "work" : "phase";
    if (state.item) return void (kind = key = "");
    const now = kindOf(state);
    const view = VIEWS[now];
    const other =
      now +
      JSON.stringify([
        state.server?.curve,
        state.server?.disagreements,
        state.server?.error,
        state.server?.outcome,
      ]);
    if (other !== key) {
      replace(byId("phase"), el("div", { class: `state state-${now}` }, view(state, acts)));
      if (now !== kind) store.set({ say: byId("phase").querySelector("h2").textContent });
    }
    [kind, key] = [now, other];
    update(state, now);
  }

  store.on(["item", "server", "connection", "project", "saving"], show);
  setInterval(() => kind === "grace" && update(store.state, kind), 200);
  return { kind: () => kind };
}

/** The name of the view that fits. */
export function kindOf({ server, connection, annotator }) {
  if (!server && connection !== "ok") return "away";
  if (!annotator) return "nobody";
  if (!server) return "starting";
  if (server.phase !== "labelling") return server.phase === "choosing" ? "training" : server.phase;
  if (server.starts_in !== null && server.starts_in !== undefined) return "grace";
  if (!server.request) return "starting";
  // Whether others are still at theirs, only the next look at the server tells.
  return server.request.n_yours_left > 0 || server.request.isGuess ? "fetching" : "waiting";
}

const title = (words) => el("h2", {}, words);
const line = (...words) => el("p", {}, words);

const VIEWS = {
  nobody: () => [title("Who is labelling?")],
  starting: () => [
    spinner(),
    title("Getting ready"),
    el("p", { id: "stage" }, "The first batch is being chosen."),
    meter(),
  ],
  away: () => [
    title("The server does not answer"),
    line(
      "Is ",
      el("code", {}, "text-al label"),
      " still running? This page goes on by itself as soon as it is back. If it asks for a token, open the link that the command printed.",
    ),
  ],
  fetching: () => [spinner(), title("One moment"), line("The next text is on its way.")],
  waiting: (state, acts) => [
    done(),
    title("Your part of this batch is done"),
    line("Others are still at theirs. The model trains when all are done, and the next batch appears here."),
    meanwhile(state, acts),
  ],
  grace: (state, acts) => [
    done(),
    title("The batch is done"),
    el("p", { id: "countdown", class: "countdown" }),
    el(
      "div",
      { class: "choices" },
      button("Undo the last answer", acts.undo, { keys: "←" }),
      button("Train now", acts.trainNow, { keys: "↵", class: "primary" }),
    ),
  ],
  training: (state, acts) => [
    spinner(),
    title("The model is learning"),
    el("p", { id: "stage" }),
    meter(),
    line("The next batch appears here by itself; you need not wait at the page."),
    meanwhile(state, acts),
    drawCurve(state.server.curve),
  ],
  finished: (state, acts) => [
    done(),
    title("That was the last batch"),
    el("p", { class: "outcome" }, state.server.outcome),
    drawCurve(state.server.curve),
    el("h3", {}, "What next"),
    el(
      "ul",
      { class: "next" },
      el(
        "li",
        {},
        el("code", {}, "text-al export"),
        " takes the model and the labelled corpus out of this run.",
      ),
      el(
        "li",
        {},
        "A larger ",
        el("code", {}, "budget"),
        " in the configuration, and the same command again, goes on from here.",
      ),
    ),
    meanwhile(state, acts),
  ],
  failed: (state, acts) => [
    title("It stopped with an error"),
    el("p", { class: "error" }, state.server.error),
    line(
      "Every answer that was shown as saved is on disk. Mend what the sentence names, then start ",
      el("code", {}, "text-al label"),
      " again: it goes on where it stopped.",
    ),
    el("div", { class: "choices" }, button("Try again", acts.trainNow)),
    meanwhile(state, acts),
  ],
};

function meanwhile({ server }, { startSettling, openMine }) {
  const many = server.disagreements ?? 0;
  const settle = many
    ? button(many === 1 ? "Settle 1 disagreement" : `Settle ${many} disagreements`, startSettling)
    : null;
  return el(
    "div",
    { class: "meanwhile" },
    el("h3", {}, server.phase === "finished" || server.phase === "failed" ? "Also here" : "Meanwhile"),
    el("div", { class: "choices" }, button("Look through your answers", openMine), settle),
  );
}

function meter() {
  return el(
    "div",
    {
      id: "meter",
      class: "meter",
      role: "progressbar",
      "aria-label": "Training",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    },
    el("i"),
  );
}

const spinner = () => el("div", { class: "spinner", "aria-hidden": "true" });
const done = () => el("div", { class: "done", "aria-hidden": "true" }, "✓");

/** The parts that move, without rebuilding the rest: focus and reading stay where they are. */
function update({ server, serverAt }, kind) {
  if (kind === "grace") {
    const seconds = Math.max(0, Math.ceil(server.starts_in - (performance.now() - serverAt) / 1000));
    setText("countdown", seconds ? `Training starts in ${seconds} s` : "Training starts");
  }
  if (kind !== "training" && kind !== "starting") return;
  const progress = server?.progress;
  setText("stage", wordsOf(server));
  const share = progress?.total ? Math.min(1, progress.done / progress.total) : null;
  const node = byId("meter");
  node.dataset.known = String(share !== null);
  node.firstChild.style.setProperty("--share", share ?? 0);
  if (share === null) node.removeAttribute("aria-valuenow");
  else node.setAttribute("aria-valuenow", Math.round(share * 100));
}

function wordsOf(server) {
  const { stage, text, done: at, total } = server?.progress ?? {};
  if (!stage) return server?.phase === "choosing" ? "Choosing the next texts." : "Getting ready.";
  const numbers = total
    ? ` (${Number(at).toLocaleString("en")} of ${Number(total).toLocaleString("en")})`
    : "";
  return [stage[0].toUpperCase() + stage.slice(1), text].filter(Boolean).join(": ") + numbers;
}

function setText(id, words) {
  const node = byId(id);
  if (node && node.textContent !== words) node.textContent = words;
}
