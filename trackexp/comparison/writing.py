"""A comparison as CSV for a spreadsheet, and as Markdown for a pull request."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trackexp.comparison.judging.verdict_text import p_text
from trackexp.comparison.table import by_merit, rows_of, standing
from trackexp.reporting import SYMBOLS, csv_line, duration, number, plural, printable, value_text

if TYPE_CHECKING:
    from trackexp.comparison.grouping.contest import Contest
    from trackexp.comparison.grouping.group import Group
    from trackexp.comparison.result import Comparison


def to_csv(comparison: Comparison) -> str:
    """Return the table as CSV with a header; texts that a spreadsheet would run as a formula are quoted by an '."""
    rows = rows_of(comparison)
    return "".join([csv_line(rows[0]), *(csv_line(map(_cell, row.values())) for row in rows)])


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) else value_text(value)


def to_markdown(comparison: Comparison) -> str:
    """Return the comparison as GitHub's Markdown: verdict, runs, groups, what differs, findings."""
    parts = [
        f"### {plural(len(comparison.entries), 'run')} by {_text(comparison.metric)}",
        _text(comparison.verdict.text),
        _table(*_runs(comparison)),
    ]
    if comparison.groups:
        parts += [f"**Groups by {_text(', '.join(comparison.grouping.by if comparison.grouping else ()))}**"]
        against = {contest.second: contest for contest in comparison.verdict.contests}
        rows = [[*_group(group), _p_value(against.get(group.label))] for group in comparison.groups]
        parts += [_table(("group", "n", "mean", "sd", "95 %", "min", "max", "p (Holm)"), rows)]
    if comparison.pareto:
        parts += ["**Pareto**", _table(*_pareto(comparison))]
    parts += _differences(comparison)
    if findings := list(_findings(comparison)):
        parts += ["**Findings**", "\n".join(findings)]
    return "\n\n".join(parts) + "\n"


def _runs(comparison: Comparison) -> tuple[Sequence[str], list[list[str]]]:
    deltas = comparison.deltas
    columns = ["", "run", comparison.metric, *(["against the baseline"] if deltas else []), "epoch", "time", "findings"]
    rows = []
    for entry in by_merit(comparison):
        change = deltas.get(entry.id, {}).get("metrics", {}).get(comparison.metric, {}).get("best")
        told = [f"{SYMBOLS[finding.severity]} {finding.code}" for finding in entry.findings]
        rows.append(
            [
                standing(comparison, entry),
                _text(entry.label),
                number(entry.best.value) if entry.best else "–",
                *([_signed(change)] if deltas else []),
                number(entry.best.epoch) if entry.best else "–",
                duration(entry.record.runtime),
                ", ".join(dict.fromkeys(told)) + (" damaged" if entry.record.damage else ""),
            ]
        )
    return columns, rows


def _group(group: Group) -> list[str]:
    if not group.n:
        return [_text(group.label), "0", "–", "–", "–", "–", "–"]
    low, high = group.interval
    between = f"{number(low)} to {number(high)}" if math.isfinite(low) else "–"
    sd = "–" if math.isnan(group.sd) else number(group.sd)
    ends = number(min(group.scores)), number(max(group.scores))
    return [_text(group.label), str(group.n), number(group.mean), sd, between, *ends]


def _p_value(contest: Contest | None) -> str:
    """Return how sure it is that a group is not as good as the best one; nothing for that one itself."""
    if contest is None:
        return ""
    if contest.p_holm is None:
        return "–"
    return p_text(contest.p_holm).removeprefix("p ").removeprefix("= ") + (", tied" if not contest.told_apart else "")


def _pareto(comparison: Comparison) -> tuple[Sequence[str], list[list[str]]]:
    rows = [
        [
            _text(row.entry.label),
            *(number(row.values[name]) for name in comparison.metrics),
            "on the front" if row.dominated_by is None else f"dominated by {_text(row.dominated_by.label)}",
        ]
        for row in comparison.pareto
    ]
    return ("run", *comparison.metrics, ""), rows


def _differences(comparison: Comparison) -> Iterator[str]:
    sections = {
        "config": comparison.differences,
        "data": comparison.data_differences,
        "code": comparison.code_differences,
        "environment": comparison.environment_differences,
    }
    for title, found in sections.items():
        if not found:
            continue
        rows = [
            [_text(key), *(_text(_short(values[e.id])) if e.id in values else "" for e in comparison.entries)]
            for key, values in found.items()
        ]
        table = _table(("", *(entry.label for entry in comparison.entries)), rows)
        head = f"<details><summary>{plural(len(found), 'difference')} of {title}</summary>"
        yield f"{head}\n\n{table}\n\n</details>"


def _findings(comparison: Comparison) -> Iterator[str]:
    for finding in comparison.findings:
        yield f"- {SYMBOLS[finding.severity]} {finding.code} {finding.name}: {_text(finding.message)}"
    for entry in comparison.entries:
        for finding in entry.findings:
            told = f"{finding.code} {finding.name}: {_text(finding.message)} → {_text(finding.fix)}"
            yield f"- {SYMBOLS[finding.severity]} {_text(entry.label)}: {told}"


def _short(value: object, most: int = 60) -> str:
    text = value_text(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _signed(change: float | None) -> str:
    return "–" if change is None else f"+{number(change)}" if change > 0 else number(change)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(map(_text, columns))} |", f"|{'---|' * len(columns)}"]
    return "\n".join((*lines, *(f"| {' | '.join(row)} |" for row in rows)))


def _text(text: object) -> str:
    """Return foreign text that neither breaks a table nor becomes markup, nor calls anyone by @name."""
    plain = html.escape(printable(text), quote=False)
    for character in "\\`*_[]|~#":
        plain = plain.replace(character, f"\\{character}")
    return plain.replace("@", "@\u200b")
