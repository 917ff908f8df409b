/** The search field and what it finds; below it, what the label under discussion means. */

import { byId, el, labelName, replace } from "./dom.js";
import { consideredOf, indexOf, matchIn, probsOf, search } from "./labels.js";

const MOST = 40; // matches drawn; whoever needs more of them types another letter

export function createSearchView(store, { toggle }) {
  const field = byId("search");
  let index = [];
  let found = [];

  store.on(["project"], ({ project }) => {
    index = indexOf(project.labels);
  });
  field.addEventListener("input", () => store.set({ query: field.value, cursor: -1 }));

  store.on(["query", "item"], (state) => {
    if (field.value !== state.query) field.value = state.query;
    found = state.item ? find(state, index) : [];
  });
  store.on(
    ["query", "item", "cursor", "selection"],
    (state) => state.item && showFound(state, found, toggle),
  );
  store.on(
    ["query", "item", "cursor", "about", "selection"],
    (state) => state.item && showAbout(state, chosen()),
  );

  /** The place that Enter would toggle, or undefined. */
  function chosen() {
    return found[Math.max(0, store.state.cursor)];
  }

  function move(step) {
    const many = Math.min(found.length, MOST);
    if (many) store.set({ cursor: (Math.max(0, store.state.cursor) + step + many) % many });
    return many > 0;
  }

  return { chosen, move };
}

function find({ query, item, project }, index) {
  const allowed = new Set(consideredOf(item, project));
  return search(index, query.replace(/^\//, ""), { allowed, probs: probsOf(item) });
}

function showFound({ query, cursor, selection, project }, found, toggle) {
  const list = byId("found");
  const isOpen = query !== "";
  const at = Math.max(0, cursor);
  byId("labels").dataset.searching = String(isOpen);
  list.hidden = !isOpen;
  byId("search").setAttribute("aria-expanded", String(isOpen && found.length > 0));
  const on = new Set(selection.ticked);
  const options = found
    .slice(0, isOpen ? MOST : 0)
    .map((place, rank) => optionOf(place, { rank, at, on, query, project, toggle }));
  replace(list, options);
  const active = options[at];
  if (active) byId("search").setAttribute("aria-activedescendant", active.id);
  else byId("search").removeAttribute("aria-activedescendant");
  active?.scrollIntoView({ block: "nearest" });
}

function optionOf(place, { rank, at, on, query, project, toggle }) {
  const label = project.labels[place];
  return el(
    "div",
    {
      id: `option-${place}`,
      role: "option",
      class: "option",
      "aria-selected": String(on.has(place)),
      "data-at": String(rank === at),
      "data-label": place,
      onclick: () => toggle(place),
    },
    el("i", { class: "tick" }),
    marked(label.name, query.replace(/^\//, "")),
    el("span", { class: "meaning", dir: "auto" }, label.description ?? ""),
  );
}

function marked(name, typed) {
  const match = matchIn(name, typed);
  if (!match || match[0] === match[1]) return labelName(name);
  const [start, end] = match;
  return el(
    "bdi",
    { class: "label-name" },
    name.slice(0, start),
    el("b", {}, name.slice(start, end)),
    name.slice(end),
  );
}

/** What the label under the pointer, in focus, or best matching means. */
function showAbout({ about, query, item, project, selection }, best) {
  const node = byId("about");
  const place = about ?? (query ? best : undefined);
  if (place === undefined && query)
    return replace(
      node,
      query === "/" ? "Digits and signs search too now." : "No label matches. Esc clears.",
    );
  if (place === undefined) {
    const count = consideredOf(item, project).length;
    return replace(node, el("span", { class: "muted" }, `${count} labels. Letters search, digits tick.`));
  }
  const { name, description, examples } = project.labels[place];
  const verb = selection.ticked.includes(place) ? "Enter unticks " : "Enter ticks ";
  const lead =
    about === null && query ? el("span", { class: "muted" }, el("span", { class: "verb" }, verb)) : null;
  const such = examples?.length
    ? el(
        "span",
        { class: "muted" },
        " e.g. ",
        examples.map((one) => el("q", { dir: "auto" }, one)),
      )
    : null;
  replace(
    node,
    lead,
    el("strong", {}, labelName(name)),
    description ? el("span", { dir: "auto" }, ` ${description}`) : null,
    such,
  );
}
