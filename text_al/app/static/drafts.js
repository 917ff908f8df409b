/** What is ticked and noted but not yet saved, kept in this browser for each annotator and text. */

import { keys, read, remove, write } from "./storage.js";

const KEPT_DAYS = 30;

export function keepDraft(annotator, item, draft) {
  return write(nameOf(annotator, item), { ...draft, at: Date.now() });
}

/** The draft, or null. */
export function draftOf(annotator, item) {
  return read(nameOf(annotator, item));
}

export function dropDraft(annotator, item) {
  remove(nameOf(annotator, item));
}

/** Storage is small, and a draft of last month is about a text that somebody else has labelled since. */
export function dropOldDrafts(now = Date.now()) {
  for (const key of keys("draft:")) {
    if (now - (read(key)?.at ?? 0) > KEPT_DAYS * 86_400_000) remove(key);
  }
}

function nameOf(annotator, item) {
  return `draft:${JSON.stringify([annotator, item.request, item.id])}`;
}
