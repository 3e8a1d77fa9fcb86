/* Draws the charts; text in them follows the page, light, dark or printed. */
(() => {
  "use strict";
  const figures = JSON.parse(document.getElementById("charts").textContent);
  const config = { displayModeBar: false, showLink: false };
  const PRINTED_PX = 660; // between the margins of A4
  const PAUSE_MS = 150; // after the last change of the window's size
  let waiting = 0;
  let width = 0;

  /* All anew: a chart that is only resized keeps a legend that was laid out for its old width. */
  const paint = (look) => figures.forEach((figure, number) => {
    const layout = structuredClone(figure.layout);
    Object.assign(layout, { autosize: true }, look.width ? { width: look.width } : {});
    layout.font = { ...layout.font, color: look.ink };
    Plotly.newPlot(`chart-${number}`, structuredClone(figure.data), layout, config);
  });
  const onScreen = () => {
    width = window.innerWidth;
    paint({ ink: getComputedStyle(document.body).color });
  };

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onScreen);
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (window.innerWidth !== width) onScreen(); }, PAUSE_MS);
  });
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((one) => { one.open = true; });
    paint({ ink: "#16191d", width: PRINTED_PX });
  });
  window.addEventListener("afterprint", onScreen);
  onScreen();
  document.body.dataset.drawn = String(figures.length);
})();
