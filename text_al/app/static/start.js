/** What stands ticked when a text appears, and why. */

import { draftOf } from "./drafts.js";
import { NOTHING, ticked } from "./selection.js";

/** {selection, note, hint} of a text that somebody is about to see. */
export function startOf(item, purpose, annotator) {
  const draft = draftOf(annotator, item);
  if (draft) {
    const selection = ticked(draft.labels, { none: draft.none });
    return {
      selection,
      note: draft.note ?? "",
      hint: "Your draft of this text is back; it is not saved yet.",
    };
  }
  if (purpose === "settle") {
    const agreed = opinionsOf(item).agreed;
    return { selection: ticked(agreed), note: "", hint: "Ticked: what everybody said. Decide on the rest." };
  }
  if (item.answer) return ofAnswer(item.answer);
  if (item.mode === "checked") {
    const has = item.suggested.length > 0;
    const hint = has ? "Ticked by the model, not by you: check each." : "";
    return { selection: ticked(item.suggested), note: "", hint };
  }
  return { selection: NOTHING, note: "", hint: "" };
}

function ofAnswer({ status, labels, comment }) {
  const isEmpty = status === "labelled" && labels.length === 0;
  const words = {
    labelled: "",
    skipped: "You skipped this text.",
    unsure: "You were unsure.",
    rejected: "You rejected it.",
  };
  const hint = words[status] || "As you answered it; it stands until you save another answer.";
  return { selection: ticked(labels, { none: isEmpty }), note: comment ?? "", hint };
}

/** {agreed, disputed}: labels that all who labelled it ticked, and those that only some ticked; ascending. */
export function opinionsOf(item) {
  const said = (item.said ?? [])
    .filter(({ status }) => status === "labelled")
    .map(({ labels }) => new Set(labels));
  const any = [...new Set(said.flatMap((labels) => [...labels]))].sort((a, b) => a - b);
  const byAll = (place) => said.every((labels) => labels.has(place));
  return { agreed: any.filter(byAll), disputed: any.filter((place) => !byAll(place)) };
}

/** Labels in dispute, where disagreements are being settled. */
export function disputedOf(item, purpose) {
  return purpose === "settle" && item ? opinionsOf(item).disputed : [];
}
