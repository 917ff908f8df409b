/** What this browser keeps, under names of one project; a browser that refuses to keep anything is no error. */

let space = "text-al";

/** From now on all names belong to this project: answers of one must never be sent to another. */
export function useSpace(name) {
  space = `text-al:${name}`;
}

export function read(key, fallback = null) {
  try {
    const found = localStorage.getItem(`${space}:${key}`);
    return found === null ? fallback : JSON.parse(found);
  } catch {
    return fallback;
  }
}

/** Whether it is kept: not so where storage is full or forbidden. */
export function write(key, value) {
  try {
    localStorage.setItem(`${space}:${key}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function remove(key) {
  try {
    localStorage.removeItem(`${space}:${key}`);
  } catch {
    /* nothing was kept either */
  }
}

/** The names that begin so, in order. */
export function keys(prefix) {
  try {
    const start = `${space}:`;
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(start + prefix))
      .map((key) => key.slice(start.length))
      .sort();
  } catch {
    return [];
  }
}
