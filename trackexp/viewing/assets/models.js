// Registered models: who holds which alias, and what is wrong with the other versions.

import { h } from "./dom.js";
import { isSite, listen, load } from "./source.js";

/** Show the page of models in an element; return what ends it. */
export function modelsPage(main) {
  document.title = "Models · trackexp view";
  const body = h("div", {}, h("p", { class: "loading" }, isSite ? "" : "reading the ledger …"));
  main.replaceChildren(h("div", { class: "page-head" }, h("h1", {}, "Models")), body);
  load("/api/models").then((models) => {
    const shown = models.map(({ name, problem, versions: [heads, rows] }) => h("section", {}, h("h2", {}, name), problem ? h("p", { class: "notice bad" }, problem) : null,
      h("div", { class: "scroll" }, h("table", { class: "plain" }, h("caption", { class: "hidden" }, `Versions of ${name}`), h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, String(cell))))))))));
    body.replaceChildren(...(shown.length ? shown : [h("p", {}, "No model is registered here. ", h("code", {}, "trackexp promote RUN"), " registers the best model of a run.")]));
  }, (error) => body.replaceChildren(h("p", { class: "notice bad", role: "alert" }, error.message)));
  const events = listen({ run: "-" }, {});
  return { close() { events.close(); } };
}
