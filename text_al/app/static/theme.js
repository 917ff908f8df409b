// Not a module: it must run before the first paint, or a dark page flashes white.
(() => {
  const KEY = "text-al:theme";
  const ORDER = ["auto", "light", "dark"];

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
  };

  show(ORDER.includes(stored()) ? stored() : "auto");

  window.nextTheme = () => {
    const theme = ORDER[(ORDER.indexOf(document.documentElement.dataset.theme) + 1) % ORDER.length];
    show(theme);
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      /* then it holds until the page is closed */
    }
    return theme;
  };
})();
