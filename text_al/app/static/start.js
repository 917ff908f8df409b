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
    return { selection: NOTHING, note: "", hint: "Decide on the labels in dispute; all else stays as it is." };
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

/** {agreed, disputed}: labels that all who were asked about them ticked, and those to be settled; ascending. */
export function opinionsOf(item) {
  const said = item.said ?? [];
  const disputed = item.considered ?? [];
  const any = [...new Set(said.flatMap(({ labels }) => labels))].sort((a, b) => a - b);
  const byAll = (place) => said.every((one) => opinionOf(one, place) !== "no");
  return { agreed: any.filter((place) => !disputed.includes(place) && byAll(place)), disputed };
}

/** What somebody said of a label: "yes", "no", or "" where they said nothing of it. */
export function opinionOf({ labels, considered }, place) {
  if (labels.includes(place)) return "yes";
  return (considered ?? [place]).includes(place) ? "no" : "";
}

/** Labels in dispute, where disagreements are being settled. */
export function disputedOf(item, purpose) {
  return purpose === "settle" && item ? opinionsOf(item).disputed : [];
}
