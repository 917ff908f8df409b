/**
 * Answers on their way to the server: kept in this browser until the server has them on disk, sent in order.
 *
 * Each waits under a name of its own, so that two open pages cannot overwrite each other's. One that was sent
 * without a reply may have arrived: the server is asked before it is sent again.
 */

import { get, post } from "./api.js";
import { keys, read, remove, write } from "./storage.js";

const PREFIX = "outbox:";
const REFUSED = "refused:";
const WAITS = [1, 2, 4, 8, 15]; // seconds
const PATHS = { answer: "/api/answer", withdraw: "/api/withdraw" };

/** `onChange(status, refused)` after each change, `onSaved(reply, body)` and `onStale(body)` as they happen. */
export function createOutbox({ onChange, onSaved, onStale }) {
  const status = {
    waiting: 0,
    failing: false,
    retryAt: null,
    reason: "",
    savedAt: null,
    lockedOut: false,
    kept: true,
  };
  const memory = new Map(); // what a full or forbidden storage would not take
  let failures = 0;
  let timer = null;
  let running = null;
  let last = 0;

  const all = () => [...new Set([...keys(PREFIX), ...memory.keys()])].sort();
  const load = (key) => memory.get(key) ?? read(key);
  const forget = (key) => void (memory.delete(key), remove(key));
  const net = () => all().reduce((sum, key) => sum + (load(key)?.net ?? 0), 0);
  const tell = () =>
    onChange(
      { ...status, waiting: all().length, net: net() },
      keys(REFUSED).map((key) => ({ key, ...read(key) })),
    );

  function keep(key, entry) {
    status.kept = write(key, entry);
    if (!status.kept) memory.set(key, entry);
  }

  /** `net` says by how many texts it changes what is left to do: 1, 0 or -1. */
  function add(kind, body, net = 0) {
    last = Math.max(last + 1, Date.now());
    const key = `${PREFIX}${String(last).padStart(15, "0")}-${Math.random().toString(36).slice(2, 8)}`;
    keep(key, { kind, body, net, sent: false });
    tell();
    void flush();
  }

  /** Takes an answer back that has not left yet; false where it may have. */
  function drop(annotator, item) {
    const of = all().filter((key) => isAbout(load(key), annotator, item));
    const key = of.at(-1);
    if (key === undefined || load(key).sent || load(key).kind !== "answer") return false;
    forget(key);
    tell();
    return true;
  }

  function flush() {
    running ??= work().finally(() => {
      running = null;
    });
    return running;
  }

  async function work() {
    clearTimeout(timer);
    do await alone(sendAll);
    while (all().length > 0 && !status.failing);
    tell();
  }

  async function sendAll() {
    status.failing = false;
    for (let key = all()[0]; key !== undefined; key = all()[0]) {
      const entry = load(key);
      try {
        if (entry) await deliver(key, entry);
        forget(key);
        failures = 0;
      } catch (error) {
        if (error.mayPass ?? true) return postpone(error);
        settle(key, entry, error);
      }
      tell();
    }
  }

  async function deliver(key, entry) {
    const arrived = entry.sent && entry.kind === "answer" && (await hasArrived(entry.body));
    if (arrived) return void ((status.savedAt = new Date()), onSaved(arrived, entry.body));
    keep(key, { ...entry, sent: true });
    const reply = await post(PATHS[entry.kind], entry.body);
    status.lockedOut = false;
    if (entry.kind === "answer") status.savedAt = new Date(reply.at);
    onSaved(reply, entry.body);
  }

  function postpone(error) {
    const wait = WAITS[Math.min(failures, WAITS.length - 1)];
    failures += 1;
    Object.assign(status, { failing: true, reason: error.message, lockedOut: error.isLockedOut === true });
    status.retryAt = Date.now() + wait * 1000;
    timer = setTimeout(flush, wait * 1000);
    tell();
  }

  /** A refusal is final: it must neither hold up the others nor be lost. */
  function settle(key, entry, error) {
    forget(key);
    if (entry.kind === "withdraw") return onStale(entry.body, error);
    write(key.replace(PREFIX, REFUSED), { body: entry.body, reason: error.message });
    tell();
  }

  addEventListener("storage", tell);
  addEventListener("online", flush);
  return {
    add,
    drop,
    flush,
    tell,
    ids: (annotator) =>
      all()
        .map(load)
        .filter((one) => one?.body.annotator === annotator)
        .map((one) => one.body.id),
    dismiss: (key) => void (remove(key), tell()),
    get waiting() {
      return all().length;
    },
    get failing() {
      return status.failing;
    },
  };
}

function isAbout(entry, annotator, { id, request }) {
  return entry?.body.annotator === annotator && entry.body.id === id && entry.body.request === request;
}

/** What the server holds, if it is this very answer; else null. */
async function hasArrived(body) {
  if (body.settles) return null; // said again it changes nothing, and one's own opinion is another answer
  const { annotator, id, request } = body;
  const { item } = await get("/api/item", { annotator, id, request }).catch((error) => {
    if (error.mayPass) throw error;
    return { item: null };
  });
  const said = item?.answer;
  const same =
    said && said.status === body.status && said.comment === body.comment && sameSet(said.labels, body.labels);
  return same ? said : null;
}

function sameSet(a, b) {
  return [...a].sort().join() === [...b].sort().join();
}

/** Only one open page sends at a time. */
function alone(task) {
  return navigator.locks ? navigator.locks.request("text-al outbox", task) : task();
}
