/** What the keys' commands do, with a text on the desk and without one. */

import { untickLast } from "./selection.js";
import { digitsOf } from "./labels.js";
import { disputedOf } from "./start.js";
import { scrollText } from "./text_view.js";

const TWICE = 250; // milliseconds: two strokes closer than this are one that bounced

/** (command, event) -> whether it was meant for the page. */
export function commandTable(store, { acts, searching, panels, phases }) {
  let askedAt = 0;

  const withText = {
    enter: () => (store.state.query ? tickBest() : saveOnce()),
    digit: ({ digit }) => {
      const { item, project, purpose } = store.state;
      const place = digitsOf(item, project, { disputed: disputedOf(item, purpose) })[digit - 1];
      if (place !== undefined) acts.toggle(place);
    },
    escape: () => {
      if (store.state.query) return store.set({ query: "", cursor: -1 });
      if (store.state.selection.asked)
        return store.set({ selection: { ...store.state.selection, asked: false }, say: "" });
      acts.leave();
    },
    backspace: () => acts.choose(untickLast),
    none: () => acts.toggleNone(),
    skip: () => acts.save("skipped"),
    unsure: () => acts.save("unsure"),
    reject: () => acts.save("rejected"),
    undo: () => acts.undo(),
    up: () => searching.move(-1),
    down: () => searching.move(1),
    note: () => panels.focusNote(),
    similar: () => panels.showSimilar(),
    scroll: ({ backwards }) => scrollText(backwards), // never into the search: a blank there would hide the digits
    help: () => acts.showHelp(),
  };
  const without = {
    enter: () => phases.kind() === "grace" && acts.trainNow(),
    undo: () => acts.undo(),
    help: () => acts.showHelp(),
  };

  function tickBest() {
    const place = searching.chosen();
    if (place === undefined) return store.set({ news: `No label matches ${store.state.query}` });
    acts.toggle(place);
  }

  function saveOnce() {
    const now = performance.now();
    if (store.state.selection.asked && now - askedAt < TWICE) return;
    askedAt = now;
    acts.save();
  }

  return (command) => {
    const act = (store.state.item ? withText : without)[command.name];
    if (!act) return false;
    return act(command) !== false;
  };
}
