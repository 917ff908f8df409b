/** Which key does what. Letters always search, so that no command can stand in a label's way. */

/** For the help page: [keys, what they do]. */
export const KEYS = [
  ["Enter", "save, and on to the next text; tick the best match while searching"],
  ["1 … 9", "tick or untick the label beside the digit (Alt and the digit: also while searching)"],
  ["a … z", "search the labels, in any script"],
  ["/", "search by digits or signs too, as in /404"],
  ["↑ ↓", "choose another match"],
  ["Esc", "clear the search; leave a correction"],
  ["0", "no label applies"],
  ["Backspace", "untick the label that was ticked last"],
  ["←  Ctrl+Z", "take the last answer back"],
  [".", "skip: somebody may get it later"],
  [",", "unsure: seen, but it cannot be decided"],
  ["-", "reject: no text of this corpus"],
  ["+", "write a note"],
  ["=", "similar labelled texts"],
  ["Space", "scroll a long text"],
  ["?", "this page"],
];

const SIGNS = {
  ".": "skip",
  ",": "unsure",
  "-": "reject",
  "+": "note",
  "=": "similar",
  "?": "help",
  0: "none",
  " ": "scroll",
};
const NAMED = {
  Enter: "enter",
  Escape: "escape",
  Backspace: "backspace",
  ArrowLeft: "undo",
  ArrowUp: "up",
  ArrowDown: "down",
};
const WHILE_TYPING = new Set(["enter", "escape", "up", "down"]);

/**
 * The command of a key, as {name, digit}, or null where the key is left to the browser.
 *
 * @param key as in KeyboardEvent: key, code, ctrlKey, metaKey, altKey, shiftKey.
 * @param query what stands in the search field.
 */
export function commandOf(key, query) {
  if (key.altKey && !key.ctrlKey && /^Digit[1-9]$/.test(key.code))
    return { name: "digit", digit: Number(key.code[5]) };
  if ((key.ctrlKey || key.metaKey) && !key.altKey && key.key.toLowerCase() === "z" && !query)
    return { name: "undo" };
  if (key.ctrlKey || key.metaKey || key.altKey) return null;
  if (key.key in NAMED) {
    const name = NAMED[key.key];
    return !query || WHILE_TYPING.has(name) ? { name } : null;
  }
  if (query || [...key.key].length !== 1) return null;
  const sign = plain(key.key);
  if (/^[1-9]$/.test(sign)) return { name: "digit", digit: Number(sign) };
  return sign in SIGNS ? { name: SIGNS[sign], backwards: key.shiftKey } : null;
}

/** Whether a key writes a character, so that it belongs into the search field. */
export function isWriting(key) {
  return !key.ctrlKey && !key.metaKey && !key.altKey && [...key.key].length === 1 && key.key !== " ";
}

const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10]; // Arabic, Persian, Devanagari, Bengali, Thai, full-width

/** Digits of any script, and full-width signs, as their plain ones. */
function plain(character) {
  const code = character.codePointAt(0);
  const zero = ZEROS.find((start) => code >= start && code <= start + 9);
  return zero === undefined ? character.normalize("NFKC") : String(code - zero);
}

/**
 * Hands keys to `act`: (command, event) -> whether it did something with it.
 *
 * Left alone are: dialogs, fields other than the search field, keys in the middle of an input method's work, and
 * Enter and arrows on a control that has a use for them itself.
 */
export function listen({ search, query, act }) {
  addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
    if (document.querySelector("dialog[open]") || (isField(target) && target !== search)) return;
    const command = commandOf(event, query());
    if (command && !ownUse(target, command, event)) {
      if (event.repeat && REPEATS_HARM.has(command.name)) event.preventDefault();
      else if (act(command, event)) event.preventDefault();
    } else if (!command && isWriting(event) && target !== search && !search.disabled) search.focus();
  });
}

const REPEATS_HARM = new Set(["enter", "digit", "none", "skip", "unsure", "reject", "undo"]);

function isField(node) {
  return node.matches?.("input, textarea, select") === true;
}

function ownUse(target, { name }, { key }) {
  if (target.closest?.("[role=checkbox]")) return key === " " || key.startsWith("Arrow");
  const isControl = target.closest?.("button, summary, a[href]") !== null && target.closest !== undefined;
  return isControl && (name === "enter" || name === "scroll");
}
