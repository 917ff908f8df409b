/** A small part of Markdown, straight to nodes: headings, lists, quotes, code, bold, italics. No links, no HTML. */

import { el } from "./dom.js";

/** The nodes of a Markdown source; whatever it does not know stays as it was written. */
export function render(source) {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const [, read] = KINDS.find(([pattern]) => pattern.test(lines[at]));
    const [node, next] = read(lines, at);
    if (node) blocks.push(node);
    at = next;
  }
  return blocks;
}

const HEADING = /^(#{1,6})\s+(.*?)\s*#*\s*$/;
const FENCE = /^\s*(```|~~~)/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBER = /^\s*\d+[.)]\s+(.*)$/;
const QUOTE = /^\s*>\s?(.*)$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const BLANK = /^\s*$/;

const KINDS = [
  [BLANK, (_, at) => [null, at + 1]],
  [RULE, (_, at) => [el("hr"), at + 1]],
  [HEADING, heading],
  [FENCE, code],
  [BULLET, (lines, at) => list(lines, at, "ul", BULLET)],
  [NUMBER, (lines, at) => list(lines, at, "ol", NUMBER)],
  [QUOTE, quote],
  [/^/, paragraph],
];

function heading(lines, at) {
  const [, marks, text] = HEADING.exec(lines[at]);
  const level = Math.min(6, marks.length + 2); // the page has its own first two levels
  return [el(`h${level}`, { dir: "auto" }, inline(text)), at + 1];
}

function code(lines, at) {
  let end = at + 1;
  while (end < lines.length && !FENCE.test(lines[end])) end += 1;
  return [el("pre", {}, el("code", {}, lines.slice(at + 1, end).join("\n"))), end + 1];
}

function list(lines, at, tag, pattern) {
  const items = [];
  let next = at;
  for (; next < lines.length && !BLANK.test(lines[next]); next += 1) {
    const found = pattern.exec(lines[next]);
    if (found) items.push([found[1]]);
    else if (/^\s/.test(lines[next])) items.at(-1).push(lines[next].trim());
    else break;
  }
  return [
    el(
      tag,
      { dir: "auto" },
      items.map((words) => el("li", { dir: "auto" }, inline(words.join(" ")))),
    ),
    next,
  ];
}

function quote(lines, at) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => QUOTE.exec(line)[1]);
  return [el("blockquote", { dir: "auto" }, render(inner.join("\n"))), end];
}

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && KINDS.findIndex(([pattern]) => pattern.test(lines[end])) === KINDS.length - 1)
    end += 1;
  return [el("p", { dir: "auto" }, inline(lines.slice(at, end).join(" "))), end];
}

const SPANS =
  /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*](?:.*?[^\s*])?)\*|(?<![\p{L}\p{N}])_([^\s_](?:.*?[^\s_])?)_(?![\p{L}\p{N}])/gu;

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(SPANS)) {
    const [whole, , verbatim, bold, bold2, italic, italic2] = found;
    if (found.index > last) nodes.push(text.slice(last, found.index));
    if (verbatim !== undefined) nodes.push(el("code", {}, verbatim.trim()));
    else if (bold ?? bold2) nodes.push(el("strong", {}, inline(bold ?? bold2)));
    else nodes.push(el("em", {}, inline(italic ?? italic2)));
    last = found.index + whole.length;
  }
  if (last < text.length) nodes.push(text.slice(last));
  return nodes;
}
