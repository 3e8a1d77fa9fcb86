// In every document before its own scripts: when is a page of ours usable, and what did a refresh
// of it cost. `window.evolve` is only there in tests and measurements.
(() => {
  // What is in a part that is folded up is not waited for.
  const shown = (found) => found.checkVisibility({ visibilityProperty: true });
  const all = (within, selector) => [...within.querySelectorAll(selector)];

  // Why the page is not usable yet; null when it is.
  const missing = (title) => {
    const app = document.querySelector('[data-testid="stApp"]');
    if (!app) return "no app";
    if (app.dataset.testConnectionState !== "CONNECTED") return "not connected";
    if (app.dataset.testScriptState !== "notRunning") return "running";
    const heads = all(app, "h1").filter(shown).map((h) => h.textContent.trim());
    if (title ? !heads.includes(title) : !heads.length) return "title";
    if (all(app, '[data-testid="stAppSkeleton"], [data-testid="stSkeleton"]').some(shown))
      return "skeleton";
    if (all(app, '[data-stale="true"]').some(shown)) return "stale";
    if (all(app, '[data-testid="stSpinner"]').some(shown)) return "spinner";
    for (const chart of all(app, '[data-testid="stPlotlyChart"]').filter(shown)) {
      const plot = chart.querySelector(".js-plotly-plot");
      if (!plot || !plot._fullLayout || !plot.querySelector(".main-svg")) return "chart";
      if (plot.calcdata === undefined) return "chart's data";
    }
    for (const table of all(app, '[data-testid="stDataFrame"]').filter(shown)) {
      const canvas = table.querySelector("canvas");
      if (!canvas || !canvas.width || !canvas.height) return "table";
    }
    for (const part of all(app, '[data-testid^="stBidiComponent"]').filter(shown)) {
      const root = part.shadowRoot || part;
      if (!root.childElementCount && !all(root, "*").some((e) => e.shadowRoot)) return "component";
    }
    return null;
  };

  // Milliseconds (of performance.now) at which the page became usable and then stayed so for 300.
  const usable = (title) =>
    new Promise((done) => {
      let since = null;
      const look = () => {
        const why = missing(title);
        window.evolve.why = why;
        if (why !== null) since = null;
        else if (since === null) since = performance.now();
        else if (performance.now() - since > 300) return done(since);
        requestAnimationFrame(look);
      };
      look();
    });

  // Resolves when the page is usable and has not changed for so long, or at the latest then.
  const still = (quiet, most) =>
    new Promise((done) => {
      const begun = performance.now();
      const look = () => {
        const now = performance.now();
        const last = Math.max(begun, log.changes.at(-1) ?? 0);
        if ((now - last > quiet && !missing(null)) || now - begun > most) done();
        else requestAnimationFrame(look);
      };
      look();
    });

  const log = { sent: [], frames: [], changes: [], tasks: [], clicks: [] };
  window.evolve = { missing, usable, still, log, why: null };
  window.addEventListener("click", () => log.clicks.push(performance.now()), true);
  new PerformanceObserver((list) => {
    for (const e of list.getEntries()) log.tasks.push([e.startTime, e.duration]);
  }).observe({ type: "longtask", buffered: true });
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", (event) => {
        const data = event.data;
        log.frames.push([performance.now(), data.byteLength ?? data.size ?? data.length]);
      });
    }
    send(data) {
      log.sent.push(performance.now());
      return super.send(data);
    }
  };
  const watch = () =>
    new MutationObserver(() => log.changes.push(performance.now())).observe(document, {
      subtree: true, childList: true, attributes: true, characterData: true,
    });
  watch();
})();
