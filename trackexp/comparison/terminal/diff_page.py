"""Two runs on the terminal: what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from trackexp.reporting import heading, number, paragraph, plural, printable, shorten, table, value_text

if TYPE_CHECKING:
    from trackexp.comparison.run_diff import RunDiff

_NARROW = 70  # columns; below it three columns of long words break in the middle of them
_MOST_ROWS = 60  # of one section; what is left out is counted, and JSON has all
_MOST_LINES = 400  # of a patch, likewise
_SAID_IN_LINES = ("findings",)  # sections whose values are sentences
_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def show_diff(out: Console, found: RunDiff, sections: tuple[str, ...]) -> None:
    """Print the sections in which the runs differ, and in one line those in which they do not."""
    first, second = (printable(label) for label in found.labels.values())
    heading(out, f"{first} against {second}")
    alike = []
    for section in sections:
        values = getattr(found, section)
        patched = section == "code" and found.patch
        if not values and not patched:
            alike.append(section)
            continue
        heading(out, section.capitalize(), found.statement if section == "data" else plural(len(values), "difference"))
        _values(out, found, section)
        if patched:
            _patch(out, found.patch)
    if alike:
        heading(out, "No difference known", ", ".join(alike))


def _values(out: Console, found: RunDiff, section: str) -> None:
    values = getattr(found, section)
    rows = list(values.items())[:_MOST_ROWS]
    if out.width < _NARROW or section in _SAID_IN_LINES:
        for key, told in rows:
            paragraph(out, key)
            for run, label in found.labels.items():
                paragraph(out, f"  {label}: {_cell(told, run)}")
    elif rows:
        ratios = found.ratios(section) if section in ("config", "metrics", "system") else {}
        cells = [_row(found, key, told, ratios.get(key, {})) for key, told in rows]
        table(out, ("", *map(printable, found.labels.values()), ""), cells)
    if (more := len(values) - _MOST_ROWS) > 0:
        out.print(Text(f"  … and {plural(more, 'difference')} more: --json has all", "dim"))


def _row(found: RunDiff, key: str, told: Mapping[str, object], ratio: Mapping[str, float]) -> list[str | Text]:
    times = f"{ratio.get(found.second.id, 1.0):.4g}"
    cells = [_cell(told, run) for run in found.labels]
    if len(set(cells)) == 1:  # what differs beyond the digits that people read is told with all of them
        cells = [value_text(told[run]) for run in found.labels]
    return [printable(key), *cells, Text("" if times == "1" else f"× {times}", "dim")]


def _cell(told: Mapping[str, object], run: str, most: int = 200) -> str:
    if run not in told:
        return "–"
    value = told[run]
    text = number(value) if isinstance(value, float) else value_text(value)
    return shorten(text, most)


def _patch(out: Console, patch: str) -> None:
    lines = patch.split("\n")
    for line in lines[:_MOST_LINES]:
        out.print(Text(f"  {printable(line.expandtabs(4))}".rstrip(), _STYLES.get(line[:1], "")), soft_wrap=True)
    if (more := len(lines) - _MOST_LINES) > 0:
        out.print(Text(f"  … and {plural(more, 'line')} more: --json has all", "dim"))
