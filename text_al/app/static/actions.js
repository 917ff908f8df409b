/** The buttons of the decisions, with their keys. */

import { byId, button, el, replace } from "./dom.js";
import { isDecided } from "./selection.js";

export function createActions(store, { save, toggleNone, undo }) {
  const main = button("Save", () => save(), { keys: "↵", class: "primary", id: "save" });
  const none = button("No label", toggleNone, { keys: "0", "aria-pressed": "false", id: "none" });
  const others = [
    button("Undo", undo, { keys: "←", id: "undo", title: "Take the last answer back" }),
    none,
    button("Skip", () => save("skipped"), {
      keys: ".",
      id: "skip",
      title: "Not now; somebody may get it later",
    }),
    button("Unsure", () => save("unsure"), {
      keys: ",",
      id: "unsure",
      title: "Seen, but it cannot be decided",
    }),
    button("Reject", () => save("rejected"), { keys: "-", id: "reject", title: "No text of this corpus" }),
  ];
  replace(byId("actions"), el("div", { class: "others" }, others), main);

  store.on(["selection", "purpose", "query"], ({ selection, purpose, query }) => {
    none.setAttribute("aria-pressed", String(selection.none));
    main.dataset.ready = String(isDecided(selection) && !query);
    main.firstChild.textContent = WORDS[purpose];
  });
}

const WORDS = { label: "Save and next", correct: "Save correction", settle: "Settle and next" };
