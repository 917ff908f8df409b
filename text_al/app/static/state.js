/** What is on the page, in one object; views hear which parts of it changed. */

export function createStore(initial) {
  const listeners = [];
  const store = {
    state: initial,

    /** Tells each listener (state, names of what changed), in the order in which they came. */
    set(patch) {
      const changed = new Set(Object.keys(patch).filter((key) => store.state[key] !== patch[key]));
      if (changed.size === 0) return;
      store.state = { ...store.state, ...patch };
      for (const listener of listeners) listener(store.state, changed);
    },

    /** `listener` is called when one of `names` changed. */
    on(names, listener) {
      listeners.push((state, changed) => {
        if (names.some((name) => changed.has(name))) listener(state, changed);
      });
    },
  };
  return store;
}

/** What there is before the server said anything. */
export const BEGINNING = {
  project: null,
  annotator: "",
  server: null,
  serverAt: 0,
  connection: "ok", // "down", "locked"
  item: null,
  purpose: "label", // "correct", "settle"
  selection: { ticked: [], none: false, asked: false },
  note: "",
  hint: "",
  query: "",
  cursor: -1,
  about: null,
  saving: { waiting: 0, failing: false, retryAt: null, reason: "", savedAt: null },
  refused: [],
  say: "", // for screen readers
  news: "", // for all, for a moment
};
