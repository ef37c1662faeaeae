// Elements, and numbers as people read them. Texts are only ever set as text: a run's name is never markup.

/** Make an element: h("p", { class: "note", onclick: f }, "text", child, [children]); null is left out. */
export function h(tag, attributes = {}, ...children) {
  const made = tag === "svg" || SVG_TAGS.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(made.style, value);
    else if (name === "value" || name === "checked") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const SVG_TAGS = new Set(["g", "path", "circle", "line", "text", "rect", "polyline", "title"]);

/** A number with the four digits that a table shows. */
export function numberText(value) {
  if (typeof value !== "number") return value === null || value === undefined ? "–" : String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return value.toLocaleString("en-US");
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

/** Seconds as "2 h 03 min", "4 min 05 s", "12 s" or "0.8 s". */
export function durationText(seconds) {
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** Bytes as "1.2 MB". */
export function sizeText(bytes) {
  if (typeof bytes !== "number") return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let place = 0;
  let value = bytes;
  while (value >= 1000 && place < units.length - 1) { value /= 1000; place += 1; }
  return `${place === 0 ? value : Number(value.toPrecision(3))} ${units[place]}`;
}

/** A moment as "2026-11-30 14:05" in the reader's own time. */
export function momentText(iso) {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return String(iso ?? "–");
  const two = (number) => String(number).padStart(2, "0");
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** "1 run", "2 runs". */
export function pluralText(count, noun) {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Tell who listens to the page. */
export function announce(text) {
  document.getElementById("said").textContent = text;
}

/** The state of a run, by a sign and a word: colour alone tells nobody enough. */
export function stateBadge(state) {
  const signs = { running: "●", finished: "✓", failed: "✗", crashed: "✗", killed: "✗", interrupted: "◼", unknown: "?" };
  return h("span", { class: `state ${state}` }, h("span", { "aria-hidden": "true" }, signs[state] ?? "?"), ` ${state}`);
}

/** Call a function once the caller has been quiet for some milliseconds. */
export function debounced(action, milliseconds) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

/** Paragraphs, lists and code of the small Markdown that rules are documented in. */
export function proseOf(text) {
  return text.split(/\n\s*\n/).map((block) => {
    const lines = block.split("\n");
    if (lines.every((line) => /^\s*([-*]|\s{2,})/.test(line)) && /^\s*[-*] /.test(lines[0])) {
      return h("ul", {}, block.split(/\n?\s*[-*] /).filter((item) => item.trim()).map((item) => h("li", {}, inlineOf(item))));
    }
    return h("p", {}, inlineOf(lines.join(" ")));
  });
}

function inlineOf(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (/^`.*`$/.test(part)) return h("code", {}, part.slice(1, -1));
    if (/^\*\*.*\*\*$/.test(part)) return h("strong", {}, part.slice(2, -2));
    return part;
  });
}
