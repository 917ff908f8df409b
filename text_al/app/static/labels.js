/** Finding a label among 5 to 500: what is typed against names and descriptions, and who gets a digit. */

const MARKS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]/g;

/** Without case, accents and vowel points. */
export function fold(text) {
  return text.normalize("NFKD").replace(MARKS, "").toLowerCase();
}

/** Each label as search needs it; made once a project. */
export function indexOf(labels) {
  return labels.map((label, place) => {
    const words = wordsOf(label.name);
    const notes = [label.description ?? "", ...(label.examples ?? [])].join(" ");
    return {
      place,
      name: fold(label.name),
      words,
      joined: words.join(""),
      said: fold(notes),
      saidWords: wordsOf(notes),
    };
  });
}

/**
 * Places of the labels that match, best first; Enter toggles the first.
 *
 * The whole name, its beginning, beginnings of its words, any part of it, initials of its words, beginnings of
 * words of the description, any part of that, letters in order. Equal ones: the likelier, then the shorter.
 */
export function search(index, typed, { allowed = null, probs = new Map() } = {}) {
  const query = fold(typed.trim());
  if (!query) return [];
  const found = [];
  for (const entry of index) {
    if (allowed && !allowed.has(entry.place)) continue;
    const rank = rankOf(entry, query);
    if (rank < NO_MATCH) found.push({ entry, rank, prob: probs.get(entry.place) ?? 0 });
  }
  found.sort(
    (a, b) => a.rank - b.rank || b.prob - a.prob || size(a) - size(b) || a.entry.place - b.entry.place,
  );
  return found.map(({ entry }) => entry.place);
}

const NO_MATCH = 8;
const size = ({ entry }) => entry.name.length;

function rankOf(entry, query) {
  const parts = wordsOf(query);
  const squeezed = parts.join("") || query;
  const tests = [
    () => entry.name === query,
    () => entry.name.startsWith(query),
    () => beginWords(entry.words, parts),
    () => entry.name.includes(query) || entry.joined.includes(squeezed),
    () =>
      entry.words
        .map((word) => word[0])
        .join("")
        .startsWith(squeezed),
    () => beginWords(entry.saidWords, parts),
    () => entry.said.includes(query),
    () => squeezed.length > 1 && inOrder(entry.joined, squeezed),
  ];
  const rank = tests.findIndex((test) => test());
  return rank < 0 ? NO_MATCH : rank;
}

function beginWords(words, parts) {
  return parts.length > 0 && parts.every((part) => words.some((word) => word.startsWith(part)));
}

function inOrder(text, letters) {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** "customerService_desk-2" has four words. */
function wordsOf(text) {
  const apart = text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2");
  return apart
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(Boolean)
    .map(fold);
}

/** Where `typed` stands in a name, as [start, end], or null: to print it bold. */
export function matchIn(name, typed) {
  const folded = fold(name);
  const at = folded.indexOf(fold(typed.trim()));
  return at < 0 || folded.length !== name.length ? null : [at, at + typed.trim().length];
}

/** Labels that a text is asked about: places, in the order of the project. */
export function consideredOf(item, project) {
  return item.considered ?? project.labels.map((_, place) => place);
}

/** Whether the model's opinion may be seen beside this text. */
export function isRanked(item) {
  return item.mode !== "none" && item.ranked !== null && item.ranked !== undefined;
}

/** place -> probability, of what may be seen. */
export function probsOf(item) {
  return new Map(isRanked(item) ? item.ranked : []);
}

/** At most nine places for the digits: labels in dispute, then the likeliest, then the first ones. */
export function digitsOf(item, project, { disputed = [] } = {}) {
  const asked = consideredOf(item, project);
  const allowed = new Set(asked);
  const likely = isRanked(item) ? item.ranked.map(([place]) => place) : asked;
  return [...new Set([...disputed, ...likely, ...asked])].filter((place) => allowed.has(place)).slice(0, 9);
}

/** What of the model's opinion stands on the screen, for the record: at most twelve labels. */
export function shownOf(item, project, { disputed = [] } = {}) {
  if (!isRanked(item)) return { mode: "none", labels: [] };
  const probs = probsOf(item);
  const pairs = new Map();
  for (const place of digitsOf(item, project, { disputed }))
    if (probs.has(place)) pairs.set(place, probs.get(place));
  for (const [place, prob] of item.at_stake ?? []) if (!pairs.has(place)) pairs.set(place, prob);
  return { mode: item.mode, labels: [...pairs].slice(0, 12) };
}
