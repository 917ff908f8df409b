/** The curve of quality as a drawing, and as a table for whoever cannot see one. */

import { el, svg } from "./dom.js";

const [WIDTH, HEIGHT] = [320, 150];
const SIDE = { left: 34, right: 12, top: 12, bottom: 24 };

let drawn = 0;

/** @param curve {metric, points: [[labelled texts, value in 0..1], ...]} */
export function drawCurve({ metric, points }) {
  if (points.length === 0)
    return el("p", { class: "muted" }, "The curve begins when the first model is trained.");
  const id = `curve-${(drawn += 1)}`;
  const [last, before] = [points.at(-1), points.at(-2)];
  const words = `${metric}: ${value(last[1])} after ${count(last[0])} labelled texts${before ? changeOf(last, before) : ""}.`;
  return el(
    "figure",
    { class: "curve" },
    el("figcaption", {}, el("span", { dir: "auto" }, metric), el("strong", {}, value(last[1]))),
    picture(points, { id, metric, words }),
    table(metric, points),
  );
}

function picture(points, { id, metric, words }) {
  const x = scaleOf(
    points.map(([n]) => n),
    [SIDE.left, WIDTH - SIDE.right],
  );
  const levels = levelsOf(points.map(([, v]) => v));
  const y = scaleOf([levels[0], levels.at(-1)], [HEIGHT - SIDE.bottom, SIDE.top]);
  const path = points.map(([n, v], at) => `${at ? "L" : "M"}${x(n).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const ends = points.length > 1 ? [points[0], points.at(-1)] : [points[0]];
  const floor = HEIGHT - SIDE.bottom;
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-labelledby": `${id}-title ${id}-desc` },
    svg("title", { id: `${id}-title` }, `Quality so far: ${metric}`),
    svg("desc", { id: `${id}-desc` }, words),
    levels.map((level) => [
      svg("line", { class: "grid", x1: SIDE.left, x2: WIDTH - SIDE.right, y1: y(level), y2: y(level) }),
      svg("text", { class: "axis", x: SIDE.left - 6, y: y(level) + 3.5, "text-anchor": "end" }, short(level)),
    ]),
    ends.map(([n], at) =>
      svg("text", { class: "axis", x: x(n), y: HEIGHT - 8, "text-anchor": at ? "end" : "start" }, count(n)),
    ),
    svg("path", {
      class: "area",
      d: `${path}L${x(points.at(-1)[0]).toFixed(1)} ${floor}L${x(points[0][0]).toFixed(1)} ${floor}Z`,
    }),
    svg("path", { class: "line", d: path }),
    points.map(([n, v], at) =>
      svg(
        "circle",
        {
          class: at === points.length - 1 ? "dot last" : "dot",
          cx: x(n),
          cy: y(v),
          r: at === points.length - 1 ? 4 : 2.2,
        },
        svg("title", {}, `${count(n)} texts: ${value(v)}`),
      ),
    ),
  );
}

function table(metric, points) {
  const rows = points.map(([n, v]) => el("tr", {}, el("td", {}, count(n)), el("td", {}, value(v))));
  const head = el("tr", {}, el("th", { scope: "col" }, "Labelled texts"), el("th", { scope: "col" }, metric));
  return el(
    "details",
    { class: "as-table" },
    el("summary", {}, "As a table"),
    el("table", {}, el("thead", {}, head), el("tbody", {}, rows)),
  );
}

function scaleOf(values, [from, to]) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return (one) => (high === low ? (from + to) / 2 : from + ((one - low) / (high - low)) * (to - from));
}

/** Three to five round levels that hold all values. */
function levelsOf(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5].find(
      (one) => Math.ceil(high / one) - Math.floor(low / one) <= 4,
    ) ?? 1;
  const [first, last] = [
    Math.floor(low / step),
    Math.max(Math.ceil(high / step), Math.floor(low / step) + 1),
  ];
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * step);
}

function changeOf([, now], [, then]) {
  const by = now - then;
  return Math.abs(by) < 0.0005
    ? ", as before"
    : `, ${by > 0 ? "up" : "down"} ${Math.abs(by).toFixed(3)} from the round before`;
}

const value = (number) => number.toFixed(3);
const short = (number) => number.toFixed(2).replace(/^0(?=\.)/, "");
const count = (number) => number.toLocaleString("en");
