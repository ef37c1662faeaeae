// Curves by uPlot, which zooms 100,000 points without a jolt; with a legend, a keyboard and words of our own.

import { durationText, h, numberText } from "./dom.js";

const uPlot = window.uPlot;
const charts = new Set();

/** Draw every chart anew, for example in other colours. */
export function repaintCharts() {
  for (const chart of charts) chart.rebuild();
}

/**
 * A chart of some curves over one axis.
 * @param title  above it
 * @param options { axis: "step" | "epoch" | "time", log, smooth: 0–0.99, height, onzoom(range) }
 */
export class Chart {
  constructor(title, options = {}) {
    this.title = title;
    this.options = { axis: "step", log: false, smooth: 0, height: 230, ...options };
    this.curves = [];
    this.range = null;
    this.plot = null;
    this.legend = h("ul", { class: "legend" });
    this.canvas = h("div", { class: "plot", tabindex: "0", role: "group", onkeydown: (event) => this.pressed(event) });
    this.note = h("p", { class: "note" });
    this.element = h("figure", { class: "chart-box" }, h("figcaption", {}, h("h3", {}, title), this.legend), this.canvas, this.note);
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.canvas);
    charts.add(this);
  }

  /** Show curves: [{ label, x, y, colour, thinned }]. The same curves with more points grow in place. */
  show(curves, changes = {}) {
    const before = this.curves.map((curve) => curve.label).join("\n");
    const same = before === curves.map((curve) => curve.label).join("\n") && Object.keys(changes).length === 0;
    this.curves = curves;
    Object.assign(this.options, changes);
    const thinned = curves.some((curve) => curve.thinned);
    this.note.textContent = thinned ? "Of very many points, those that matter are drawn: the first, last, lowest and highest of each stretch." : "";
    if (same && this.plot) {
      this.plot.setData(this.aligned(), false);
      this.rescale();
      this.describe();
    } else this.rebuild();
  }

  /** Zoom to a range of the axis; null shows all. */
  zoom(range) {
    this.range = range;
    if (this.plot) this.rescale();
  }

  rescale() {
    const [low, high] = this.range ?? this.extent();
    if (low === null) return;
    this.plot.batch(() => this.plot.setScale("x", { min: low, max: high === low ? low + 1 : high }));
  }

  extent() {
    const x = this.plot ? this.plot.data[0] : [];
    return x.length ? [x[0], x[x.length - 1]] : [null, null];
  }

  aligned() {
    const columns = this.curves.flatMap((curve) => {
      const y = this.options.log ? curve.y.map((value) => (value > 0 ? value : null)) : curve.y;
      return this.options.smooth > 0 ? [[curve.x, y], [curve.x, smoothed(y, this.options.smooth)]] : [[curve.x, y]];
    });
    if (columns.length === 0) return [[]];
    const first = columns[0][0];
    if (columns.every(([x]) => x === first || sameNumbers(x, first))) return [first, ...columns.map(([, y]) => y)];
    return uPlot.join(columns.map(([x, y]) => [x, y]));
  }

  rebuild() {
    this.plot?.destroy();
    this.plot = null;
    if (this.curves.length === 0 || !this.canvas.isConnected) { this.describe(); return; }
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "11px system-ui, sans-serif" };
    const series = this.curves.flatMap((curve, place) => {
      const stroke = colour(`s${(curve.colour ?? place) % 8}`);
      const dash = (curve.colour ?? place) >= 8 ? [6, 4] : undefined;
      const strong = { label: curve.label, stroke, width: 1.75, dash, spanGaps: false, points: { size: 5 } };
      return this.options.smooth > 0 ? [{ ...strong, stroke, width: 1, alpha: 0.25, points: { show: false } }, strong] : [strong];
    });
    const over = { step: "step", epoch: "epoch", time: "time" }[this.options.axis];
    this.plot = new uPlot({
      width: Math.max(this.canvas.clientWidth, 120),
      height: this.options.height,
      series: [{ label: over }, ...series],
      legend: { show: false },
      scales: { x: { time: false }, y: { distr: this.options.log ? 3 : 1 } },
      axes: [
        { ...axis, size: 34, values: this.options.axis === "time" ? (_, splits) => splits.map(durationText) : (_, splits) => splits.map(axisText), space: this.options.axis === "time" ? 90 : 50, label: undefined },
        { ...axis, size: 58, values: (_, splits) => splits.map((value) => (value === null ? "" : axisText(value))) },
      ],
      cursor: { sync: { key: `trackexp-${this.options.axis}` }, drag: { x: true, y: false, setScale: false }, focus: { prox: 24 } },
      hooks: {
        setCursor: [(plot) => this.tell(plot.cursor.idx)],
        setSelect: [(plot) => {
          if (plot.select.width < 4) return;
          this.moved([plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x")]);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
      },
    }, this.aligned(), this.canvas);
    this.plot.over.addEventListener("dblclick", () => this.moved(null));
    if (this.range) this.rescale();
    this.describe();
  }

  moved(range) {
    this.zoom(range);
    this.options.onzoom?.(range, this);
  }

  /** Zoom and move by keys: + − ← → and 0 for all. */
  pressed(event) {
    const [low, high] = this.range ?? this.extent();
    if (low === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const width = high - low;
    const ranges = {
      "+": [low + width / 4, high - width / 4], "=": [low + width / 4, high - width / 4],
      "-": [low - width / 2, high + width / 2],
      ArrowLeft: [low - width / 5, high - width / 5], ArrowRight: [low + width / 5, high + width / 5],
      0: null,
    };
    if (!(event.key in ranges)) return;
    event.preventDefault();
    event.stopPropagation();
    const all = this.extent();
    const range = ranges[event.key];
    this.moved(range && range[1] - range[0] >= all[1] - all[0] ? null : range);
  }

  fit() {
    if (!this.plot) { if (this.curves.length) this.rebuild(); return; }
    const width = Math.max(this.canvas.clientWidth, 120);
    if (Math.abs(this.plot.width - width) > 1) this.plot.setSize({ width, height: this.options.height });
  }

  tell(index) {
    const items = [...this.legend.children];
    const step = this.options.smooth > 0 ? 2 : 1;
    this.curves.forEach((curve, place) => {
      const column = this.plot?.data[1 + place * step + (step - 1)];
      const value = index === null || index === undefined ? lastOf(curve.y) : column?.[index];
      if (items[place]) items[place].lastChild.textContent = ` ${numberText(value ?? null)}`;
    });
  }

  describe() {
    const words = this.curves.map((curve) => `${curve.label} ${numberText(lastOf(curve.y))}`);
    this.canvas.setAttribute("aria-label", `${this.title}, last values: ${words.join(", ") || "none"}. Plus and minus zoom, arrows move, 0 shows all.`);
    if (this.legend.childElementCount !== this.curves.length) {
      this.legend.replaceChildren(...this.curves.map((curve, place) => h("li", {},
        h("span", { class: `swatch s${(curve.colour ?? place) % 8}`, "aria-hidden": "true" }), curve.label, h("span", { class: "value" }))));
    }
    this.tell(null);
  }

  close() {
    charts.delete(this);
    this.resized.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }
}

function axisText(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size >= 1e4 || (size !== 0 && size < 1e-3)) return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
  return String(Number(value.toPrecision(6)));
}

function lastOf(values) {
  for (let place = values.length - 1; place >= 0; place -= 1) if (values[place] !== null) return values[place];
  return null;
}

function sameNumbers(a, b) {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place += 1) if (a[place] !== b[place]) return false;
  return true;
}

/** Exponential moving average, its beginning unbiased as Adam's moments are; gaps stay gaps. */
export function smoothed(values, weight) {
  let sum = 0;
  let mass = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}
