/** The text, in the centre: large, in its own direction, always beginning at the same place. */

import { byId, button, el, replace } from "./dom.js";
import { settleTable } from "./settle.js";

const SHORT = 160; // characters that still look well in large letters
const LONG = 900;

export function createTextView(store, { leave }) {
  byId("text").addEventListener("scroll", showMore, { passive: true });
  new ResizeObserver(showMore).observe(byId("text"));
  store.on(["item"], ({ item }) => item && showText(item.text));
  store.on(["item", "purpose", "hint", "project"], (state) => state.item && showBanner(state, leave));
}

function showText(text) {
  const node = byId("text");
  const size = text.length <= SHORT ? "short" : text.length <= LONG ? "middle" : "long";
  replace(node, el("div", { class: "words", dir: "auto", "data-size": size }, text));
  node.scrollTop = 0;
  showMore();
}

/** Scrolls a long text by most of its height. */
export function scrollText(backwards) {
  const node = byId("text");
  node.scrollBy({ top: node.clientHeight * (backwards ? -0.85 : 0.85), behavior: "instant" });
}

/** Marks a text that goes on below the edge. */
function showMore() {
  const node = byId("text");
  node.dataset.more = String(node.scrollTop + node.clientHeight < node.scrollHeight - 4);
}

function showBanner({ item, purpose, hint, project }, leave) {
  const asked = item.considered && item.considered.length < project.labels.length;
  const some = asked ? `Asked about ${item.considered.length} of ${project.labels.length} labels.` : "";
  const words = el("p", { class: "hint" }, [hint, some].filter(Boolean).join(" "));
  if (purpose === "label") return replace(byId("banner"), words);
  const title = purpose === "settle" ? "Annotators disagree on this text" : "Correcting an answer";
  const back = button("Back to the batch", leave, { keys: "Esc", class: "small" });
  const head = el("div", { class: "banner-head" }, el("h2", {}, title), back);
  const table = purpose === "settle" ? settleTable(item, project.labels) : null;
  replace(byId("banner"), head, words, table);
}
