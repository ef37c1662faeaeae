"""Groups of runs with their statistics, and the front of several metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from trackexp.comparison.html.colours import group_colours
from trackexp.reporting import number
from trackexp.reporting.html import Cell, Column, Content, Row, badge, figure, figures, note, swatch, table
from trackexp.reporting.svg import Bar, Chart, Point, bars, pareto, scatter

if TYPE_CHECKING:
    from trackexp.comparison.contest import Contest
    from trackexp.comparison.group import Group
    from trackexp.comparison.pareto import ParetoRow
    from trackexp.comparison.result import Comparison


def groups_content(comparison: Comparison) -> Content:
    """Return the groups with what tells each from the best, and their means with intervals as a chart."""
    against = {contest.second: contest for contest in comparison.verdict.contests}
    colours = group_colours(comparison)
    columns = [
        Column("group"),
        Column("verdict"),
        Column("n", numeric=True),
        Column("mean", numeric=True),
        Column("95 % of the mean", numeric=True, sortable=False),
        Column("best − this", numeric=True),
        Column("p (Holm)", numeric=True),
        Column("effect", numeric=True),
        Column("sd", numeric=True),
        Column("lowest", numeric=True),
        Column("highest", numeric=True),
    ]
    rows = [
        _group(comparison, group, colours.get(group.label), against.get(group.label)) for group in comparison.groups
    ]
    by = ", ".join(comparison.grouping.by) if comparison.grouping else ""
    caption = f"Groups by {by}, the best mean of {comparison.metric} first" if by else "Groups, the best mean first"
    return [table(caption, columns, rows), _tests(comparison), figures([_means(comparison, colours)])]


def _group(comparison: Comparison, group: Group, colour: int | None, contest: Contest | None) -> Row:
    verdict = comparison.verdict
    word = "best" if group.label == verdict.best_group else "tied" if group.label in verdict.tied_groups else ""
    low, high = group.interval
    between = f"{number(low)} to {number(high)}" if math.isfinite(low) and math.isfinite(high) else "–"
    known = group.n > 0
    cells = [
        Cell([swatch(colour), group.label]),
        Cell(badge(word, "good") if word else ""),
        figure(group.n),
        figure(group.mean),
        Cell(between),
        figure(contest.difference if contest else None),
        figure(contest.p_holm if contest else None),
        figure(contest.effect if contest else None),
        figure(group.sd),
        figure(min(group.scores) if known else None),
        figure(max(group.scores) if known else None),
    ]
    return Row(cells, "best" if word else "" if known else "out")


def _tests(comparison: Comparison) -> Content:
    """Say by what the groups were told apart, and how many more runs it would take where they were not."""
    contests = comparison.verdict.contests
    methods = list(dict.fromkeys(contest.method for contest in contests))
    told = [
        f"{contest.second}: about {contest.more} more of each"
        for contest in contests
        if not contest.told_apart and contest.more
    ]
    assumed = list(dict.fromkeys(contest.assumes for contest in contests if contest.assumes))
    return [
        note(f"Told from the best by: {'; '.join(methods)}. p-values are corrected by Holm.") if methods else None,
        note(f"Taken for granted, and known only when they are repeated: {'; '.join(assumed)}.") if assumed else None,
        note(f"Runs that it would take to tell them from the best: {'; '.join(told)}.") if told else None,
    ]


def _means(comparison: Comparison, colours: dict[str, int | None]) -> Chart:
    items = []
    for group in comparison.groups:
        low, high = map(float, group.interval)
        known = math.isfinite(low) and math.isfinite(high)
        name, colour = f"{group.label} (n = {group.n})", colours.get(group.label)
        items.append(Bar(name, group.mean, low if known else None, high if known else None, colour))
    title = f"{comparison.metric}: mean and 95 % interval"
    return bars(items, title=title, from_zero=False, width=600)


def pareto_content(comparison: Comparison) -> Content:
    """Return the runs that no other beats in all metrics, as a chart of the first two and as a table of all."""
    columns = [Column("run"), Column("front"), *(Column(name, numeric=True) for name in comparison.metrics)]
    rows = [_pareto_row(row, comparison.metrics) for row in comparison.pareto]
    caption = "Each run at the step at which its first metric is best; the front first"
    return [figures([_pareto_chart(comparison)]), table(caption, columns, rows)]


def _pareto_row(row: ParetoRow, metrics: Sequence[str]) -> Row:
    by = row.dominated_by
    place = Cell(badge("on the front", "good")) if by is None else Cell(f"beaten by {by.label}")
    return Row([row.entry.label, place, *(figure(row.values[name]) for name in metrics)], "best" if by is None else "")


def _pareto_chart(comparison: Comparison) -> Chart:
    first, second = comparison.metrics[:2]
    goals = (_goal(comparison, second), _goal(comparison, first))
    points = [
        Point(
            row.entry.label,
            row.values[second],
            row.values[first],
            0 if row.dominated_by is None else None,
            row.dominated_by is None,
        )
        for row in reversed(comparison.pareto)
    ]
    title = f"{first} against {second}"
    if len(comparison.metrics) == 2:
        return pareto(points, goals=goals, title=title, x_label=second, y_label=first)
    keys = [("beaten by none", 0), ("beaten in all metrics", None)]
    return scatter(points, title=title, x_label=second, y_label=first, keys=keys)


def _goal(comparison: Comparison, metric: str) -> Literal["min", "max"]:
    measured = (entry.measured.get(metric) for entry in comparison.entries)
    directions = (one.best.direction for one in measured if one is not None and one.best is not None)
    return "max" if "max" in directions else "min"
