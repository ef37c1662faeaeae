// One run: what is wrong with it, curves that grow, and everything that was kept of it.

import { Chart } from "./chart.js";
import { debounced, durationText, h, momentText, numberText, pluralText, proseOf, sizeText, stateBadge } from "./dom.js";
import { progressCell } from "./runs.js";
import { addressOf, isSite, listen, load, loadText } from "./source.js";
import { hashOf, keepState } from "./state.js";

const AT_ONCE = 24; // charts that are drawn before somebody asks for more
const AXES = ["step", "epoch", "time"];
const EVERY = 2000; // milliseconds between two looks at everything but the curves

/** Show a run's page in an element; return what ends it. */
export function runPage(main, key, query) {
  const view = {
    axis: AXES.includes(query.get("axis")) ? query.get("axis") : "epoch",
    smooth: Math.min(Math.max(Number(query.get("smooth")) || 0, 0), 0.99),
    log: query.get("log") === "1",
    search: query.get("search") ?? "",
    range: rangeOf(query.get("range")),
    more: AT_ONCE,
  };
  const head = h("div", { class: "run-head" });
  const sections = h("div", { class: "sections" });
  const curves = new Curves(key, view);
  const system = new SystemCurves();
  let details = null;
  let isClosed = false;
  let looked = 0;
  let pending = 0;

  main.replaceChildren(h("p", { class: "loading" }, "reading the run …"));

  async function look() {
    looked = Date.now();
    let found;
    try { found = await load(`/api/run/${encodeURIComponent(key)}`); } catch (error) {
      if (!isClosed && details === null) main.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message), h("p", {}, h("a", { href: "#/" }, "All runs")));
      return;
    }
    if (isClosed) return;
    const first = details === null;
    details = found;
    document.title = `${details.title} · trackexp view`;
    if (first) build();
    fill();
    await curves.take(details);
    system.take(details.system);
  }

  const parts = new Map();
  let links = new Map();
  function build() {
    const add = (id, title, content) => {
      const heading = h("h2", { id: `${id}-title` }, title);
      const section = h("section", { id, "aria-labelledby": `${id}-title`, tabindex: "-1" }, heading, content ?? h("div", { class: "body" }));
      parts.set(id, section);
      sections.append(section);
    };
    add("findings", "Findings");
    add("curves", "Curves", curves.element);
    add("best", "Best values and best model");
    add("pages", "Evaluations and pages");
    add("tables", "Examples and tables");
    add("system", "System", system.element);
    add("config", "Config");
    add("code", "Code");
    add("console", "Console");
    add("files", "Files and artifacts");
    add("environment", "Environment");
    links = new Map([...parts].map(([id, section]) => [id, h("li", {}, h("button", { type: "button", onclick: () => { section.scrollIntoView(); section.focus({ preventScroll: true }); } }, section.firstChild.textContent.split(" and ")[0]))]));
    main.replaceChildren(head, h("nav", { "aria-label": "Sections" }, h("ul", {}, [...links.values()])), sections);
  }

  const filled = new Map();
  /** Draw a section anew where what it shows has changed; what somebody opened in it stays open. */
  function put(id, data, draw) {
    const text = JSON.stringify(data);
    if (filled.get(id) === text) return;
    filled.set(id, text);
    const section = parts.get(id);
    const content = draw();
    section.hidden = content === null;
    links.get(id).hidden = content === null;
    if (content === null) return;
    const open = new Set([...section.querySelectorAll("details[open]")].map((one) => one.dataset.name));
    section.lastChild.replaceChildren(...[content].flat(3).filter(Boolean));
    for (const one of section.querySelectorAll("details")) if (open.has(one.dataset.name)) one.open = true;
  }

  function fill() {
    const run = details;
    head.replaceChildren(...headOf(run));
    put("findings", [run.findings, run.silent, run.damage], () => findingsOf(run));
    put("best", [run.best, run.kept, run.artifacts], () => bestOf(run));
    put("pages", run.pages, () => (run.pages.length && !isSite ? run.pages.map((page) => pageOf(key, page)) : null));
    put("tables", run.files.filter(isTable), () => (run.files.some(isTable) && !isSite ? run.files.filter(isTable).map((file) => tableOf(key, file)) : null));
    put("config", run.config, () => (run.config.length ? pairsOf(run.config, "Settings") : h("p", { class: "note" }, "The run has no config.")));
    put("code", [run.code, run.files.filter(isCode)], () => codeOf(key, run));
    put("console", run.console, () => consoleOf(run, parts.get("console")));
    put("files", [run.files, run.artifacts], () => filesOf(key, run));
    put("environment", run.environment, () => (run.environment.length ? pairsOf(run.environment, "Environment") : null));
    const box = parts.get("console").querySelector("pre");
    if (box && box.dataset.follow !== "no") box.scrollTop = box.scrollHeight;
  }

  const changed = () => {
    clearTimeout(pending);
    if (details) curves.grow();
    pending = setTimeout(look, Math.max(0, looked + EVERY - Date.now()));
  };
  const events = listen({ run: key }, {
    run: () => { if (details === null && looked === 0) look(); else changed(); },
    rows: () => look(),
    gone: () => { if (details) head.prepend(h("p", { class: "notice bad", role: "alert" }, "The run's folder has gone; what is shown here is the last that was read.")); else look(); },
  });
  return { close() { isClosed = true; clearTimeout(pending); events.close(); curves.close(); system.close(); } };
}

function rangeOf(text) {
  const numbers = (text ?? "").split("~").map(Number);
  return numbers.length === 2 && numbers.every(Number.isFinite) ? numbers : null;
}

function headOf(run) {
  const facts = [
    run.started_at ? `started ${momentText(run.started_at)}` : "",
    run.runtime !== null ? `ran ${durationText(run.runtime)}` : "",
    run.project ? `project ${run.project}` : "", run.group ? `group ${run.group}` : "", run.job_type ? run.job_type : "",
    run.tags.length ? `tags ${run.tags.join(", ")}` : "",
    run.state === "running" && run.peaks.length ? run.peaks.slice(0, 3).map(([name, text]) => `${name} ≤ ${text.split(",")[0]}`).join(", ") : "",
  ].filter(Boolean);
  return [
    h("div", { class: "page-head" },
      h("h1", {}, run.title),
      stateBadge(run.state), run.exit_code ? h("span", { class: "note" }, `exit code ${run.exit_code}`) : null,
      run.title === run.id ? null : h("code", { class: "note" }, run.id)),
    run.state === "running" ? h("div", { class: "progress-line", "aria-label": "Progress" }, progressCell(run.progress)) : null,
    h("p", { class: "note" }, facts.join(" · ")),
    run.notes ? h("p", {}, run.notes) : null,
    ...run.alerts.map((alert) => h("p", { class: "notice" }, `${alert.title ?? "alert"}: ${alert.text ?? ""}`)),
  ].filter(Boolean);
}

function findingsOf(run) {
  const items = run.findings.map((finding) => {
    const page = run.explained[finding.code];
    return h("li", { class: finding.severity },
      h("div", { class: "finding" },
        h("p", {}, h("span", { class: `badge ${finding.severity}` }, finding.severity), " ", h("strong", {}, `${finding.code} ${finding.name}`)),
        h("p", {}, finding.message), h("p", { class: "fix" }, finding.fix)),
      page ? h("details", { "data-name": finding.code }, h("summary", {}, `Explain ${finding.code}`), h("div", { class: "explain" }, h("p", {}, page.what),
        Object.entries(page.sections).map(([title, text]) => [h("h4", {}, title), proseOf(text)]))) : null);
  });
  const damage = run.damage.length
    ? h("p", { class: "notice" }, `${pluralText(run.damage.reduce((sum, part) => sum + part.length, 0), "byte")} of the run's files could not be read.`) : null;
  const silent = run.silent.length ? h("details", { "data-name": "silent" }, h("summary", {}, `${pluralText(run.silent.length, "rule")} could not tell`),
    h("dl", {}, run.silent.map((one) => [h("dt", {}, `${one.code} ${one.name}`), h("dd", {}, one.reason)]))) : null;
  return [
    damage,
    items.length ? h("ul", { class: "findings" }, items) : h("p", { class: "good" }, `Nothing was found: ${pluralText(run.passed, "rule")} looked and passed.`),
    silent,
  ];
}

function bestOf(run) {
  if (run.best.length === 0 && !run.kept) return null;
  const kept = run.kept && typeof run.kept === "object" ? run.kept : null;
  const model = run.artifacts.filter((artifact) => artifact.type === "model");
  const shown = (value) => (typeof value === "string" ? value : numberText(value));
  const rows = run.best.map((best) => h("tr", { class: kept?.metric === best.metric ? "best" : "" },
    h("th", { scope: "row" }, best.metric, kept?.metric === best.metric ? h("span", { class: "note" }, " monitored") : null),
    h("td", { class: "num" }, best.direction ? shown(best.value) : "–"), h("td", { class: "num" }, best.epoch === null ? "–" : String(best.epoch)), h("td", { class: "num" }, shown(best.last))));
  return [
    kept ? h("p", {}, "The best model is of epoch ", h("strong", {}, String(kept.epoch ?? "?")), kept.metric ? `, with ${kept.metric} ${shown(kept.value)}` : "", model.length ? ` (${model.map((one) => one.name).join(", ")})` : "", ".") : null,
    rows.length ? h("div", { class: "scroll" }, h("table", { class: "plain" }, h("caption", { class: "hidden" }, "Best values"),
      h("thead", {}, h("tr", {}, ["metric", "best", "epoch", "last"].map((name, place) => h("th", { scope: "col", class: place ? "num" : "" }, name)))), h("tbody", {}, rows))) : null,
  ];
}

const isTable = (file) => file.here && file.name.endsWith(".table.json");
const isCode = (file) => file.here && (file.name.startsWith("code/") || file.name.endsWith(".patch"));

function lazily(name, title, fill) {
  let asked = false;
  const body = h("div", { class: "body" });
  const details = h("details", { "data-name": name, ontoggle: async () => {
    if (!details.open || asked) return;
    asked = true;
    try { body.replaceChildren(...[await fill()].flat()); } catch (error) { body.replaceChildren(h("p", { class: "notice bad" }, error.message)); asked = false; }
  } }, h("summary", {}, title), body);
  return details;
}

function pageOf(key, page) {
  return lazily(page.name, page.title, () => h("iframe", { src: addressOf(`/api/file/${encodeURIComponent(key)}`, { name: page.name }), title: page.title, class: "report", sandbox: "allow-scripts" }));
}

function tableOf(key, file) {
  const title = file.name.replace(/^media\/table\//, "").replace(/(_\d+)?(_[0-9a-f]{12,})?\.table\.json$/, "");
  return lazily(file.name, title, async () => {
    const data = JSON.parse((await loadText(key, file.name)).replace(/\bNaN\b/g, "null"));
    const rows = data.data.slice(0, 100);
    return [h("div", { class: "scroll" }, h("table", { class: "plain" }, h("caption", { class: "hidden" }, title),
      h("thead", {}, h("tr", {}, data.columns.map((name) => h("th", { scope: "col" }, String(name))))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", { class: typeof cell === "number" ? "num" : "" }, cellOf(key, cell)))))))),
    data.data.length > 100 ? h("p", { class: "note" }, `100 of ${pluralText(data.data.length, "row")}`) : null].filter(Boolean);
  });
}

function cellOf(key, cell) {
  if (cell && typeof cell === "object" && cell._type === "image-file") {
    return h("img", { src: addressOf(`/api/file/${encodeURIComponent(key)}`, { name: cell.path }), alt: cell.caption ?? "example", loading: "lazy", class: "example" });
  }
  return typeof cell === "number" ? numberText(cell) : cell === null ? "–" : typeof cell === "object" ? JSON.stringify(cell).slice(0, 200) : String(cell);
}

function pairsOf(pairs, name) {
  const list = h("dl", { class: "pairs" });
  const draw = (word) => list.replaceChildren(...pairs.filter(([key]) => key.toLowerCase().includes(word)).slice(0, 1000).flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)]));
  draw("");
  if (pairs.length <= 20) return list;
  return [h("label", { class: "field" }, h("span", {}, `Search ${name.toLowerCase()}`), h("input", { type: "search", oninput: (event) => draw(event.target.value.toLowerCase()) })), list];
}

function codeOf(key, run) {
  const files = isSite ? [] : run.files.filter(isCode);
  return [
    run.command ? h("pre", {}, `$ ${run.command}`) : null,
    run.code.facts.length ? pairsOf(run.code.facts, "Code") : h("p", { class: "note" }, "The run kept no code."),
    ...files.map((file) => lazily(file.name, file.name.endsWith(".patch") ? `${file.name}: what differs from the commit` : file.name.replace(/^code\//, ""), async () => {
      const text = await loadText(key, file.name);
      return file.name.endsWith(".patch") ? diffOf(text) : h("pre", {}, text);
    })),
  ];
}

function diffOf(text) {
  const kinds = { "+": "ins", "-": "del" };
  return h("pre", { class: "diff" }, text.split("\n").slice(0, 5000).map((line) => {
    if (/^(diff |index |\+\+\+|---)/.test(line)) return h("span", { class: "file" }, line || " ");
    if (line.startsWith("@@")) return h("span", { class: "hunk" }, line);
    return h(kinds[line[0]] ?? "span", { class: "line" }, line || " ");
  }));
}

function consoleOf(run, section) {
  if (!run.console) return h("p", { class: "note" }, "Nothing was printed, or W&B did not keep it.");
  const before = section.querySelector("pre");
  const text = h("pre", { class: "console", tabindex: "0", "aria-label": "What the run printed", onscroll: () => { text.dataset.follow = text.scrollTop + text.clientHeight >= text.scrollHeight - 8 ? "yes" : "no"; } }, lastOverwrites(run.console));
  if (before) text.dataset.follow = before.dataset.follow;
  return [run.console_cut ? h("p", { class: "note" }, "The end of it:") : null, text];
}

/** What a terminal would show of lines that were written over with carriage returns and backspaces. */
function lastOverwrites(text) {
  return text.replace(/\r\n/g, "\n").split("\n").map((line) => line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1)).join("\n");
}

function filesOf(key, run) {
  const rows = run.files.filter((file) => !isTable(file)).map((file) => h("tr", {},
    h("th", { scope: "row" }, file.here && !isSite ? h("a", { href: addressOf(`/api/file/${encodeURIComponent(key)}`, { name: file.name }), target: "_blank", rel: "noopener" }, file.name) : file.name),
    h("td", { class: "num" }, file.here ? sizeText(file.size) : "not on this disk")));
  const artifacts = run.artifacts.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, `${one.type}${one.used ? ", used" : ""}`), h("td", { class: "num" }, one.size === null ? "–" : sizeText(one.size))));
  const table = (name, body) => h("div", { class: "scroll" }, h("table", { class: "plain" }, h("caption", { class: "hidden" }, name), h("tbody", {}, body)));
  return [
    h("p", { class: "note" }, run.path ?? ""),
    rows.length ? table("Files", rows) : h("p", { class: "note" }, "The run has no files."),
    artifacts.length ? [h("h3", {}, "Artifacts"), table("Artifacts", artifacts)] : null,
  ];
}

/** The charts of a run's metrics with what steers them: axis, smoothing, logarithm, search. */
class Curves {
  constructor(key, view) {
    this.key = key;
    this.view = view;
    this.charts = new Map(); // by kind and title: { chart, spec, data: Map(key → { x, y, total, axis, thinned }) }
    this.run = null;
    this.busy = false;
    this.again = false;
    this.grid = h("div", { class: "charts" });
    this.more = h("button", { type: "button", onclick: () => { this.view.more += AT_ONCE; this.arrange(); } });
    const smoothing = h("output", {}, view.smooth ? String(view.smooth) : "none");
    this.find = h("input", { type: "search", value: view.search, placeholder: "loss, accuracy …", oninput: debounced(() => { this.view.search = this.find.value; keepState({ search: this.view.search }); this.arrange(); }, 100) });
    this.element = h("div", {}, h("div", { class: "bar" },
      h("label", { class: "field" }, h("span", {}, "Search curves"), this.find),
      h("label", { class: "field" }, h("span", {}, "Axis"), h("select", { onchange: (event) => this.turn(event.target.value) }, AXES.map((axis) => h("option", { value: axis, selected: axis === view.axis }, axis)))),
      h("label", { class: "field" }, h("span", {}, "Smoothing ", smoothing), h("input", { type: "range", min: "0", max: "0.99", step: "0.01", value: String(view.smooth), oninput: (event) => {
        this.view.smooth = Number(event.target.value);
        smoothing.textContent = this.view.smooth ? String(this.view.smooth) : "none";
        keepState({ smooth: this.view.smooth || "" });
        this.redraw({ smooth: this.view.smooth });
      } })),
      h("label", { class: "field check" }, h("input", { type: "checkbox", checked: view.log, onchange: (event) => { this.view.log = event.target.checked; keepState({ log: this.view.log }); this.redraw({ log: this.view.log }); } }), " logarithmic"),
      h("button", { type: "button", onclick: () => this.zoom(null, null) }, "Show all"),
      h("p", { class: "note" }, "Drag to zoom, double-click for all; with the keyboard + − ← → 0.")), this.grid, h("p", {}, this.more));
  }

  async take(run) {
    if (this.run && this.run.beginnings !== run.beginnings) for (const one of this.charts.values()) one.data.clear();
    const before = this.run ? JSON.stringify(this.run.charts.map(({ kind, title, curves }) => [kind, title, curves.map(({ key }) => key)])) : null;
    this.run = run;
    const now = JSON.stringify(run.charts.map(({ kind, title, curves }) => [kind, title, curves.map(({ key }) => key)]));
    if (before !== now) await this.arrange();
    else await this.grow();
  }

  /** Make the charts that are asked for and in number; take away others. */
  async arrange() {
    const word = this.view.search.toLowerCase();
    const fitting = this.run.charts.filter(({ title, curves }) => `${title} ${curves.map(({ key }) => key).join(" ")}`.toLowerCase().includes(word));
    const wanted = fitting.slice(0, this.view.more);
    const names = new Set(wanted.map(({ kind, title }) => `${kind}/${title}`));
    for (const [name, one] of this.charts) if (!names.has(name)) { one.chart.close(); one.chart.element.remove(); this.charts.delete(name); }
    wanted.forEach((spec) => {
      const name = `${spec.kind}/${spec.title}`;
      if (!this.charts.has(name)) {
        const chart = new Chart(spec.title, { axis: this.view.axis, smooth: this.view.smooth, log: this.view.log, onzoom: (range, from) => this.zoom(range, from) });
        chart.range = this.view.range;
        this.charts.set(name, { chart, spec, data: new Map() });
      }
      const one = this.charts.get(name);
      one.spec = spec;
      this.grid.append(one.chart.element);
    });
    const left = fitting.length - wanted.length;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${Math.min(left, AT_ONCE)} more of ${pluralText(left, "chart")}`;
    if (fitting.length === 0) this.grid.replaceChildren(h("p", { class: "note" }, this.run.charts.length ? "No curve has that in its name." : "No metric was logged yet."));
    else for (const note of this.grid.querySelectorAll(":scope > p")) note.remove();
    await this.grow();
  }

  /** Ask for the points that were logged since the last time, and draw them. */
  async grow() {
    if (this.busy) { this.again = true; return; }
    this.busy = true;
    try {
      for (const part of chunked([...this.charts.values()], 8)) await this.fetched(part);
    } catch (error) {
      if (this.charts.size && ![...this.charts.values()].some((one) => one.data.size)) this.grid.replaceChildren(h("p", { class: "notice bad" }, error.message));
    } finally { this.busy = false; }
    if (this.again) { this.again = false; await this.grow(); }
  }

  async fetched(charts) {
    const asked = charts.flatMap((one) => one.spec.curves.map(({ key }) => [one, key]));
    if (asked.length === 0) return;
    const axis = this.view.axis;
    const found = await load(`/api/series/${encodeURIComponent(this.key)}`, { axis, name: asked.map(([, key]) => key), from: asked.map(([one, key]) => one.data.get(key)?.total ?? 0) });
    if (axis !== this.view.axis) return;
    const moved = new Set();
    const byKey = new Map(found.curves.map((curve) => [curve.key, curve]));
    asked.forEach(([one, key]) => {
      const fresh = byKey.get(key);
      if (!fresh) return;
      const known = one.data.get(key);
      if (!known) { one.data.set(key, fresh); moved.add(one); }
      else if (!isSite && fresh.x.length) {
        one.data.set(key, { ...fresh, x: known.x.concat(fresh.x), y: known.y.concat(fresh.y), thinned: known.thinned || fresh.thinned });
        moved.add(one);
      }
    });
    for (const one of moved) this.draw(one);
  }

  draw(one, changes = {}) {
    const curves = one.spec.curves.flatMap(({ key, label }, place) => (one.data.has(key) ? [{ label, colour: place, ...one.data.get(key) }] : []));
    const axis = curves[0]?.axis ?? this.view.axis;
    one.chart.show(curves, axis === one.chart.options.axis ? changes : { ...changes, axis });
  }

  redraw(changes) { for (const one of this.charts.values()) this.draw(one, changes); }

  async turn(axis) {
    this.view.axis = axis;
    keepState({ axis, range: "" });
    this.view.range = null;
    for (const one of this.charts.values()) { one.data.clear(); one.chart.range = null; }
    await this.grow();
  }

  zoom(range, from) {
    this.view.range = range;
    keepState({ range: range ? range.map((value) => Number(value.toPrecision(8))).join("~") : "" });
    for (const { chart } of this.charts.values()) if (chart !== from && (from === null || chart.options.axis === from.options.axis)) chart.zoom(range);
  }

  close() { for (const { chart } of this.charts.values()) chart.close(); }
}

class SystemCurves {
  constructor() {
    this.charts = new Map();
    this.grid = h("div", { class: "charts small" });
    this.rest = h("details", { "data-name": "rest", ontoggle: () => { for (const chart of this.charts.values()) chart.fit(); } }, h("summary", {}, "Every other figure of the machine"), h("div", { class: "charts small" }));
    this.element = h("div", {}, this.grid, this.rest);
  }

  take(specs) {
    this.rest.hidden = !specs.some(({ title }) => !title.includes("("));
    if (specs.length === 0) this.grid.replaceChildren(h("p", { class: "note" }, "W&B has not sampled the machine yet."));
    else for (const note of this.grid.querySelectorAll(":scope > p")) note.remove();
    for (const { title, curves } of specs) {
      if (!this.charts.has(title)) {
        const chart = new Chart(title, { axis: "time", height: 150 });
        this.charts.set(title, chart);
        (title.includes("(") ? this.grid : this.rest.lastChild).append(chart.element);
      }
      this.charts.get(title).show(curves.map((curve, place) => ({ ...curve, colour: place })));
    }
  }

  close() { for (const chart of this.charts.values()) chart.close(); }
}

function chunked(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, place) => items.slice(place * size, (place + 1) * size));
}
