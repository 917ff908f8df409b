/** Visible words whose colour stands out from what is behind them by less than 4.5 to 1 (3 to 1 where large). */
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((one, at) => one * a + under[at] * (1 - a));
  const behind = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const colour = rgba(getComputedStyle(one).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour
      .map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);

  const root = document.querySelector("dialog[open]") ?? document.body;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const poor = [];
  while (walker.nextNode()) {
    const words = walker.currentNode.textContent.trim();
    const node = walker.currentNode.parentElement;
    if (
      !words ||
      !node.checkVisibility({ visibilityProperty: true }) ||
      node.closest("[aria-hidden=true], .unseen, noscript, svg")
    )
      continue;
    const style = getComputedStyle(node);
    const large = parseFloat(style.fontSize) >= 24;
    const backs = [behind(node)];
    const level = node.closest(".likely-label")?.querySelector(".level"); // lies under the words, beside the tree
    if (level) backs.push(over(rgba(getComputedStyle(level).backgroundColor), backs[0]));
    for (const back of backs) {
      const found = ratio(over(rgba(style.color), back), back);
      if (found < (large ? 3 : 4.5)) poor.push(`${found.toFixed(2)} ${words.slice(0, 40)}`);
    }
  }
  return poor;
};
