"""The pages of a view as files, to be put anywhere: they open from a disk, with no server and no network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from trackexp.errors import TrackexpError, UsageError
from trackexp.record.query import parse_filter
from trackexp.reporting.formats import plural
from trackexp.viewing.answers import Answer, answer, asset, colours
from trackexp.viewing.board import Board, Entry

MODULES = ("dom", "state", "source", "chart", "table", "runs", "run", "several", "models", "app")  # below one another
_IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
_POLICY = "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src data:; base-uri 'none'"
_AXES = ("step", "epoch", "time")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Args:
        page: The file to open.
        runs: How many runs it has.
        left_out: Those that could not be read, each with the reason.
    """

    page: Path
    runs: int
    left_out: tuple[str, ...]

    @property
    def text(self) -> str:
        """What was written, in a sentence."""
        lost = f"; left out: {'; '.join(self.left_out)}" if self.left_out else ""
        return f"{plural(self.runs, 'run')} written to {self.page.parent}; open {self.page.name}{lost}"


def export(board: Board, folder: Path, *, condition: str = "", metric: str = "") -> Exported:
    """Write the table, every run of it and its curves as files; the folder may be there already.

    Args:
        board: Of whose runs; it need not be open.
        folder: Where to; made where it is not there.
        condition: As for `trackexp ls --filter`.
        metric: One that the table has among its columns.

    Raises:
        FilterError: The filter cannot be read.
        UsageError: The files cannot be written there.
    """
    from trackexp.viewing.rows import Table

    table = Table(board, condition, metric=metric)
    board.refresh()
    test = parse_filter(condition) if condition.strip() else None
    entries = [entry for entry in board.entries() if test is None or test(entry.record)]
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
        known, lost = _write_runs(board, entries, folder)
        _write_page(folder, {"rows": table.since(0), "files": known, "written": f"{datetime.now():%Y-%m-%d %H:%M}"})
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror or error}); name another folder") from error
    return Exported(folder / "index.html", len(entries) - len(lost), tuple(lost))


def _write_runs(board: Board, entries: list[Entry], folder: Path) -> tuple[dict[str, str], list[str]]:
    known: dict[str, str] = {}
    lost: list[str] = []
    for place, entry in enumerate(entries):
        stem = f"data/{place}-{_UNSAFE.sub('_', entry.key)[:60]}"
        try:
            for name, found in _answers(board, entry.key):
                suffix = re.sub(r"\W+", "-", name.partition("/")[0] + name.partition("?")[2])
                file = f"{stem}-{suffix}.js"
                _write_data(folder / file, file, found)
                known[name] = file
        except TrackexpError as error:
            lost.append(f"{entry.key} ({error})")
    return known, lost


def _answers(board: Board, key: str) -> Iterator[tuple[str, Answer]]:
    """Yield what the page asks the server for of one run, by how it asks."""
    from urllib.parse import quote

    named = quote(key, safe="!~*'()")
    details = answer(board, f"/api/run/{named}", {})
    yield f"run/{named}", details
    names = [curve["key"] for chart in json.loads(details.body)["charts"] for curve in chart["curves"]]
    for axis in _AXES:
        yield f"series/{named}?{axis}", answer(board, f"/api/series/{named}", {"axis": [axis], "name": names})


def _write_data(path: Path, name: str, found: Answer) -> None:
    text = found.body.decode()
    path.write_text(f"trackexpSite.loaded[{json.dumps(name)}]={text};\n", encoding="utf-8")


def _write_page(folder: Path, data: dict[str, Any]) -> None:
    scripts = [_module(name) for name in MODULES]
    (folder / "app.js").write_text('"use strict";\n(() => {\n' + "\n".join(scripts) + "})();\n", encoding="utf-8")
    text = json.dumps({**data, "loaded": {}}, ensure_ascii=False, allow_nan=False)
    (folder / "data" / "runs.js").write_text(f"window.trackexpSite={text};\n", encoding="utf-8")
    (folder / "colours.css").write_text(colours(), encoding="utf-8")
    for name in ("view.css", "uplot/uPlot.iife.min.js", "uplot/uPlot.min.css", "uplot/LICENSE"):
        found = asset(name)
        assert found is not None
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(found.body)
    (folder / "index.html").write_text(_index(), encoding="utf-8")


def _module(name: str) -> str:
    """Return a module as a part of one script: files that are opened from a disk may not import one another."""
    text = files("trackexp.viewing").joinpath("assets", f"{name}.js").read_text("utf-8")
    return re.sub(r"^export ", "", _IMPORT.sub("", text), flags=re.MULTILINE)


def _index() -> str:
    text = files("trackexp.viewing").joinpath("assets", "index.html").read_text("utf-8").replace("/assets/", "")
    scripts = '<script src="data/runs.js"></script>\n<script src="app.js" defer></script>'
    text = text.replace('<script type="module" src="app.js"></script>', scripts)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    return text.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{policy}')
