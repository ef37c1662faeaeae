"""What the server answers to a request: by path, as data, a file or a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import orjson

from trackexp.errors import RunNotFoundError, TrackexpError, UsageError
from trackexp.record import RunRecord
from trackexp.reporting.svg.style import COLOURS, SERIES
from trackexp.viewing.board import Board, Entry
from trackexp.viewing.guard import FILE_POLICY, OWN_POLICY, PAGE_POLICY, REPORT_POLICY
from trackexp.viewing.live_run import LiveRun

_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_LARGEST = 32 << 20  # bytes of a file of a run that is shown
_MOST_COMPARED = 500

Query = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its bytes, what they are, and what the page may do with them."""

    body: bytes
    kind: str = "application/json"
    status: int = 200
    policy: str = PAGE_POLICY
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(board: Board, path: str, query: Query) -> Answer:
    """Return what is at a path.

    Raises:
        RunNotFoundError: There is nothing, or not any more.
        UsageError: Something asked for is not what it can be.
        UnreadableRunError: The run's files cannot be read any more.
    """
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "run" and len(parts) == 2:
        return Answer(b"", status=302, headers={"Location": f"/#/run/{path.strip('/').partition('/')[2]}"})
    if parts[:2] == ["api", "columns"]:
        return _columns(board)
    if parts[:2] == ["api", "check"]:
        return _check(board, query)
    if parts[:2] == ["api", "several"]:
        return _several(board, query)
    if parts[:2] == ["pages", "compare"]:
        return _comparison(board, query)
    if parts[:2] == ["api", "models"]:
        return _models()
    of_run = {"run": _details, "series": _series, "file": _file}
    if len(parts) == 3 and parts[0] == "api" and parts[1] in of_run:
        return of_run[parts[1]](board, parts[2], query)
    raise RunNotFoundError(f"there is nothing at /{'/'.join(parts)}")


@cache
def asset(name: str) -> Answer | None:
    """Return a part of the page itself, or None; no name leads out of its folder."""
    if ".." in PurePosixPath(name).parts or name.startswith("/"):
        return None
    if name == "colours.css":
        return Answer(colours().encode(), "text/css; charset=utf-8")
    place = files("trackexp.viewing").joinpath("assets", name)
    if not place.is_file():
        return None
    kind = _TYPES.get(PurePosixPath(name).suffix, "text/plain")
    return Answer(place.read_bytes(), f"{kind}; charset=utf-8")


def colours() -> str:
    """Return the colours of charts and pages as CSS, in light and in dark."""
    light, dark = (";".join(f"--{name}:{pair[side]}" for name, pair in COLOURS.items()) for side in (0, 1))
    return "\n".join(
        (
            f":root{{color-scheme:light dark;{light}}}",
            f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}",
            f":root[data-theme=dark]{{color-scheme:dark;{dark}}}",
            ":root[data-theme=light]{color-scheme:light}",
            *(f".s{i}{{background:var(--s{i});fill:var(--s{i})}}" for i in range(SERIES)),
            "",
        )
    )


def failed(error: TrackexpError) -> Answer:
    """Return what is told where something asked for cannot be had."""
    status = 404 if isinstance(error, RunNotFoundError) else 400 if isinstance(error, UsageError) else 410
    return Answer(_json({"error": str(error)}), status=status)


def _columns(board: Board) -> Answer:
    from trackexp.record.query import FIELDS
    from trackexp.viewing.rows import column_names

    return Answer(_json({"columns": column_names([e.record for e in board.entries()]), "fields": sorted(FIELDS)}))


def _check(board: Board, query: Query) -> Answer:
    """Refuse a filter or a column that cannot be: a stream of events has no words for it."""
    from trackexp.viewing.rows import Table

    Table(board, _one(query, "filter"), query.get("column", []), _one(query, "metric"))
    return Answer(_json({}))


def _details(board: Board, key: str, _query: Query) -> Answer:
    from trackexp.viewing.details import details_of

    entry, live = _run(board, key)
    return Answer(_json(details_of(entry, live)))


def _series(board: Board, key: str, query: Query) -> Answer:
    from trackexp.viewing.series import curves_of

    _, live = _run(board, key)
    keys = query.get("name", [])
    begins = [int(number) if number.isdigit() else 0 for number in query.get("from", [])]
    begins += [0] * (len(keys) - len(begins))
    axis: Any = _one(query, "axis", "step")
    curves = curves_of(live.whole(), keys, begins[: len(keys)], axis)
    return Answer(_json({"curves": curves, "beginnings": live.beginnings}))


def _file(board: Board, key: str, query: Query) -> Answer:
    """Return a file of a run: a picture or a report in a world of its own, and anything else as plain text."""
    _, live = _run(board, key)
    name = _one(query, "name")
    file = live.whole().file(name)
    if file is None or file.path is None:
        raise RunNotFoundError(f"the run has no file {name!r} on this disk")
    if (file.size or 0) > _LARGEST:
        raise UsageError(f"{name} has {file.size:,} bytes; the page shows files of at most {_LARGEST:,}: {file.path}")
    try:
        body = file.path.read_bytes()
    except OSError as error:
        raise RunNotFoundError(f"{file.path} cannot be read: {error.strerror or error}") from error
    kind = guess_type(name)[0] or ""
    if kind == "text/html":
        return Answer(body, "text/html; charset=utf-8", policy=REPORT_POLICY)
    return Answer(body, kind if kind in _PICTURES else "text/plain; charset=utf-8", policy=FILE_POLICY)


def _several(board: Board, query: Query) -> Answer:
    from trackexp.viewing.several import several_of

    return Answer(_json(several_of(_entries(board, query))))


def _comparison(board: Board, query: Query) -> Answer:
    from trackexp.viewing.several import comparison_html

    records: list[RunRecord] = []
    for entry in _entries(board, query):
        live = board.live(entry.key)
        assert live is not None
        records.append(live.whole())
    html = comparison_html(records, metric=_one(query, "metric") or None, group_by=query.get("group_by"))
    return Answer(html.encode(), "text/html; charset=utf-8", policy=OWN_POLICY)


def _models() -> Answer:
    from trackexp.viewing.several import models_of

    return Answer(_json(models_of()))


def _entries(board: Board, query: Query) -> list[Entry]:
    keys = list(dict.fromkeys(key for part in query.get("runs", []) for key in part.split(",") if key))
    if len(keys) > _MOST_COMPARED:
        raise UsageError(f"{len(keys):,} runs are more than a page compares at once: choose at most {_MOST_COMPARED}")
    found = [(key, board.entry(key)) for key in keys]
    lost = [key for key, entry in found if entry is None]
    if lost:
        raise RunNotFoundError(f"no such run here, or not any more: {', '.join(lost)}")
    return [entry for _, entry in found if entry is not None]


def _run(board: Board, key: str) -> tuple[Entry, LiveRun]:
    entry, live = board.entry(key), board.live(key)
    if entry is None or live is None:
        raise RunNotFoundError(f"no run {key!r} is here, or not any more")
    return entry, live


def _one(query: Query, name: str, default: str = "") -> str:
    return query.get(name, [default])[-1]


def _json(data: Any) -> bytes:
    return orjson.dumps(data, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)  # arrays that are not contiguous
