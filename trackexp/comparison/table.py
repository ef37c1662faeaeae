"""The runs of a comparison as rows, for pandas, CSV and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackexp.record import Severity

if TYPE_CHECKING:
    from trackexp.comparison.entry import Entry
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
