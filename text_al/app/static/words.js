/** Words that two texts share, in any script. */

import { fold } from "./labels.js";

const SHORT_SCRIPTS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** [{text, word}]: the text in pieces; `word` is null for what stands between words. */
export function pieces(text) {
  if (!("Segmenter" in Intl)) return split(text);
  const found = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text);
  return Array.from(found, ({ segment, isWordLike }) => ({
    text: segment,
    word: isWordLike ? fold(segment) : null,
  }));
}

/** The words of a text that are worth a highlight: short ones are in every text. */
export function tellingWords(text) {
  return new Set(
    pieces(text)
      .map(({ word }) => word)
      .filter((word) => word !== null && isTelling(word)),
  );
}

function isTelling(word) {
  return word.length >= (SHORT_SCRIPTS.test(word) ? 2 : 4);
}

function split(text) {
  const isWord = /^[\p{L}\p{M}\p{N}]+$/u;
  return text
    .split(/([\p{L}\p{M}\p{N}]+)/u)
    .filter(Boolean)
    .map((part) => ({
      text: part,
      word: isWord.test(part) ? fold(part) : null,
    }));
}
