// Which page is shown, and what stands on all of them.

import { repaintCharts } from "./chart.js";
import { announce, h } from "./dom.js";
import { modelsPage } from "./models.js";
import { runPage } from "./run.js";
import { runsPage } from "./runs.js";
import { severalPage } from "./several.js";
import { linkHere } from "./source.js";
import { readState } from "./state.js";

const main = document.getElementById("content");
let shown = null;
let shownPath = null;

function route() {
  const { path, query } = readState();
  const name = location.hash;
  if (shownPath === name) return;
  shownPath = name;
  shown?.close();
  const [kind, key] = path;
  main.className = kind ?? "all";
  if (kind === "run" && key) shown = runPage(main, key, query);
  else if (kind === "compare") shown = severalPage(main, query);
  else if (kind === "models") shown = modelsPage(main);
  else shown = runsPage(main);
  window.scrollTo(0, 0);
}

const themes = ["auto", "light", "dark"];
let theme = remembered("trackexp-theme");
if (!themes.includes(theme)) theme = "auto";

function remembered(name) {
  try { return localStorage.getItem(name) ?? ""; } catch { return ""; }
}

function paint() {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  toggle.textContent = `Theme: ${theme}`;
  repaintCharts();
}

const toggle = h("button", { type: "button", onclick: () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  try { localStorage.setItem("trackexp-theme", theme); } catch { /* a frame of another origin forgets */ }
  paint();
} });

const copy = h("button", { type: "button", title: "Copy the link to exactly this", onclick: async () => {
  try { await navigator.clipboard.writeText(linkHere()); copy.textContent = "Copied"; announce("link copied"); } catch { window.prompt("The link to exactly this:", linkHere()); }
  setTimeout(() => { copy.textContent = "Copy link"; }, 1500);
} }, "Copy link");

const keys = h("dialog", { "aria-labelledby": "keys-title" }, h("h2", { id: "keys-title" }, "Keys"), h("dl", {},
  [["/", "search runs"], ["↑ ↓ or j k", "move in the table"], ["Enter", "open the run"], ["x", "select the run"], ["c", "compare those selected"],
    ["+ − ← → 0", "zoom, move, show all of a chart"], ["g", "back to all runs"], ["?", "these keys"]].map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])),
h("form", { method: "dialog" }, h("button", {}, "Close")));

document.getElementById("tools").append(h("a", { class: "button", href: "#/models" }, "Models"), copy, h("button", { type: "button", onclick: () => keys.showModal() }, "Keys"), toggle);
document.body.append(keys);
document.querySelector("[data-skip]").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input,select,textarea,dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") keys.showModal();
  else if (event.key === "g") location.hash = "#/";
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintCharts);
window.addEventListener("hashchange", route);
paint();
route();
