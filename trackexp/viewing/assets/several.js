// Several runs: the comparison as it is, and what a setting did to a metric, drawn.

import { h, numberText, pluralText } from "./dom.js";
import { addressOf, isSite, listen, load } from "./source.js";
import { hashOf, keepState } from "./state.js";

const WIDTH = 900;

/** Show the page of several runs in an element; return what ends it. */
export function severalPage(main, query) {
  const keys = (query.get("runs") ?? "").split(",").filter(Boolean);
  document.title = `${pluralText(keys.length, "run")} · trackexp view`;
  if (keys.length < 2) {
    main.replaceChildren(h("h1", {}, "Compare"), h("p", {}, "Choose two runs or more in ", h("a", { href: "#/" }, "the table"), ": with x, or by their boxes."));
    return { close() {} };
  }
  const frame = h("iframe", { class: "report tall", title: "Comparison: the verdict first" });
  const point = () => {
    const parameters = { runs: keys.join(",") };
    if (view.metric) parameters.metric = view.metric;
    if (view.group) parameters.group_by = view.group.split(",").map((name) => name.replace(/^config\./, ""));
    frame.src = addressOf("/pages/compare", parameters);
  };
  const view = { metric: query.get("metric") ?? "", group: query.get("group_by") ?? "", x: query.get("x") ?? "", y: query.get("y") ?? "", axes: query.get("axes") ?? "" };
  const choices = h("div", { class: "bar" });
  const drawn = h("div", {});
  main.replaceChildren(
    h("div", { class: "page-head" }, h("h1", {}, pluralText(keys.length, "run")), h("a", { href: hashOf([], { selected: keys.join(",") }) }, "Choose others")),
    choices, isSite ? h("p", { class: "note" }, "The comparison itself is made by `trackexp view` and `trackexp compare`.") : frame, drawn);
  if (!isSite) point();

  load("/api/several", { runs: keys.join(",") }).then((data) => {
    const names = data.names.map(({ name }) => name);
    const metrics = data.names.filter(({ kind }) => kind === "metric").map(({ name }) => name);
    const settings = data.names.filter(({ kind }) => kind === "config").map(({ name }) => name);
    const chooser = (label, value, options, onchange, none = null) => h("label", { class: "field" }, h("span", {}, label), h("select", { onchange: (event) => onchange(event.target.value) },
      none === null ? null : h("option", { value: "" }, none), options.map((name) => h("option", { value: name, selected: name === value }, name))));
    choices.replaceChildren(
      chooser("Metric that decides", view.metric, metrics, (name) => { view.metric = name; keepState({ metric: name }); point(); }, "what the runs monitored"),
      chooser("Repetitions differ in all but", view.group, settings, (name) => { view.group = name; keepState({ group_by: name }); point(); }, "found by itself"));
    if (isSite) choices.hidden = true;
    view.y = names.includes(view.y) ? view.y : metrics[0] ?? "runtime";
    view.x = names.includes(view.x) ? view.x : settings[0] ?? "runtime";
    const plots = h("div", {});
    const draw = () => plots.replaceChildren(
      h("section", { "aria-labelledby": "scatter" }, h("h2", { id: "scatter" }, "One against another"),
        h("div", { class: "bar" }, chooser("Across", view.x, names, (name) => { view.x = name; keepState({ x: name }); draw(); }), chooser("Up", view.y, names, (name) => { view.y = name; keepState({ y: name }); draw(); })),
        scatterOf(data, view.x, view.y)),
      h("section", { "aria-labelledby": "parallel" }, h("h2", { id: "parallel" }, "Settings against a metric"), parallelOf(data, view.axes ? view.axes.split(",") : [...settings.slice(0, 6), view.y], view.y)));
    draw();
    drawn.replaceChildren(plots);
  }, (error) => drawn.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
  const events = listen({ run: keys[0] }, {});
  return { close() { events.close(); } };
}

/** A scale from values to pixels: numbers by size (by logarithm over three decades), anything else by its order. */
function scaleOf(values, low, high) {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length && numbers.length === values.filter((value) => value !== null).length) {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    const log = least > 0 && most / least >= 100;
    const f = log ? Math.log10 : (value) => value;
    const span = f(most) - f(least) || 1;
    const at = (value) => (typeof value === "number" ? low + ((f(value) - f(least)) / span) * (high - low) : null);
    const ticks = least === most ? [least] : [0, 0.25, 0.5, 0.75, 1].map((share) => (log ? 10 ** (f(least) + share * span) : least + share * span));
    return { at, ticks: ticks.map((value) => [at(value), numberText(value)]), log };
  }
  const words = [...new Set(values.filter((value) => value !== null).map(String))].sort().slice(0, 40);
  const at = (value) => (value === null || !words.includes(String(value)) ? null : low + ((words.indexOf(String(value)) + 0.5) / words.length) * (high - low));
  return { at, ticks: words.map((word) => [at(word), word.slice(0, 18)]), log: false };
}

function scatterOf(data, xName, yName) {
  const [x, y] = [xName, yName].map((name) => data.names.findIndex((one) => one.name === name));
  const [left, bottom, height] = [80, 46, 360];
  const across = scaleOf(data.runs.map((run) => run.values[x]), left + 12, WIDTH - 20);
  const up = scaleOf(data.runs.map((run) => run.values[y]), height - bottom - 8, 30);
  const groups = [...new Set(data.runs.map((run) => run.group))];
  const points = data.runs.flatMap((run) => {
    const [px, py] = [across.at(run.values[x]), up.at(run.values[y])];
    if (px === null || py === null) return [];
    const text = `${run.title}: ${xName} ${numberText(run.values[x])}, ${yName} ${numberText(run.values[y])}`;
    return [h("a", { href: hashOf(["run", run.key]), "aria-label": text }, h("circle", { cx: px, cy: py, r: 5.5, class: `dot s${groups.indexOf(run.group) % 8}` }, h("title", {}, text)))].map(asSvgLink);
  });
  const lost = data.runs.length - points.length;
  return h("figure", {}, svgOf(WIDTH, height, `${yName} against ${xName}, ${pluralText(points.length, "run")}`,
    up.ticks.map(([place, text]) => [h("line", { class: "grid", x1: left, x2: WIDTH - 10, y1: place, y2: place }), h("text", { x: left - 8, y: place + 4, class: "end" }, text)]),
    across.ticks.map(([place, text]) => h("text", { x: Math.min(place, WIDTH - 30), y: height - bottom + 20, class: "mid" }, text)),
    h("text", { x: (left + WIDTH) / 2, y: height - 6, class: "mid strong" }, `${xName}${across.log ? " (logarithmic)" : ""}`),
    h("text", { x: 0, y: 10, class: "strong" }, `${yName}${up.log ? " (logarithmic)" : ""}`), points),
  lost ? h("figcaption", { class: "note" }, `${pluralText(lost, "run")} without one of the two`) : null);
}

function parallelOf(data, axes, metric) {
  const places = axes.map((name) => data.names.findIndex((one) => one.name === name)).filter((place) => place >= 0);
  if (places.length < 2) return h("p", { class: "note" }, "These runs have no settings that differ.");
  const [top, bottom, height] = [46, 30, 400];
  const xs = places.map((_, place) => 70 + (place / (places.length - 1)) * (WIDTH - 150));
  const scales = places.map((place) => scaleOf(data.runs.map((run) => run.values[place]), height - bottom, top));
  const judged = data.names.find((one) => one.name === metric);
  const goal = data.names.indexOf(judged);
  const known = data.runs.map((run) => run.values[goal]).filter((value) => typeof value === "number").sort((a, b) => (judged?.better === "max" ? b - a : a - b));
  const lines = data.runs.map((run) => {
    const points = places.map((place, axis) => [xs[axis], scales[axis].at(run.values[place])]).filter(([, y]) => y !== null);
    const rank = known.indexOf(run.values[goal]);
    const text = `${run.title}: ${places.map((place) => `${data.names[place].name} ${numberText(run.values[place])}`).join(", ")}`;
    const share = rank < 0 ? null : rank / Math.max(known.length - 1, 1);
    return asSvgLink(h("a", { href: hashOf(["run", run.key]), "aria-label": text }, h("polyline", { points: points.map((pair) => pair.join(",")).join(" "), class: share === null ? "run none" : share <= 0.1 ? "run top" : share <= 0.4 ? "run good" : "run rest" }, h("title", {}, text))));
  });
  return h("figure", {}, svgOf(WIDTH, height, `Parallel coordinates of ${pluralText(data.runs.length, "run")}`, lines,
    places.map((place, axis) => [
      h("line", { class: "axis", x1: xs[axis], x2: xs[axis], y1: top, y2: height - bottom }),
      h("text", { x: xs[axis], y: axis % 2 ? 30 : 14, class: "mid strong" }, `${data.names[place].name.replace(/^config\./, "")}${scales[axis].log ? " (log)" : ""}`),
      scales[axis].ticks.map(([y, text]) => h("text", { x: xs[axis] + 6, y: y + 4, class: "halo" }, text)),
    ])), h("figcaption", { class: "note" }, `The best tenth by ${metric} stands out.`));
}

function svgOf(width, height, label, ...children) {
  return h("div", { class: "scroll plain" }, h("svg", { viewBox: `0 0 ${width} ${height}`, class: "drawing", role: "group", "aria-label": label }, children));
}

/** An anchor within a drawing is of another namespace than one within a text. */
function asSvgLink(anchor) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "a");
  for (const { name, value } of anchor.attributes) made.setAttribute(name, value);
  made.append(...anchor.childNodes);
  return made;
}
