"""A comparison on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from trackexp.comparison.differences import other_data, says_nothing
from trackexp.comparison.terminal.tables import show_groups, show_pareto, show_runs
from trackexp.record import Finding
from trackexp.reporting import STYLES, SYMBOLS, heading, paragraph, plural, printable, shorten, table, value_text

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison

_SAID_OF_THE_DATA = "trackexp.data."  # keys that the section on data says in words
_NARROW = 70  # columns; below it three columns of long words break in the middle of them
_INDENT = 4  # columns before the text of a finding
_MOST_KEYS = 40  # keys shown of a section; what is left out is counted, and JSON has all


def show_comparison(out: Console, comparison: Comparison) -> None:
    """Print the runs in the order of their merit, what differs between them, what is wrong, and the verdict."""
    heading(out, f"{plural(len(comparison.entries), 'run')} by {printable(comparison.metric)}")
    show_runs(out, comparison)
    show_groups(out, comparison)
    show_pareto(out, comparison)
    labels = {entry.id: printable(entry.label) for entry in comparison.entries}
    if comparison.differences:
        heading(out, "What differs")
    else:
        heading(out, "What differs", "nothing in the config")
    config = {key: told for key, told in comparison.differences.items() if not key.startswith(_SAID_OF_THE_DATA)}
    known = {entry.id: labels[entry.id] for entry in comparison.entries if not says_nothing(entry.record)}
    show_values(out, known, config, comparison.ratios, unset=True)
    sections = {
        "Data": (comparison.data_differences, other_data(comparison.runs)),
        "Code": (comparison.code_differences, ""),
        "Environment": (comparison.environment_differences, ""),
    }
    for title, (found, note) in sections.items():
        if found:
            heading(out, title, note)
            show_values(out, labels, found, {}, unset=False)
    if comparison.findings:
        heading(out, "About the comparison")
        for finding in comparison.findings:
            _finding(out, finding)
    heading(out, "Verdict")
    paragraph(out, comparison.verdict.text)


def _finding(out: Console, finding: Finding) -> None:
    """Print what is wrong with the comparison: of several runs, so of no epoch."""
    head = Text(f"  {SYMBOLS[finding.severity]} {finding.code} {finding.name}", STYLES[finding.severity])
    out.print(head, soft_wrap=True)
    for text in (finding.message, f"→ {finding.fix}"):
        for line in Text(printable(text)).wrap(out, max(out.width - _INDENT, 20)):
            line.rstrip()
            out.print(Text(" " * _INDENT) + line, soft_wrap=True)


def show_values(
    out: Console,
    labels: Mapping[str, str],
    differences: Mapping[str, Mapping[str, object]],
    ratios: Mapping[str, Mapping[str, float]],
    *,
    unset: bool,
) -> None:
    """Print which runs have which value of each key.

    Args:
        out: Where to.
        labels: What each run is called, by id.
        differences: The values by run id, by key.
        ratios: How many times as large numbers are as those of the reference, likewise.
        unset: Whether a run that has no value has not set it; else it does not say.
    """
    told = _told_once(labels, differences, ratios, unset=unset)
    (_in_lines if out.width < _NARROW else _in_columns)(out, told)
    if (more := len(told) - _MOST_KEYS) > 0:
        out.print(Text(f"  … and {plural(more, 'key')} more: --json has all", "dim"))


def _in_columns(out: Console, told: Mapping[str, Mapping[str, list[str]]]) -> None:
    rows: list[tuple[str, str, str]] = []
    for key, groups in list(told.items())[:_MOST_KEYS]:
        name = printable(key)
        for text, runs in groups.items():
            rows.append((name, text, _some(runs)))
            name = ""
    if rows:
        table(out, ("", "", ""), rows)


def _in_lines(out: Console, told: Mapping[str, Mapping[str, list[str]]]) -> None:
    for key, groups in list(told.items())[:_MOST_KEYS]:
        paragraph(out, key)
        for text, runs in groups.items():
            paragraph(out, f"  {text}: {_some(runs)}")


def _told_once(
    labels: Mapping[str, str],
    differences: Mapping[str, Mapping[str, object]],
    ratios: Mapping[str, Mapping[str, float]],
    *,
    unset: bool,
) -> dict[str, dict[str, list[str]]]:
    """Return the runs by value, by key; without the facts that only repeat what a key of the user has said."""
    told: dict[str, dict[str, list[str]]] = {}
    plain: list[dict[str, list[str]]] = []
    for key, values in differences.items():
        groups: dict[str, list[str]] = {}
        shown: dict[str, list[str]] = {}
        ours = key.startswith("trackexp.")  # a fact that is absent was not seen, which is no value
        for run, label in labels.items():
            if run in values or (unset and not ours):
                text = shorten(value_text(values[run]), 60) if run in values else "(not set)"
                groups.setdefault(text, []).append(label)
                shown.setdefault(text + _times(ratios.get(key, {}).get(run)), []).append(label)
        if not (ours and groups in plain):
            told[key] = shown
            plain.append(groups)
    return told


def _times(ratio: float | None) -> str:
    return "" if ratio is None or ratio == 1 else f"  (× {ratio:.4g})"


def _some(runs: list[str], most: int = 8) -> str:
    return ", ".join(runs) if len(runs) <= most else f"{', '.join(runs[: most - 1])} and {len(runs) - most + 1} more"
