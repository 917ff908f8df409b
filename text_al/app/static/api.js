/** Talking to the server: JSON in, JSON out, and one kind of error. */

const PATIENCE = 20_000;

/** The server's refusal (status, code and its sentence), or its silence (status 0, code "offline"). */
export class ApiError extends Error {
  constructor(sentence, { status = 0, code = "offline" } = {}) {
    super(sentence);
    this.status = status;
    this.code = code;
  }

  /** Whether asking again later may help: the server was away, busy, broken, or did not know this browser. */
  get mayPass() {
    return this.status === 0 || this.status >= 500 || this.code === "busy" || AGAIN.has(this.status);
  }

  /** Whether the server does not know this browser (any more). */
  get isLockedOut() {
    return this.status === 401 || this.status === 403;
  }
}

const AGAIN = new Set([401, 403, 408, 421, 425, 429]);

/** `params` may hold lists; what is null is left out. */
export function get(path, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) query.append(name, one);
  }
  const tail = query.size ? `?${query}` : "";
  return ask(path + tail, { cache: "no-store" });
}

/** Goes through even when the page is being closed. */
export function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Text-AL": "1" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), keepalive: true });
}

async function ask(path, options) {
  let reply;
  try {
    reply = await fetch(path, {
      ...options,
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new ApiError("The server does not answer.");
  }
  const found = await reply.json().catch(() => null);
  if (reply.ok && found !== null) return found;
  if (reply.ok) throw new ApiError("The server's answer broke off.");
  throw new ApiError(found?.error ?? `The server answered ${reply.status}.`, {
    status: reply.status,
    code: found?.code ?? "internal",
  });
}
