// A table of which only the rows in sight are in the page: 10,000 runs scroll like ten.

import { h } from "./dom.js";

const HEIGHT = 38; // pixels of a row; view.css has the same
const BEYOND = 8; // rows above and below those in sight

/**
 * @param options {
 *   name: what it is, for who hears the page,
 *   cells(row): the elements of a row's <td>, the first of them the row's heading,
 *   key(row), onopen(row), onselect(row), onsort(column),
 * }
 */
export class Table {
  constructor(options) {
    this.options = options;
    this.rows = [];
    this.columns = [];
    this.active = null;
    this.made = new Map();
    this.head = h("thead");
    this.above = h("tr", { class: "space", "aria-hidden": "true" });
    this.below = h("tr", { class: "space", "aria-hidden": "true" });
    this.body = h("tbody");
    this.table = h("table", { class: "runs", "aria-label": options.name }, this.head, this.body);
    this.element = h("div", { class: "viewport", onscroll: () => this.soon(), onkeydown: (event) => this.pressed(event) }, this.table);
    this.resized = new ResizeObserver(() => this.soon());
    this.resized.observe(this.element);
    this.waiting = 0;
  }

  /** columns: [{ name, label, width (in ch), right, sort: "ascending" | "descending" | null }] */
  setColumns(columns) {
    this.columns = columns;
    const cells = columns.map((column) => {
      const label = column.sortable === false
        ? h("span", column.hidden ? { class: "hidden" } : {}, column.label)
        : h("button", { type: "button", onclick: () => this.options.onsort(column.name), title: column.title ?? column.name }, column.label);
      return h("th", { scope: "col", class: column.right ? "num" : "", "aria-sort": column.sortable === false ? null : column.sort ?? "none", style: { width: `${column.width}ch` } }, label);
    });
    this.head.replaceChildren(h("tr", { "aria-rowindex": "1" }, cells));
    this.table.style.width = `max(100%, ${columns.reduce((sum, column) => sum + column.width, 0)}ch)`;
    this.made.clear();
    this.draw();
  }

  setRows(rows, changed = null) {
    this.rows = rows;
    if (changed === null) this.made.clear();
    else for (const key of changed) this.made.delete(key);
    if (this.active !== null && !rows.some((row) => this.options.key(row) === this.active)) this.active = null;
    this.table.setAttribute("aria-rowcount", String(rows.length + 1));
    this.draw();
  }

  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.draw(); });
  }

  draw() {
    const height = this.element.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.element.scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(this.rows.length, first + Math.ceil(height / HEIGHT) + 2 * BEYOND);
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
    const kept = new Map();
    const shown = [];
    for (let place = first; place < last; place += 1) {
      const row = this.rows[place];
      const key = this.options.key(row);
      const made = this.made.get(key) ?? this.make(row, key);
      made.setAttribute("aria-rowindex", String(place + 2));
      made.tabIndex = key === this.active || (this.active === null && place === 0) ? 0 : -1;
      kept.set(key, made);
      shown.push(made);
    }
    const hadFocus = focused?.closest("tr")?.dataset.key;
    const control = focused?.matches("input");
    this.made = kept;
    this.above.style.height = `${first * HEIGHT}px`;
    this.below.style.height = `${(this.rows.length - last) * HEIGHT}px`;
    const wanted = [this.above, ...shown, this.below];
    if (wanted.length !== this.body.childElementCount || wanted.some((row, place) => this.body.children[place] !== row)) {
      this.body.replaceChildren(...wanted);
      if (hadFocus !== undefined && !this.body.contains(focused)) {
        const row = kept.get(hadFocus);
        (control ? row?.querySelector("input") : row)?.focus({ preventScroll: true });
      } else focused?.focus({ preventScroll: true });
    }
  }

  make(row, key) {
    const [heading, ...cells] = this.options.cells(row);
    const made = h("tr", { "data-key": key, onclick: (event) => {
      if (!event.target.closest("a,input,button,label")) { this.active = key; this.options.onopen(row); }
    } });
    const rest = cells.map((cell, place) => h("td", { class: this.columns[place + 2]?.right ? "num" : "" }, cell));
    made.append(h("td", { class: "select" }, heading[0]), h("th", { scope: "row" }, heading[1]), ...rest);
    return made;
  }

  /** Arrows and j, k move; Enter opens, x selects; Home, End, Page keys go far. */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("button,a,select")) return;
    const place = Math.max(0, this.rows.findIndex((row) => this.options.key(row) === this.active));
    const page = Math.max(1, Math.floor(this.element.clientHeight / HEIGHT) - 2);
    const moves = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -place, End: this.rows.length };
    if (event.key in moves) {
      event.preventDefault();
      this.go(this.active === null && event.key !== "End" ? 0 : place + moves[event.key]);
    } else if ((event.key === "Enter" || event.key === "o") && this.rows[place] && !event.target.matches("input")) {
      event.preventDefault();
      this.options.onopen(this.rows[place]);
    } else if ((event.key === "x" || (event.key === " " && !event.target.matches("input"))) && this.rows[place]) {
      event.preventDefault();
      this.options.onselect(this.rows[place]);
    }
  }

  /** Make a row the active one, in sight and with the focus. */
  go(place) {
    const target = Math.min(Math.max(place, 0), this.rows.length - 1);
    if (target < 0) return;
    this.active = this.options.key(this.rows[target]);
    const top = target * HEIGHT;
    const space = this.element.clientHeight - HEIGHT - this.head.offsetHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top > this.element.scrollTop + space) this.element.scrollTop = top - space;
    this.draw();
    this.made.get(this.active)?.focus({ preventScroll: true });
  }

  close() { this.resized.disconnect(); }
}
