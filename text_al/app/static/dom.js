/** Elements made by hand. Data enters the page as text nodes and attributes only, never as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element; `props` are attributes, or listeners where their name begins with "on". */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

/** A button that is no form's; `keys` is shown on it as the key that does the same. */
export function button(text, onclick, { keys = "", ...props } = {}) {
  const cap = keys ? el("kbd", { "aria-hidden": "true" }, keys) : null;
  const name = keys ? { "aria-keyshortcuts": SPOKEN[keys] ?? keys } : {};
  return el("button", { type: "button", onclick, ...name, ...props }, el("span", {}, text), cap);
}

/** A label's name, kept from turning the text around it. */
export function labelName(name) {
  return el("bdi", { class: "label-name" }, name);
}

export function replace(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(isThere));
}

export function byId(id) {
  return document.getElementById(id);
}

const SPOKEN = { "↵": "Enter", "←": "ArrowLeft", Esc: "Escape" };

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (!isThere(value)) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter(isThere));
  return node;
}

function isThere(value) {
  return value !== null && value !== undefined && value !== false;
}
