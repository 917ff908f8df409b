/** Which labels are ticked, in the order of ticking. Empty is a decision of its own: `none`. */

export const NOTHING = Object.freeze({ ticked: [], none: false, asked: false });

export function ticked(labels, { none = false } = {}) {
  return { ticked: [...labels], none, asked: false };
}

export function toggle(selection, label) {
  const has = selection.ticked.includes(label);
  const labels = has ? selection.ticked.filter((one) => one !== label) : [...selection.ticked, label];
  return { ticked: labels, none: false, asked: false };
}

export function untickLast(selection) {
  return { ticked: selection.ticked.slice(0, -1), none: false, asked: false };
}

/** "No label applies", on or off; what it put aside comes back when it goes. */
export function toggleNone(selection) {
  if (selection.none) return { ticked: selection.aside ?? [], none: false, asked: false };
  return { ticked: [], none: true, asked: false, aside: selection.ticked };
}

/** The person wants to save nothing at all: ask whether that is meant. */
export function ask(selection) {
  return { ...selection, asked: true };
}

/** Whether something was decided that can be saved. */
export function isDecided(selection) {
  return selection.ticked.length > 0 || selection.none;
}
