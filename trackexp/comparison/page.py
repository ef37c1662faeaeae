"""A comparison on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from trackexp.comparison.comparing import Comparison
from trackexp.comparison.entry import Entry
from trackexp.comparison.ranking import ranking
from trackexp.reporting import (
    STYLES,
    SYMBOLS,
    duration,
    heading,
    number,
    paragraph,
    plural,
    printable,
    table,
    value_text,
)

_MOST_KEYS = 40  # config keys shown; what is left out is counted, and JSON has all


def show_comparison(out: Console, comparison: Comparison) -> None:
    """Print the runs in the order of their merit, what differs between them, and the verdict."""
    heading(out, f"{plural(len(comparison.rows), 'run')} by {printable(comparison.metric)}")
    columns = ("", "run", "id", "state", "epochs", comparison.metric, "epoch", "time", "findings")
    rows = [_row(comparison, entry) for entry in _by_merit(comparison)]
    table(out, columns, rows, right=(4, 5, 6, 7))
    _differences(out, comparison)
    heading(out, "Verdict")
    paragraph(out, comparison.verdict.text)


def _by_merit(comparison: Comparison) -> list[Entry]:
    verdict = comparison.verdict
    disqualified = [excluded.entry for excluded in verdict.disqualified]
    apart = [excluded.entry for excluded in verdict.not_comparable]
    out_of_it = {entry.id for entry in (*disqualified, *apart)}
    return [*ranking(row for row in comparison.rows if row.id not in out_of_it), *disqualified, *apart]


def _row(comparison: Comparison, entry: Entry) -> tuple[str | Text, ...]:
    verdict, best = comparison.verdict, entry.best
    winners = {row.id for row in (verdict.best, *verdict.tied) if row}
    apart = {excluded.entry.id for excluded in verdict.not_comparable}
    mark = (
        Text("✓", "bold green")
        if entry.id in winners
        else Text("✗", "bold red")
        if entry.errors
        else Text("–" if entry.id in apart else "", "dim")
    )
    findings = Text(", ").join(
        Text(f"{SYMBOLS[finding.severity]} {finding.code} {finding.name}", STYLES[finding.severity])
        for finding in dict.fromkeys(entry.findings)
    )
    if entry.record.damage:
        findings = Text.assemble(findings, ", " if findings else "", ("damaged", "yellow"))
    return (
        mark,
        printable(entry.record.title),
        Text(entry.id, "dim"),
        str(entry.record.state),
        number(entry.epochs),
        number(best.value) if best else "–",
        number(best.epoch) if best else "–",
        duration(entry.record.runtime),
        findings,
    )


def _differences(out: Console, comparison: Comparison) -> None:
    if not comparison.differences:
        heading(out, "What differs", "nothing in the config")
        return
    heading(out, "What differs")
    told = _told_once(comparison)
    rows: list[tuple[str, str, str]] = []
    for key, groups in list(told.items())[:_MOST_KEYS]:
        name = printable(key)
        for text, runs in groups.items():
            rows.append((name, _short(text), ", ".join(runs)))
            name = ""
    table(out, ("", "", ""), rows)
    if (more := len(told) - _MOST_KEYS) > 0:
        out.print(Text(f"  … and {plural(more, 'key')} more: --json has all", "dim"))


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
