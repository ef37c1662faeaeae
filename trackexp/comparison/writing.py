"""A comparison as a table of rows, as CSV for a spreadsheet, and as Markdown for a pull request."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from trackexp.comparison.verdict_text import p_text
from trackexp.record import Severity
from trackexp.reporting import SYMBOLS, csv_line, duration, number, plural, printable, shorten, value_text

if TYPE_CHECKING:
    from trackexp.comparison.contest import Contest
    from trackexp.comparison.entry import Entry
    from trackexp.comparison.group import Group
    from trackexp.comparison.result import Comparison


def by_merit(comparison: Comparison) -> list[Entry]:
    """Return the runs in the order of their merit: the believed, then those that do not qualify, then the rest."""
    verdict = comparison.verdict
    out = [
        excluded.entry for part in (verdict.unmet, verdict.disqualified, verdict.not_comparable) for excluded in part
    ]
    gone = {entry.id for entry in out}
    order = {entry.id: place for place, entry in enumerate(comparison.eligible)}
    left = [entry for entry in comparison.entries if entry.id not in gone]
    return [*sorted(left, key=lambda entry: order.get(entry.id, len(order))), *out]


def standing(comparison: Comparison, entry: Entry) -> str:
    """Return what became of a run: best, of the best group, tied, disqualified, unmet, not comparable; "" if beaten."""
    verdict = comparison.verdict
    champion = next((group for group in comparison.groups if group.label == verdict.best_group), None)
    for word, members in (
        ("best", [verdict.best] if verdict.best else []),
        ("best group", list(champion.entries) if champion else []),
        ("tied", list(verdict.tied)),
        ("disqualified", [excluded.entry for excluded in verdict.disqualified]),
        ("unmet", [excluded.entry for excluded in verdict.unmet]),
        ("not comparable", [excluded.entry for excluded in verdict.not_comparable]),
    ):
        if any(member.id == entry.id for member in members):
            return word
    return ""


def rows_of(comparison: Comparison) -> list[dict[str, Any]]:
    """Return a row a run, the best first; every row has the same columns, None where there is nothing."""
    rows = [_row(comparison, entry) for entry in by_merit(comparison)]
    columns = dict.fromkeys(column for row in rows for column in row)
    return [{column: row.get(column) for column in columns} for row in rows]


def _row(comparison: Comparison, entry: Entry) -> dict[str, Any]:
    record, delta = entry.record, comparison.deltas.get(entry.id, {})
    counts = {severity: sum(f.severity is severity for f in entry.findings) for severity in Severity}
    row: dict[str, Any] = {
        "run": record.title,
        "id": record.id,
        "verdict": standing(comparison, entry),
        "state": str(record.state),
        "group": comparison.group_labels.get(entry.id) if comparison.groups else record.group or None,
        "epochs": entry.epochs,
        "runtime": record.runtime,
    }
    for name, measured in entry.measured.items():
        row[name] = measured.value("best")
        row[f"{name} epoch"] = None if measured.best is None else measured.best.epoch
        row[f"{name} last"] = measured.value("last")
        row[f"{name} area"] = measured.area
        if delta:
            row |= {f"{name} {what} delta": change for what, change in delta["metrics"].get(name, {}).items()}
    if delta:
        row["runtime delta"] = delta["runtime"]
    row |= {"errors": counts[Severity.ERROR], "warnings": counts[Severity.WARNING]}
    row |= {f"config.{key}": values.get(entry.id) for key, values in comparison.differences.items()}
    row |= {f"system.{key}": value for key, value in record.system.items()}
    return row


def comparison_csv(comparison: Comparison) -> str:
    """Return the table as CSV with a header; texts that a spreadsheet would run as a formula are quoted by an '."""
    rows = rows_of(comparison)
    return "".join([csv_line(rows[0]), *(csv_line(map(_cell, row.values())) for row in rows)])


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if isinstance(value, str) else value_text(value)


def comparison_markdown(comparison: Comparison) -> str:
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
            [
                _text(key),
                *(_text(shorten(value_text(values[e.id]), 60)) if e.id in values else "" for e in comparison.entries),
            ]
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
