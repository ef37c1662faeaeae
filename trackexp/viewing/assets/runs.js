// All runs: a table that lives, with search, filters, order, columns and a selection.

import { announce, debounced, durationText, h, momentText, numberText, pluralText, stateBadge } from "./dom.js";
import { isSite, listen, load } from "./source.js";
import { hashOf, keepState, readState } from "./state.js";
import { Table } from "./table.js";

const selected = new Set();
const WORDS = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const OWN = new Set(["id", "name", "state"]); // columns that the first ones of ours show already

/** Show the page of all runs in an element; return what ends it. */
export function runsPage(main) {
  const rows = new Map();
  let columns = [];
  let better = {};
  let events = null;
  let asked = 0;
  const initial = readState().query;
  const view = {
    search: initial.get("search") ?? "",
    filter: initial.get("filter") ?? "",
    sort: initial.get("sort") ?? "-started_at",
    columns: initial.get("columns") ?? "",
    metric: initial.get("metric") ?? "",
  };
  for (const key of (initial.get("selected") ?? "").split(",").filter(Boolean)) selected.add(key);

  const count = h("p", { class: "count", role: "status" }, "reading …");
  const notices = h("div", { class: "notices" });
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  const search = h("input", { type: "search", id: "search", value: view.search, placeholder: "name, id, tag, value …", autocomplete: "off", spellcheck: "false",
    oninput: debounced(() => { view.search = search.value; keepState({ search: view.search }); arrange(); }, 60),
    onkeydown: (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") { event.preventDefault(); table.go(0); }
      else if (event.key === "Escape") { search.value = ""; search.dispatchEvent(new Event("input")); search.blur(); }
    } });
  const filter = h("input", { type: "text", id: "filter", value: view.filter, placeholder: "summary.val/loss < 0.3 and config.lr < 0.01", autocomplete: "off", spellcheck: "false",
    onkeydown: (event) => { if (event.key === "Enter") ask({ filter: filter.value }); },
    onblur: () => { if (filter.value !== view.filter) ask({ filter: filter.value }); } });
  const chooser = columnsChooser((names) => ask({ columns: names.join(",") }), () => columns);
  const compare = h("a", { class: "button primary", href: "#/" }, "Compare");
  const clear = h("button", { type: "button", onclick: () => { selected.clear(); selection(); arrange(null); } }, "Clear");
  const bar = h("div", { class: "selection", role: "region", "aria-label": "Selected runs", hidden: true }, h("span"), compare, clear);

  const table = new Table({
    name: "Runs",
    key: (row) => row.key,
    cells,
    onopen: (row) => { location.hash = hashOf(["run", row.key]); },
    onselect: (row) => choose(row.key, !selected.has(row.key)),
    onsort: (name) => {
      const ascendingFirst = better[name] === "min" || ["name", "state", "findings"].includes(name) || name.startsWith("config.");
      const [up, down] = [name, `-${name}`];
      view.sort = view.sort === up ? down : view.sort === down ? up : ascendingFirst ? up : down;
      keepState({ sort: view.sort });
      heads();
      arrange();
      announce(`sorted by ${name}, ${view.sort === up ? "ascending" : "descending"}`);
    },
  });

  main.replaceChildren(
    h("div", { class: "page-head" }, h("h1", {}, "Runs"), count),
    h("div", { class: "bar", role: "search" },
      h("label", { class: "field" }, h("span", {}, "Search ", h("kbd", { "aria-hidden": "true" }, "/")), search),
      isSite ? null : h("label", { class: "field wide" }, h("span", {}, "Filter"), filter),
      isSite ? null : chooser),
    trouble, notices, table.element, bar,
  );

  function ask(changes) {
    Object.assign(view, changes);
    keepState(changes);
    events?.close();
    trouble.hidden = true;
    const parameters = { filter: view.filter, column: view.columns.split(",").filter(Boolean), metric: view.metric };
    const check = isSite ? Promise.resolve() : load("/api/check", parameters);
    const mine = ++asked;
    check.then(() => { if (mine === asked) events = listen(parameters, { rows: take }); }, (error) => {
      if (mine !== asked) return;
      trouble.hidden = false;
      trouble.textContent = error.message;
      if (rows.size === 0) events = listen({}, { rows: take });
    });
  }

  function take(news) {
    if (news.whole) {
      rows.clear();
      columns = news.columns;
      better = news.better;
    }
    const changed = [];
    for (const [key, title, state, findings, progress, values] of news.rows) {
      rows.set(key, { key, title, state, findings, progress, values });
      changed.push(key);
    }
    for (const key of news.removed) { rows.delete(key); selected.delete(key); changed.push(key); }
    if (news.whole) { measure(); heads(); }
    notices.replaceChildren(...news.notices.map((text) => h("p", { class: "notice" }, text)));
    arrange(news.whole ? null : changed);
    selection();
  }

  let widths = [];
  let hasProgress = false;
  function measure() {
    const sample = [...rows.values()].slice(0, 300);
    hasProgress = true;
    widths = columns.map((name, place) => {
      const longest = sample.reduce((most, row) => Math.max(most, textOf(name, row.values[place]).length), 0);
      return Math.min(Math.max(longest, Math.min(labelOf(name).length + 2, 22)) + 3, 34);
    });
  }

  function heads() {
    const sorted = (name) => (view.sort === name ? "ascending" : view.sort === `-${name}` ? "descending" : null);
    const shown = columns.flatMap((name, place) => (OWN.has(name) || name === "findings" ? [] : [[name, place]]));
    table.setColumns([
      { name: "select", label: "Select", width: 5, sortable: false, hidden: true },
      { name: "name", label: "run", width: 27, sort: sorted("name") },
      { name: "state", label: "state", width: 15, sort: sorted("state") },
      { name: "findings", label: "findings", width: 14, sort: sorted("findings") },
      ...(hasProgress ? [{ name: "progress", label: "progress", width: 25, sortable: false }] : []),
      ...shown.map(([name, place]) => ({ name, label: labelOf(name), width: widths[place], right: isNumeric(name, place), sort: sorted(name) })),
    ]);
  }

  const isNumeric = (name, place) => name === "runtime" || [...rows.values()].slice(0, 50).some((row) => typeof row.values[place] === "number");

  function cells(row) {
    const box = h("input", { type: "checkbox", "aria-label": `Select ${row.title}`, checked: selected.has(row.key), tabindex: "-1", onchange: () => choose(row.key, box.checked) });
    const link = h("a", { href: hashOf(["run", row.key]), tabindex: "-1", title: row.title }, row.title);
    const small = row.title === row.key ? null : h("small", {}, row.key);
    return [
      [h("label", { class: "box" }, box), [link, small]],
      stateBadge(row.state),
      findingsCell(row.findings),
      ...(hasProgress ? [progressCell(row.progress)] : []),
      ...columns.flatMap((name, place) => (OWN.has(name) || name === "findings" ? [] : [textCell(name, row.values[place])])),
    ];
  }

  function arrange(changed = null) {
    const words = view.search.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (row) => words.every((word) => searchText(row).includes(word));
    const found = words.length ? [...rows.values()].filter(matches) : [...rows.values()];
    const descending = view.sort.startsWith("-");
    const name = descending ? view.sort.slice(1) : view.sort;
    const place = columns.indexOf(name);
    const keyOf = name === "name" ? (row) => row.title
      : name === "state" ? (row) => row.state
        : name === "findings" ? (row) => severity(row.findings)
          : place >= 0 ? (row) => numeric(row.values[place]) : null;
    if (keyOf) {
      const keys = new Map(found.map((row) => [row, keyOf(row)]));
      found.sort((one, other) => ordered(keys.get(one), keys.get(other), descending));
    }
    table.setRows(found, changed);
    const running = [...rows.values()].filter((row) => row.state === "running").length;
    const all = found.length === rows.size ? pluralText(rows.size, "run") : `${found.length.toLocaleString("en-US")} of ${pluralText(rows.size, "run")}`;
    count.textContent = rows.size === 0 ? (view.filter ? "no run matches the filter" : "no run here yet") : `${all}${running ? `, ${running} running` : ""}`;
  }

  function choose(key, wanted) {
    if (wanted) selected.add(key); else selected.delete(key);
    const box = table.made.get(key)?.querySelector("input");
    if (box) box.checked = wanted;
    table.made.get(key)?.classList.toggle("chosen", wanted);
    selection();
  }

  function selection() {
    const keys = [...selected].filter((key) => rows.has(key));
    bar.hidden = keys.length === 0;
    bar.firstChild.textContent = `${pluralText(keys.length, "run")} selected`;
    compare.href = hashOf(["compare"], { runs: keys.join(",") });
    compare.classList.toggle("off", keys.length < 2);
    compare.setAttribute("aria-disabled", String(keys.length < 2));
    keepState({ selected: keys.join(",") });
  }

  const pressed = (event) => {
    if (event.target.closest("input,select,textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); search.select(); }
    else if (event.key === "c" && selected.size > 1) location.hash = compare.getAttribute("href");
    else if ((event.key === "j" || event.key === "ArrowDown") && !table.element.contains(document.activeElement)) { event.preventDefault(); table.go(0); }
  };
  document.addEventListener("keydown", pressed);
  document.title = "Runs · trackexp view";
  ask({});
  return { close() { asked = -1; events?.close(); table.close(); document.removeEventListener("keydown", pressed); } };
}

function searchText(row) {
  row.text ??= [row.key, row.title, row.state, ...row.findings.map(([code]) => code), ...row.values].join(" ").toLowerCase();
  return row.text;
}

function numeric(value) {
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  return value === "NaN" ? null : value;
}

/** Missing values come last, whichever way the others go. */
function ordered(one, other, descending) {
  const [noOne, noOther] = [one === null || one === undefined, other === null || other === undefined];
  if (noOne || noOther) return Number(noOne) - Number(noOther);
  const both = typeof one === "number" && typeof other === "number";
  const way = both ? one - other : WORDS.compare(String(one), String(other));
  return descending ? -way : way;
}

function severity(findings) {
  const weights = { error: 100, warning: 10, info: 1 };
  return -findings.reduce((sum, [, kind]) => sum + (weights[kind] ?? 0), 0);
}

function labelOf(name) {
  const labels = { started_at: "started", runtime: "ran" };
  return labels[name] ?? name.replace(/^(config|summary)\./, "");
}

function textOf(name, value) {
  if (value === null || value === undefined) return "–";
  if (name === "runtime") return durationText(value);
  if (name === "started_at") return momentText(value);
  return typeof value === "number" ? (name.startsWith("config.") ? String(Number(value.toPrecision(7))) : numberText(value)) : String(value);
}

function textCell(name, value) {
  const text = textOf(name, value);
  return h("span", { title: text.length > 24 ? text : null, class: value === null ? "none" : "" }, text);
}

function findingsCell(findings) {
  if (findings.length === 0) return h("span", { class: "none" }, "–");
  const shown = findings.slice(0, 2).map(([code, kind]) => h("span", { class: `badge ${kind}`, title: kind }, code));
  return h("span", { class: "badges", "aria-label": findings.map(([code, kind]) => `${kind} ${code}`).join(", ") }, shown, findings.length > 2 ? ` +${findings.length - 2}` : "");
}

/** How far a running run has come: epochs, seconds an epoch, time left, and what it takes of the machine. */
export function progressCell(progress) {
  if (!progress) return h("span", { class: "none" }, "–");
  const { epoch, epochs, pace, left, cpu, gpu } = progress;
  const share = epochs ? Math.min(1, (epoch ?? 0) / epochs) : null;
  const parts = [
    epoch !== null && epoch !== undefined ? `${epoch}${epochs ? `/${epochs}` : ""}` : epochs ? `0/${epochs}` : "",
    pace ? `${durationText(pace)}/epoch` : "",
    left ? `${durationText(left)} left` : "",
  ].filter(Boolean);
  const machine = [cpu !== undefined ? `CPU ${Math.round(cpu)} %` : "", gpu !== undefined ? `GPU ${Math.round(gpu)} %` : ""].filter(Boolean).join(", ");
  return h("span", { class: "progress", title: [...parts, machine].filter(Boolean).join(" · ") },
    share === null ? null : h("span", { class: "track", "aria-hidden": "true" }, h("span", { style: { width: `${(share * 100).toFixed(1)}%` } })),
    h("span", {}, parts.slice(0, 1).concat(parts.slice(-1).filter((part) => part !== parts[0])).join(" · ") || machine || "running"));
}

/** A choice of columns: those that runs here have, to be ticked and searched. */
function columnsChooser(onchange, current) {
  const list = h("div", { class: "choices" });
  const find = h("input", { type: "search", placeholder: "find a column", "aria-label": "Find a column", oninput: () => fill() });
  let names = [];
  const fill = () => {
    const shown = new Set(current());
    const word = find.value.toLowerCase();
    const all = [...new Set([...current(), ...names])].filter((name) => !OWN.has(name) && name.toLowerCase().includes(word)).slice(0, 200);
    list.replaceChildren(...all.map((name) => h("label", {}, h("input", { type: "checkbox", checked: shown.has(name), onchange: (event) => {
      const rest = current().filter((other) => other !== name);
      onchange(event.target.checked ? [...rest, name] : rest);
    } }), ` ${name}`)));
  };
  const details = h("details", { class: "chooser", ontoggle: async () => {
    if (!details.open) return;
    names = (await load("/api/columns")).columns;
    fill();
    find.focus();
  }, onkeydown: (event) => { if (event.key === "Escape") { details.open = false; details.firstChild.focus(); } } }, h("summary", {}, "Columns"), h("div", { class: "panel" }, find, list));
  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.open = false; });
  return details;
}
