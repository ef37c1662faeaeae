"""The runs and the groups of a comparison as tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from trackexp.comparison.contest import Contest
from trackexp.comparison.entry import Entry
from trackexp.comparison.group import Group
from trackexp.comparison.verdict_text import p_text
from trackexp.comparison.writing import by_merit, standing
from trackexp.reporting import STYLES, SYMBOLS, duration, heading, number, printable, table

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison

_NUMBERS = ("epochs", "best", "Δ", "epoch", "time")
_DISPENSABLE = ("id", "epochs", "time", "epoch", "name of findings", "state", "Δ")  # the first to go first
_GAP, _INDENT = 2, 2


def show_runs(out: Console, comparison: Comparison) -> None:
    """Print the runs in the order of their merit; where it is narrow without the columns that matter least."""
    left_out: set[str] = set()
    rows = _rows(comparison, left_out)
    for column in _DISPENSABLE:
        if _least_width(rows) <= out.width:
            break
        left_out.add(column)
        rows = _rows(comparison, left_out)
    columns = list(rows[0])
    # The metric stands above the table too: where its name is wider than there is room for, "best" will do.
    rows_fit = _least_width([{**row, "best": Text(comparison.metric)} for row in rows]) <= out.width
    titles = {"mark": "", "best": comparison.metric if rows_fit else "best"}
    right = [place for place, column in enumerate(columns) if column in _NUMBERS]
    table(out, [titles.get(column, column) for column in columns], [tuple(row.values()) for row in rows], right=right)


def _rows(comparison: Comparison, left_out: set[str]) -> list[dict[str, Text]]:
    cells = [_cells(comparison, entry, left_out) for entry in by_merit(comparison)]
    return [{name: cell for name, cell in row.items() if name not in left_out} for row in cells]


def _least_width(rows: list[dict[str, Text]]) -> int:
    """Return the columns of the terminal below which a word would break: only findings may take several lines."""
    widths = []
    for column in rows[0]:
        cells = [row[column].plain for row in rows]
        words = [word for cell in cells for word in (cell.split() if column == "findings" else [cell])]
        title = "" if column == "mark" else column
        widths.append(max(map(len, [title, *words])))
    return _INDENT + sum(widths) + _GAP * (len(widths) - 1)


def _cells(comparison: Comparison, entry: Entry, left_out: set[str]) -> dict[str, Text]:
    best = entry.best
    return {
        "mark": _mark(comparison, entry),
        "run": Text(printable(entry.label if "id" in left_out else entry.record.title)),
        "id": Text(entry.id, "dim"),
        "state": Text(str(entry.record.state)),
        "epochs": Text(number(entry.epochs)),
        "best": Text(number(best.value) if best else "–"),
        **_delta(comparison, entry),
        "epoch": Text(number(best.epoch) if best else "–"),
        "time": Text(duration(entry.record.runtime)),
        "findings": _findings(entry, names="name of findings" not in left_out),
    }


def _delta(comparison: Comparison, entry: Entry) -> dict[str, Text]:
    """Return how far the run lies from the baseline; no column where there is none."""
    if not comparison.deltas:
        return {}
    baseline = comparison.verdict.baseline
    if baseline is not None and baseline.entry.id == entry.id:
        return {"Δ": Text("baseline", "dim")}
    change = comparison.deltas[entry.id]["metrics"].get(comparison.metric, {}).get("best")
    return {"Δ": Text("–" if change is None else f"+{number(change)}" if change > 0 else number(change))}


def _mark(comparison: Comparison, entry: Entry) -> Text:
    verdict = comparison.verdict
    if standing(comparison, entry) in ("best", "best group", "tied"):
        return Text("✓", "bold green")
    if entry.errors:
        return Text("✗", "bold red")
    out = {excluded.entry.id for excluded in (*verdict.not_comparable, *verdict.unmet)}
    return Text("–" if entry.id in out else "", "dim")


def _findings(entry: Entry, *, names: bool) -> Text:
    seen = dict.fromkeys((finding.code, finding.name, finding.severity) for finding in entry.findings)
    texts = [
        Text(f"{SYMBOLS[severity]} {code} {name}" if names else f"{SYMBOLS[severity]} {code}", STYLES[severity])
        for code, name, severity in seen
    ]
    findings = Text(", ").join(texts)
    if entry.record.damage:
        return Text.assemble(findings, ", " if findings else "", ("damaged", "yellow"))
    return findings


_COLUMNS = ("", "group", "n", "mean", "sd", "95 %", "min – max", "against the best")
_NARROW = 100  # columns; below it range and test are left to --json


def show_groups(out: Console, comparison: Comparison) -> None:
    """Print the groups, the best mean first, with what tells them from the best; nothing where there are none."""
    if not comparison.groups:
        return
    heading(out, "Groups", f"by {printable(', '.join(comparison.grouping.by if comparison.grouping else ()))}")
    against = {contest.second: contest for contest in comparison.verdict.contests}
    rows = [_row(comparison, group, against.get(group.label)) for group in comparison.groups]
    kept = len(_COLUMNS) if out.width >= _NARROW else 6
    table(out, _COLUMNS[:kept], [row[:kept] for row in rows], right=(2, 3, 4))


def _row(comparison: Comparison, group: Group, contest: Contest | None) -> list[Text]:
    verdict = comparison.verdict
    good = group.label in (verdict.best_group, *verdict.tied_groups)
    low, high = group.interval
    between = f"{number(low)} to {number(high)}" if math.isfinite(low) else "–"
    ends = f"{number(min(group.scores))} – {number(max(group.scores))}" if group.n else "–"
    texts = (
        printable(group.label),
        str(group.n),
        number(group.mean) if group.n else "–",
        "–" if math.isnan(group.sd) else number(group.sd),
        between,
        ends,
        _contest(contest),
    )
    return [Text("✓" if good else "", "bold green"), *map(Text, texts)]


def _contest(contest: Contest | None) -> str:
    if contest is None:
        return ""
    if contest.p_holm is None:
        return "not testable: one run each"
    told = "tied" if not contest.told_apart else "told apart if alike in spread" if contest.assumes else "told apart"
    return f"{p_text(contest.p_holm)}, {told}"


def show_pareto(out: Console, comparison: Comparison) -> None:
    """Print the runs that no other beats in all metrics, then the others; nothing for a single metric."""
    if not comparison.pareto:
        return
    heading(out, "Pareto", "each run at the best value of its first metric")
    rows = [
        [
            Text("✓" if row.dominated_by is None else "", "bold green"),
            Text(printable(row.entry.label)),
            *(Text(number(row.values[metric])) for metric in comparison.metrics),
            Text("" if row.dominated_by is None else f"dominated by {printable(row.dominated_by.label)}", "dim"),
        ]
        for row in comparison.pareto
    ]
    columns = ["", "run", *map(printable, comparison.metrics), ""]
    table(out, columns, rows, right=range(2, 2 + len(comparison.metrics)))
