// The whole state of the page is in its address, behind the hash: a link can be sent or kept.

/** Return { path: ["run", "abc"], query: URLSearchParams }. */
export function readState() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(safelyDecoded), query: new URLSearchParams(query) };
}

function safelyDecoded(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** Return the hash of a path and its parameters; empty ones are left out. */
export function hashOf(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== "" && value !== null && value !== undefined && value !== false) query.set(name, value === true ? "1" : value);
  }
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Change parameters of the address without a new entry in the history. */
export function keepState(changes) {
  const { path, query } = readState();
  const parameters = { ...Object.fromEntries(query), ...changes };
  history.replaceState(null, "", hashOf(path, parameters));
}
