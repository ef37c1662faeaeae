"""A comparison on the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from trackexp.comparison.comparing import Comparison
from trackexp.comparison.runs_table import show_runs
from trackexp.reporting import heading, paragraph, plural, printable, table, value_text

_NARROW = 70  # columns; below it three columns of long words break in the middle of them
_MOST_KEYS = 40  # config keys shown; what is left out is counted, and JSON has all


def show_comparison(out: Console, comparison: Comparison) -> None:
    """Print the runs in the order of their merit, what differs between them, and the verdict."""
    heading(out, f"{plural(len(comparison.rows), 'run')} by {printable(comparison.metric)}")
    show_runs(out, comparison)
    _differences(out, comparison)
    heading(out, "Verdict")
    paragraph(out, comparison.verdict.text)


def _differences(out: Console, comparison: Comparison) -> None:
    if not comparison.differences:
        heading(out, "What differs", "nothing in the config")
        return
    heading(out, "What differs")
    told = _told_once(comparison)
    if out.width < _NARROW:
        _differences_in_lines(out, told)
    else:
        _differences_in_columns(out, told)
    if (more := len(told) - _MOST_KEYS) > 0:
        out.print(Text(f"  … and {plural(more, 'key')} more: --json has all", "dim"))


def _differences_in_columns(out: Console, told: Mapping[str, Mapping[str, list[str]]]) -> None:
    rows: list[tuple[str, str, str]] = []
    for key, groups in list(told.items())[:_MOST_KEYS]:
        name = printable(key)
        for text, runs in groups.items():
            rows.append((name, _short(text), ", ".join(runs)))
            name = ""
    table(out, ("", "", ""), rows)


def _differences_in_lines(out: Console, told: Mapping[str, Mapping[str, list[str]]]) -> None:
    for key, groups in list(told.items())[:_MOST_KEYS]:
        paragraph(out, key)
        for text, runs in groups.items():
            paragraph(out, f"  {_short(text)}: {', '.join(runs)}")


def _told_once(comparison: Comparison) -> dict[str, dict[str, list[str]]]:
    """Return the runs by value, by key; without the facts that only repeat what a key of the user has said."""
    labels = {entry.id: printable(entry.label) for entry in comparison.rows}
    told: dict[str, dict[str, list[str]]] = {}
    for key, values in comparison.differences.items():
        groups: dict[str, list[str]] = {}
        ours = key.startswith("trackexp.")
        for run, label in labels.items():
            if run in values or not ours:  # a fact that is absent was not seen, which is no value
                groups.setdefault(value_text(values[run]) if run in values else "(not set)", []).append(label)
        if not (ours and groups in told.values()):
            told[key] = groups
    return told


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
