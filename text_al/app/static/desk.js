/** One person's work: texts come, are decided on, are taken back, corrected, settled. No element is touched here. */

import { get, post } from "./api.js";
import { createClock } from "./clock.js";
import { dropDraft, keepDraft } from "./drafts.js";
import { shownOf } from "./labels.js";
import { NOTHING, isDecided, ask } from "./selection.js";
import { disputedOf, startOf } from "./start.js";

const AHEAD = 3; // texts held here, so that the next one is there at once

/** `store` is what views see; `outbox` takes what was decided. */
export function createDesk(store, outbox) {
  const clock = createClock();
  let held = []; // the first is the one on the desk, if no other task is
  let disputes = [];
  let done = []; // of this visit, the last one last: {item, purpose}
  let dry = false; // the server had no further text
  let filling = false;
  let undoing = false;
  let visit = 0;

  function show(item, purpose = "label", hint = "") {
    const start = item
      ? startOf(item, purpose, store.state.annotator)
      : { selection: NOTHING, note: "", hint: "" };
    clock.restart();
    store.set({ ...start, hint: hint || start.hint, item, purpose, query: "", cursor: -1, about: null });
  }

  /** Begins anew, as this annotator. */
  async function sitDown(annotator) {
    visit += 1;
    [held, disputes, done, dry, filling] = [[], [], [], false, false];
    store.set({ annotator, server: null, item: null, say: "", news: "" });
    await poll();
  }

  async function poll() {
    const mine = visit;
    const { annotator } = store.state;
    try {
      const server = await get("/api/state", { annotator });
      if (mine === visit) receive(server);
      if (outbox.failing) void outbox.flush();
    } catch (error) {
      store.set({ connection: error.isLockedOut ? "locked" : "down" });
    }
  }

  function receive(server) {
    const before = store.state.server;
    store.set({ server, serverAt: performance.now(), connection: "ok" });
    if (before?.version !== server.version) dry = false;
    if (before?.request?.id !== server.request?.id || isClosed(server)) putAway(server);
    void fill();
  }

  /** A batch that others completed, or that is being learnt from, is nobody's task any more. */
  function putAway(server) {
    const id = isClosed(server) ? null : server.request?.id;
    const first = held[0];
    held = held.filter((item) => item.request === id);
    if (store.state.purpose === "label" && first && held[0] !== first) show(held[0] ?? null);
  }

  async function fill() {
    if (filling) return;
    const mine = visit;
    filling = true;
    try {
      while (mine === visit && held.length < AHEAD && !dry && store.state.server?.phase === "labelling")
        await fetchOne();
    } catch (error) {
      if (mine === visit) store.set({ connection: error.isLockedOut ? "locked" : "down" });
    } finally {
      if (mine === visit) filling = false;
    }
  }

  async function fetchOne() {
    const mine = visit;
    const { annotator } = store.state;
    const skip = [...new Set([...held.map((item) => item.id), ...outbox.ids(annotator)])];
    const { item, state } = await get("/api/next", { annotator, skip });
    if (mine !== visit) return;
    dry = item === null;
    if (state) receive(state);
    if (item === null) return;
    const known = held.some((one) => one.id === item.id) || outbox.ids(annotator).includes(item.id);
    if (known)
      dry = true; // asked for what is not held, it gave what is: no use asking on
    else held.push(item);
    if (store.state.item === null && store.state.purpose === "label" && held.length) show(held[0]);
  }

  /** Saves what was decided; an empty answer is asked about once, as it must never be an accident. */
  function save(status = "labelled") {
    const { item, purpose, selection, note, annotator, project } = store.state;
    if (!item) return;
    if (purpose === "settle" && status !== "labelled") return leaveToOthers();
    if (status === "labelled" && !isDecided(selection) && !selection.asked) {
      store.set({ selection: ask(selection), say: "No label applies? Press Enter again to say so." });
      return;
    }
    const answer = { status, labels: status === "labelled" ? selection.ticked : [], comment: note.trim() };
    const shown = shownOf(item, project, { disputed: disputedOf(item, purpose) });
    const about = { annotator, request: item.request, id: item.id };
    const scope = purpose === "settle" ? { considered: item.considered } : {};
    outbox.add(
      "answer",
      { ...about, ...answer, ...scope, seconds: clock.seconds(), shown, settles: purpose === "settle" },
      purpose === "label" ? 1 : 0,
    );
    dropDraft(annotator, item);
    done.push({ item: { ...item, answer }, purpose });
    goOn();
  }

  /** Who cannot settle it says nothing: a skip would take their own opinion back. */
  function leaveToOthers() {
    dropDraft(store.state.annotator, store.state.item);
    store.set({ news: "Left to others: it is still in dispute." });
    goOn();
  }

  function goOn() {
    if (store.state.purpose === "label") held.shift();
    if (store.state.purpose === "settle" && disputes.shift() && disputes.length)
      return show(disputes[0], "settle");
    show(held[0] ?? null);
    void fill();
  }

  /** Takes the last answer back and shows it again, its labels still ticked. */
  async function undo() {
    if (undoing) return;
    undoing = true;
    try {
      const entry = done.pop() ?? (await newest());
      if (entry) takeBack(entry);
      else store.set({ news: "There is nothing to take back." });
    } catch (error) {
      store.set({ news: error.message });
    } finally {
      undoing = false;
    }
  }

  function takeBack({ item, purpose }) {
    const { annotator, server } = store.state;
    const isOpen = purpose === "label" && item.request === server?.request?.id && !isClosed(server);
    if (purpose === "settle") disputes.unshift(item);
    if (!isOpen) return show(item, purpose === "label" ? "correct" : purpose);
    const { status, labels, comment } = item.answer;
    keepDraft(annotator, item, { labels, none: status === "labelled" && labels.length === 0, note: comment });
    if (!outbox.drop(annotator, item))
      outbox.add("withdraw", { annotator, request: item.request, id: item.id }, -1);
    held = [item, ...held.filter((one) => one.id !== item.id)];
    show(item, "label", "Taken back: not saved until you press Enter.");
  }

  async function newest() {
    const { annotator } = store.state;
    const { answers } = await get("/api/mine", { annotator, limit: 1 });
    if (answers.length === 0) return null;
    const { id, request, open, settles = false } = answers[0];
    const { item } = await get("/api/item", { annotator, id, request, settles });
    return item && { item, purpose: settles ? "settle" : open ? "label" : "correct" };
  }

  /** Shows an answer of before, as its request asked for it; it stands until another one is saved. */
  async function correct({ id, request, settles = false }) {
    await attempt(async () => {
      await outbox.flush();
      const { item } = await get("/api/item", { annotator: store.state.annotator, id, request, settles });
      if (settles) disputes = [item, ...disputes.filter((one) => one.id !== id)];
      if (item) show(item, settles ? "settle" : "correct");
    });
  }

  async function startSettling() {
    await attempt(async () => {
      const { items } = await get("/api/disagreements", { annotator: store.state.annotator });
      disputes = items;
      if (items.length) show(items[0], "settle");
      else store.set({ news: "Nobody disagrees." });
    });
  }

  /** Back to the batch from a correction or from disagreements. */
  function leave() {
    if (store.state.purpose !== "label") show(held[0] ?? null);
  }

  async function trainNow() {
    await attempt(async () => {
      await outbox.flush();
      await post("/api/train", {});
      await poll();
    });
  }

  async function attempt(task) {
    try {
      await task();
    } catch (error) {
      store.set({ news: error.message });
    }
  }

  return {
    sitDown,
    poll,
    save,
    undo,
    correct,
    startSettling,
    leave,
    trainNow,
    refill: () => ((dry = false), fill()),
  };
}

function isClosed(server) {
  return ["training", "choosing", "finished", "failed"].includes(server.phase);
}
