"use strict";
(() => {
  const root = document.documentElement;
  const make = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const remembered = {
    get theme() { try { return localStorage.getItem("trackexp-theme") || "auto"; } catch { return "auto"; } },
    set theme(value) { try { localStorage.setItem("trackexp-theme", value); } catch { /* a sandbox forgets */ } },
  };

  const themes = ["auto", "light", "dark"];
  const toggle = make("button", "", { type: "button" });
  const paint = (theme) => {
    if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
    toggle.textContent = `Theme: ${theme}`;
  };
  let theme = themes.includes(remembered.theme) ? remembered.theme : "auto";
  toggle.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    remembered.theme = theme;
    paint(theme);
  });
  document.querySelector(".tools").append(toggle);
  paint(theme);

  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.value;
    if (given === undefined) return cell.textContent.trim();
    return given === "" ? null : Number(given);
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : words.compare(a, b));
  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return direction === "descending" ? compare(b, a) : compare(a, b);
    });
    body.append(...rows.map(([, row]) => row));
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      if (head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", place === column ? direction : "none");
    });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (!head.hasAttribute("aria-sort")) return;
      const button = make("button", head.textContent, { type: "button" });
      button.addEventListener("click", () => {
        sort(table, column, head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending");
      });
      head.replaceChildren(button);
    });
  }

  for (const table of document.querySelectorAll("table.filtered")) {
    const rows = [...table.tBodies[0].rows];
    const label = make("label", `${table.dataset.filter} `);
    const field = make("input", "", { type: "search", autocomplete: "off" });
    const count = make("span", "", { role: "status", class: "note" });
    const box = make("div", "", { class: "filter" });
    label.append(field);
    box.append(label, count);
    table.closest(".scroll").before(box);
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word));
        shown += !row.hidden;
      }
      count.textContent = wanted.length ? `${shown} of ${rows.length}` : "";
    });
  }

  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
})();
