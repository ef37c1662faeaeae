// Where the data is from: the server that made the page, or files beside it that `--export` wrote.

const params = new URLSearchParams(location.search);
const site = window.trackexpSite ?? null;

/** The token of the link; the address bar does not keep it. */
const token = (() => {
  if (site) return "";
  const given = params.get("token");
  try {
    if (given) sessionStorage.setItem("trackexp-token", given);
    return given ?? sessionStorage.getItem("trackexp-token") ?? "";
  } catch { return given ?? ""; }
})();
if (params.has("token")) history.replaceState(null, "", location.pathname + location.hash);

/** Whether the page is of files, which do not move. */
export const isSite = site !== null;

/** The link to this very state, with what opens it. */
export function linkHere() {
  return isSite ? location.href : `${location.origin}${location.pathname}?token=${token}${location.hash}`;
}

/** The address of something on the server. */
export function addressOf(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) query.append(name, one);
  if (token) query.append("token", token);
  return `${path}?${query}`;
}

/** Fetch data; what the server refuses is raised with its own words. */
export async function load(path, parameters = {}) {
  if (isSite) return loadFile(path, parameters);
  let answer;
  try {
    answer = await fetch(addressOf(path, parameters), { cache: "no-store" });
  } catch {
    throw new Error("the view does not answer; it may have ended");
  }
  const data = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
  if (!answer.ok) throw new Error(data?.error ?? `the view answers ${answer.status}`);
  return data;
}

/** Fetch a text file of a run. */
export async function loadText(key, name) {
  if (isSite) throw new Error("the exported pages do not have the files of runs");
  const answer = await fetch(addressOf(`/api/file/${encodeURIComponent(key)}`, { name }));
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.text();
}

/**
 * Listen to news until `close` is called: it comes back after a lost connection, and rests while nobody sees the page.
 * @param parameters of /api/events
 * @param handlers by the kind of news: rows, run, gone
 */
export function listen(parameters, handlers) {
  if (isSite) {
    handlers.rows?.(site.rows);
    connectionText("saved", `as of ${site.written}`);
    return { close() {} };
  }
  let events = null;
  let timer = 0;
  let isOver = false;
  const open = () => {
    clearTimeout(timer);
    if (events || isOver) return;
    events = new EventSource(addressOf("/api/events", parameters));
    events.onopen = () => connectionText("live", "live");
    events.onerror = () => {
      connectionText("lost", "connection lost, trying again");
      if (events?.readyState === EventSource.CLOSED) { close(); retry(); }
    };
    events.addEventListener("end", () => { connectionText("ended", "the view has ended"); close(); retry(); });
    for (const [kind, handler] of Object.entries(handlers)) {
      events.addEventListener(kind, (event) => handler(JSON.parse(event.data)));
    }
  };
  const close = () => { events?.close(); events = null; };
  const retry = () => { clearTimeout(timer); if (!isOver) timer = setTimeout(open, 2000); };
  const seen = () => {
    if (document.hidden) timer = setTimeout(close, 20000); else open();
  };
  document.addEventListener("visibilitychange", seen);
  open();
  return { close() { isOver = true; clearTimeout(timer); document.removeEventListener("visibilitychange", seen); close(); } };
}

function connectionText(kind, text) {
  const place = document.getElementById("connection");
  if (place.dataset.kind === kind && place.textContent === text) return;
  place.dataset.kind = kind;
  place.textContent = text;
}

function loadFile(path, parameters) {
  const name = site.files[`${path.replace(/^\/api\//, "")}${path.startsWith("/api/series/") ? `?${parameters.axis}` : ""}`];
  if (!name) return Promise.reject(new Error("the exported pages do not have this; `trackexp view` does"));
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = name;
    script.onload = () => { script.remove(); resolve(site.loaded[name]); delete site.loaded[name]; };
    script.onerror = () => reject(new Error(`${name} is not beside the page`));
    document.head.append(script);
  });
}
