"""Groups of runs, and the front of several metrics, as tables."""

from __future__ import annotations

import math

from rich.console import Console
from rich.text import Text

from trackexp.comparison.grouping.contest import Contest
from trackexp.comparison.grouping.group import Group
from trackexp.comparison.judging.verdict_text import p_text
from trackexp.comparison.result import Comparison
from trackexp.reporting import heading, number, printable, table

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
