// Parallel coordinates with brushes: a line per trial, an axis per gene and one for the score.
//
// data: {axes, rows, brushes, count, colours}, as ui/parallel.py makes it. What is brushed is
// faded here at once, and sent when the drag ends; `count` counts what was brushed, so that an
// answer that is older than the last drag does not undo it. Names are other people's text: they
// are only ever set as textContent.
//
// For tests: data-testid "parallel" (data-lines: drawn, data-inside: of these not faded),
// "parallel-axis" (data-axis: its name, data-low and data-high where it is brushed) and, inside
// it, "parallel-brush".

const HEIGHT = 300;
const ROOM = { top: 62, bottom: 34, side: 58, axis: 76 };
const SHOWN = { passes: 0.6, few: 0.95, faded: 0.1 };
const FEW = 120; // lines, which need not let others shine through
const SCORED = 1; // states, as in ui/columns.py: asked, done, pruned, failed
const STOPPED = 2;

export default function ({ data, parentElement, setStateValue }) {
  const box = parentElement.querySelector(".parallel");
  const old = box.kept;
  const chart = old || { count: -1, brushes: {} };
  box.kept = chart;
  chart.send = setStateValue;
  chart.data = data;
  if (data.count >= chart.count) {
    chart.count = data.count;
    chart.brushes = { ...data.brushes };
  }
  if (!chart.dragging) build(box, chart);
  const resized = new ResizeObserver(() => {
    if (box.clientWidth !== chart.width && !chart.dragging) build(box, chart);
  });
  resized.observe(box);
  // The theme is changed without a call: the colours of the page are looked at again.
  const theme = getComputedStyle(box);
  const looked = setInterval(() => theme.color !== chart.ink && draw(box, chart), 1000);
  return () => {
    resized.disconnect();
    clearInterval(looked);
  };
}

function build(box, chart) {
  const { axes } = chart.data;
  const active = box.querySelector(".axis:focus-visible");
  const focused = active ? active.dataset.axis : undefined;
  const scrolled = box.scrollLeft;
  chart.width = box.clientWidth;
  const wide = Math.max(chart.width, 2 * ROOM.side + (axes.length - 1) * ROOM.axis);
  const gap = axes.length > 1 ? (wide - 2 * ROOM.side) / (axes.length - 1) : 0;
  chart.x = axes.map((_, i) => ROOM.side + i * gap);
  chart.wide = wide;
  const plot = made("div", "plot");
  plot.style.cssText = `width:${wide}px;height:${HEIGHT + ROOM.top + ROOM.bottom}px`;
  const canvas = made("canvas", "");
  canvas.dataset.testid = "parallel-lines";
  canvas.setAttribute("aria-hidden", "true");
  plot.append(canvas);
  axes.forEach((axis, i) => plot.append(...parts(box, chart, axis, i, Math.max(gap, 60))));
  const hint = made("div", "hint");
  hint.hidden = true;
  plot.append(hint);
  plot.addEventListener("pointermove", (event) => point(event, box, chart, hint));
  plot.addEventListener("pointerleave", () => (hint.hidden = true));
  box.replaceChildren(plot);
  box.scrollLeft = scrolled;
  if (focused !== undefined) {
    const again = [...box.querySelectorAll(".axis")].find((a) => a.dataset.axis === focused);
    if (again) again.focus({ preventScroll: true });
  }
  draw(box, chart);
}

// The name, the ticks and the axis itself, which takes the brush.
function parts(box, chart, axis, i, gap) {
  const name = made("div", "name");
  name.style.cssText = `left:${chart.x[i]}px;bottom:${HEIGHT + ROOM.bottom + 10}px`;
  name.style.width = `${Math.min(gap, 2 * ROOM.side) - 8}px`;
  axis.label.split(".").forEach((part, n) => {
    if (n) name.append(".", document.createElement("wbr"));
    name.append(part);
  });
  name.title = axis.label;
  const bar = made("div", "axis");
  bar.dataset.testid = "parallel-axis";
  bar.dataset.axis = axis.name;
  bar.style.cssText = `left:${chart.x[i]}px;top:${ROOM.top}px;height:${HEIGHT}px`;
  bar.tabIndex = 0;
  bar.setAttribute("role", "slider");
  bar.setAttribute("aria-orientation", "vertical");
  bar.setAttribute("aria-label", `${axis.label}: arrow keys move the range, with shift its upper end; Delete clears it`);
  bar.addEventListener("pointerdown", (event) => drag(event, box, chart, bar, axis));
  bar.addEventListener("keydown", (event) => typed(event, box, chart, bar, axis));
  place(bar, axis, chart);
  return [name, bar, ...ticks(axis, chart.x[i], gap)];
}

function ticks(axis, x, gap) {
  const marks = axis.choices.length
    ? axis.choices.map((choice, n) => [n, choice])
    : [0, 0.25, 0.5, 0.75, 1].map((u) => [value(axis, u), number(value(axis, u))]);
  if (axis.absent) marks.push([null, "none"]);
  return marks.map(([at, text]) => {
    const tick = made("div", "tick", text);
    tick.style.cssText = `left:${x + 7}px;top:${y(axis, at)}px;max-width:${gap - 14}px`;
    return tick;
  });
}

function place(bar, axis, chart) {
  const range = chart.brushes[axis.name];
  bar.replaceChildren();
  bar.setAttribute("aria-valuemin", axis.low);
  bar.setAttribute("aria-valuemax", axis.high);
  bar.setAttribute("aria-valuenow", range ? range[0] : axis.low);
  bar.setAttribute("aria-valuetext", range ? `${number(range[0])} to ${number(range[1])}` : "all");
  if (!range) {
    delete bar.dataset.low;
    delete bar.dataset.high;
    return;
  }
  [bar.dataset.low, bar.dataset.high] = range;
  const brush = made("div", "brush");
  brush.dataset.testid = "parallel-brush";
  const [low, high] = ends(axis, range);
  brush.style.cssText = `top:${(1 - high) * HEIGHT}px;height:${Math.max(4, (high - low) * HEIGHT)}px`;
  const [top, bottom] = [made("div", "end"), made("div", "end")];
  top.style.top = "-4px";
  bottom.style.bottom = "-4px";
  brush.append(top, bottom);
  bar.append(brush);
}

// A new range, a moved one, or one end of it moved; a click without a drag clears.
function drag(event, box, chart, bar, axis) {
  if (event.button !== 0) return;
  bar.setPointerCapture(event.pointerId);
  const at = (e) => 1 - (e.clientY - bar.getBoundingClientRect().top) / HEIGHT;
  const before = chart.brushes[axis.name];
  const start = at(event);
  const [low, high] = before ? ends(axis, before) : [start, start];
  const edge = 7 / HEIGHT;
  const kind =
    before && Math.abs(start - high) < edge ? "high"
    : before && Math.abs(start - low) < edge ? "low"
    : before && start > low && start < high ? "move" : "new";
  let moved = false;
  chart.dragging = true;
  const move = (e) => {
    const now = at(e);
    if (!moved && Math.abs(now - start) * HEIGHT < 4) return;
    moved = true;
    const by = Math.min(1 - high, Math.max(-low, now - start));
    const range =
      kind === "high" ? [low, now] : kind === "low" ? [now, high]
      : kind === "move" ? [low + by, high + by] : [start, now];
    set(box, chart, bar, axis, range);
  };
  const end = () => {
    bar.removeEventListener("pointermove", move);
    bar.removeEventListener("pointerup", end);
    bar.removeEventListener("pointercancel", end);
    chart.dragging = false;
    if (!moved && before) set(box, chart, bar, axis, null);
    if (moved || before) send(chart);
  };
  bar.addEventListener("pointermove", move);
  bar.addEventListener("pointerup", end);
  bar.addEventListener("pointercancel", end);
}

function typed(event, box, chart, bar, axis) {
  const up = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
  const range = chart.brushes[axis.name];
  if (["Delete", "Backspace", "Escape"].includes(event.key) && range) {
    set(box, chart, bar, axis, null);
  } else if (up) {
    const step = (up * (axis.choices.length ? 1 : 0.05)) / (axis.choices.length || 1);
    const [low, high] = range ? ends(axis, range) : [0, 1];
    if (!range) set(box, chart, bar, axis, up > 0 ? [0.5, 1] : [0, 0.5]);
    else if (event.shiftKey) set(box, chart, bar, axis, [low, Math.max(low + Math.abs(step), high + step)]);
    else if (low + step > -1e-9 && high + step < 1 + 1e-9) set(box, chart, bar, axis, [low + step, high + step]);
  } else return;
  event.preventDefault();
  clearTimeout(chart.waiting);
  chart.waiting = setTimeout(() => send(chart), 500);
  chart.count += 1; // what is on its way back is older than this
}

function send(chart) {
  clearTimeout(chart.waiting);
  chart.count += 1;
  chart.send("brushed", { count: chart.count, brushes: { ...chart.brushes } });
}

// range: two places from 0 (bottom) to 1, or null; of choices whole steps are taken.
function set(box, chart, bar, axis, range) {
  if (range === null) delete chart.brushes[axis.name];
  else {
    let [low, high] = [Math.min(...range), Math.max(...range)].map((u) => Math.min(1, Math.max(0, u)));
    const count = axis.choices.length;
    if (count) {
      const first = Math.min(count - 1, Math.floor(low * count + 1e-6));
      const last = Math.max(first, Math.ceil(high * count - 1e-6) - 1);
      chart.brushes[axis.name] = [first - 0.5, last + 0.5];
    } else chart.brushes[axis.name] = [low, high].map((u) => Number(value(axis, u).toPrecision(4)));
  }
  place(bar, axis, chart);
  draw(box, chart);
}

function draw(box, chart) {
  const { axes, rows } = chart.data;
  const canvas = box.querySelector("canvas");
  if (!canvas) return;
  chart.ink = getComputedStyle(box).color;
  const tall = HEIGHT + ROOM.top + ROOM.bottom;
  const dense = window.devicePixelRatio || 1;
  canvas.width = chart.wide * dense;
  canvas.height = tall * dense;
  canvas.style.cssText = `width:${chart.wide}px;height:${tall}px`;
  const pen = canvas.getContext("2d");
  pen.scale(dense, dense);
  chart.lines = rows.map((row) => ({ row, inside: inside(row, axes, chart.brushes) }));
  chart.lines.sort((a, b) => a.inside - b.inside || (a.row.score ?? -1e9) - (b.row.score ?? -1e9));
  const kept = chart.lines.filter((line) => line.inside).length;
  for (const { row, inside } of chart.lines) {
    pen.globalAlpha = inside ? (kept < FEW ? SHOWN.few : SHOWN.passes) : SHOWN.faded;
    pen.strokeStyle = inside && row.score !== null ? colour(row.score, chart.data) : chart.ink;
    pen.lineWidth = inside ? 1.3 : 1;
    pen.setLineDash(row.state === SCORED ? [] : row.state === STOPPED ? [5, 3] : [1, 3]);
    pen.beginPath();
    row.values.forEach((v, i) => {
      if (v === null && !axes[i].absent) return;
      pen.lineTo(chart.x[i], spread(axes[i], v, row));
    });
    pen.stroke();
  }
  box.dataset.lines = rows.length;
  box.dataset.inside = kept;
}

function inside(row, axes, brushes) {
  return row.passes && axes.every((axis, i) => {
    const range = brushes[axis.name];
    const v = row.values[i];
    return !range || (v !== null && v >= range[0] && v <= range[1]);
  });
}

// The nearest line is named and its score told.
function point(event, box, chart, hint) {
  const spot = event.currentTarget.getBoundingClientRect();
  const [px, py] = [event.clientX - spot.left, event.clientY - spot.top];
  const right = chart.x.findIndex((x) => x >= px);
  let best = null;
  if (!chart.dragging && right > 0) {
    const { axes } = chart.data;
    const at = (i, v, line) => spread(axes[i], v, line.row);
    const part = (px - chart.x[right - 1]) / (chart.x[right] - chart.x[right - 1]);
    for (const line of chart.lines.filter((l) => l.inside)) {
      const [a, b] = [line.row.values[right - 1], line.row.values[right]];
      if ((a === null && !axes[right - 1].absent) || (b === null && !axes[right].absent)) continue;
      const away = Math.abs(at(right - 1, a, line) * (1 - part) + at(right, b, line) * part - py);
      if (away < 5 && (!best || away <= best.away)) best = { away, row: line.row };
    }
  }
  hint.hidden = !best;
  if (!best) return;
  const score = best.row.score === null ? "no score" : `score ${best.row.score.toFixed(3)}`;
  hint.textContent = `trial ${best.row.number}: ${score}`;
  hint.style.left = `${Math.min(px + 12, chart.wide - 150)}px`;
  hint.style.top = `${py - 30}px`;
}

// From 0, at the bottom of an axis, to 1 and back.
function unit(axis, v) {
  if (axis.choices.length) return (v + 0.5) / axis.choices.length;
  if (axis.high === axis.low) return 0.5;
  if (!axis.log) return (v - axis.low) / (axis.high - axis.low);
  return Math.log(v / axis.low) / Math.log(axis.high / axis.low);
}

function value(axis, u) {
  if (axis.choices.length) return u * axis.choices.length - 0.5;
  if (!axis.log) return axis.low + u * (axis.high - axis.low);
  return axis.low * Math.pow(axis.high / axis.low, u);
}

function ends(axis, range) {
  return range.map((v) => Math.min(1, Math.max(0, unit(axis, v))));
}

// In pixels from the top of the plot; what a genome does not have is below the axis.
function y(axis, v) {
  return ROOM.top + (v === null ? HEIGHT + 18 : (1 - unit(axis, v)) * HEIGHT);
}

// Trials of the same choice, and those without a gene, side by side and not as one thick line.
function spread(axis, v, row) {
  const room = v === null ? 10 : axis.choices.length ? (0.4 * HEIGHT) / axis.choices.length : 0;
  return y(axis, v) + (((row.number * 0.618034) % 1) - 0.5) * room;
}

function colour(score, data) {
  const { colours, low, high } = data;
  const at = high > low ? ((score - low) / (high - low)) * (colours.length - 1) : 0;
  return colours[Math.max(0, Math.min(colours.length - 1, Math.round(at)))];
}

function number(v) {
  const size = Math.abs(v);
  if (size === 0) return "0";
  return size >= 0.01 && size < 10000 ? String(Number(v.toFixed(3))) : v.toExponential(1);
}

function made(kind, name, text) {
  const element = document.createElement(kind);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}
