/** Two small windows: who is labelling, and what the keys do. */

import { button, el } from "./dom.js";
import { KEYS } from "./keyboard.js";

const LONGEST = 60;

/** Asks for a name; resolves to it, or to "" where the person closed the window. */
export function askName({ now, others, suggested }) {
  return new Promise((resolve) => {
    const field = el("input", {
      id: "name",
      type: "text",
      maxlength: LONGEST,
      autocomplete: "off",
      spellcheck: "false",
      dir: "auto",
      value: now || suggested,
      required: true,
    });
    const problem = el("p", { class: "problem", role: "alert" });
    const known = others
      .filter((name) => name !== now)
      .map((name) => button(name, () => close(name), { class: "small" }));
    const form = el(
      "form",
      { method: "dialog", class: "sheet", novalidate: true },
      el("h2", {}, now ? "Change the annotator" : "Who is labelling?"),
      el("label", { for: "name" }, "Your name"),
      field,
      problem,
      known.length
        ? el("div", { class: "known" }, el("span", { class: "muted" }, "Or one who was here:"), known)
        : null,
      el(
        "p",
        { class: "muted" },
        "It goes with each of your answers, so that several people can label and be compared. It stays in this browser and in the run's folder.",
      ),
      el(
        "div",
        { class: "choices" },
        now ? button("Cancel", () => close("")) : null,
        el("button", { type: "submit", class: "primary" }, "Begin"),
      ),
    );
    const dialog = open(form, "Annotator", () => resolve(""));

    function close(name) {
      resolve(name);
      dialog.close();
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = field.value.trim();
      problem.textContent = problemOf(name);
      if (!problem.textContent) close(name);
    });
    field.select();
  });
}

function problemOf(name) {
  if (!name) return "Please write a name.";
  return /^llm:/i.test(name) ? "Names that begin with llm: are those of programs." : "";
}

export function showHelp() {
  const rows = KEYS.map(([keys, words]) =>
    el(
      "tr",
      {},
      el(
        "th",
        { scope: "row" },
        keys.split("  ").map((key) => el("kbd", {}, key)),
      ),
      el("td", {}, words),
    ),
  );
  open(
    el(
      "form",
      { method: "dialog", class: "sheet help" },
      el("h2", {}, "Keys"),
      el("table", {}, el("tbody", {}, rows)),
      el(
        "p",
        { class: "muted" },
        "Signs and digits act while the search is empty. Everything can be done by mouse or touch as well. Percentages are a model's opinion: decide first, then look.",
      ),
      el(
        "div",
        { class: "choices" },
        el("button", { type: "submit", class: "primary", autofocus: true }, "Close"),
      ),
    ),
    "Keys",
  );
}

function open(form, name, closed = () => {}) {
  const dialog = el("dialog", { "aria-label": name }, form);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
