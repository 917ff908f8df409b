/** How long somebody looked at a text: the time in which the page was hidden does not count. */

export function createClock() {
  let seen = 0;
  let since = null;

  const pause = () => {
    if (since !== null) seen += performance.now() - since;
    since = null;
  };
  const go = () => {
    if (since === null && !document.hidden) since = performance.now();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : go()));

  return {
    restart() {
      seen = 0;
      since = null;
      go();
    },

    /** Seconds, to a tenth. */
    seconds() {
      const running = since === null ? 0 : performance.now() - since;
      return Math.round((seen + running) / 100) / 10;
    },
  };
}

/** The time of day, as this browser writes it: 12:03:22. */
export function timeOfDay(moment) {
  return moment.toLocaleTimeString(undefined, { hour12: false });
}
