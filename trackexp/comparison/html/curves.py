"""The curves of the runs, with bands over those that repeat each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from trackexp.comparison.html.colours import group_colours, run_colours
from trackexp.comparison.html.runs import OUT, rank
from trackexp.comparison.writing import by_merit, standing
from trackexp.reporting import plural
from trackexp.reporting.html import Content, figures, legend, note
from trackexp.reporting.svg import Band, Chart, Line, Mark, line_chart

if TYPE_CHECKING:
    from trackexp.comparison.curves import Curves
    from trackexp.comparison.result import Comparison

_MOST_CHARTS = 12
_MOST_GREY = 60  # curves in one chart: of more runs the best
_VERTICES = 22_000  # of all curves together: 12 bytes each, of a page of 1 MB
_MOST_VERTICES, _LEAST_VERTICES = 240, 24  # of one curve


def curves_content(comparison: Comparison) -> Content:
    """Return a chart for each metric, the one that decides first; how many there are beyond twelve is said."""
    drawable = {name: curves for name in _order(comparison) if _is_curve(curves := comparison.curves[name])}
    shown = list(drawable.items())[:_MOST_CHARTS]
    if not shown:
        return note("No run has a metric with more than one value.")
    count = sum(len(_lines(comparison, curves)) for _, curves in shown)
    vertices = min(max(_VERTICES // max(count, 1), _LEAST_VERTICES), _MOST_VERTICES)
    charts = [_chart(comparison, curves, vertices) for _, curves in shown]
    left = list(drawable)[_MOST_CHARTS:]
    more = note(f"… and {plural(len(left), 'metric')} more: {', '.join(left[:20])}.") if left else None
    return [legend(_names(comparison)), _explanation(comparison), figures(charts), more]


def _order(comparison: Comparison) -> list[str]:
    asked = [name for name in comparison.metrics if name in comparison.curves]
    others = (name for name in comparison.curves if name not in asked and not name.startswith(("batch/", "probe/")))
    return [*asked, *sorted(others, key=lambda name: (rank(name), name))]


def _is_curve(curves: Curves) -> bool:
    return any(np.isfinite(y).sum() > 1 for y in curves.y.values())


def _names(comparison: Comparison) -> Iterator[tuple[int | None, str]]:
    """Yield the colours with what they stand for; those without a colour are counted."""
    groups, runs = group_colours(comparison), run_colours(comparison)
    named = list(groups.items())
    for entry in [] if groups else by_merit(comparison):
        word = standing(comparison, entry)
        named.append((f"{entry.label} ({word}, dashed)" if word in OUT else entry.label, runs[entry.id]))
    for label, colour in named:
        if colour is not None:
            yield colour, label
    if grey := sum(colour is None for _, colour in named):
        drawn = f", the best {_MOST_GREY} of them drawn" if grey > _MOST_GREY and not groups else ""
        yield None, plural(grey, "other group" if groups else "other run") + drawn


def _explanation(comparison: Comparison) -> Content:
    if group_colours(comparison):
        by = ", ".join(comparison.grouping.by) if comparison.grouping else ""
        return note(
            f"Runs that share {by or 'everything but their seed or fold'} are one curve, their mean. The darker band "
            f"is its 95 % interval ({_interval_name(comparison)}), the lighter one goes from the lowest to the highest "
            "of the runs."
        )
    return None


def _interval_name(comparison: Comparison) -> str:
    of_folds = any(group.test_share for group in comparison.groups)
    return "Nadeau and Bengio's, because folds share training rows" if of_folds else "Student's t"


def _chart(comparison: Comparison, curves: Curves, vertices: int) -> Chart:
    lines = _lines(comparison, curves)
    return line_chart(
        lines,
        title=curves.metric,
        x_label=curves.axis,
        y_scale="auto",
        marks=list(_marks(comparison, curves)),
        vertices=vertices,
        with_legend=False,
    )


def _lines(comparison: Comparison, curves: Curves) -> list[Line]:
    return [*_group_lines(comparison, curves), *_run_lines(comparison, curves)]


def _group_lines(comparison: Comparison, curves: Curves) -> Iterator[Line]:
    colours = group_colours(comparison)
    by_label = {band.label: band for band in curves.bands}
    for label, colour in colours.items():
        if label in by_label:
            band = by_label[label]
            bands = (
                Band("lowest to highest", band.low, band.high),
                Band("95 % of the mean", band.interval_low, band.interval_high),
            )
            name = f"{label} (n = {len(band.runs)})"
            yield Line(name, curves.x, band.mean, bands if colour is not None else (), colour, colour is None)


def _run_lines(comparison: Comparison, curves: Curves) -> Iterator[Line]:
    """Yield the runs that no band has; points that a run does not have are no gaps: others log at other steps."""
    banded = {run for band in curves.bands for run in band.runs} if group_colours(comparison) else set[str]()
    colours: Mapping[str, int | None] = run_colours(comparison)
    grey = 0
    for entry in by_merit(comparison):
        y, colour = curves.y.get(entry.id), colours[entry.id]
        grey += colour is None
        if y is None or entry.id in banded or (colour is None and grey > _MOST_GREY):
            continue
        known = np.isfinite(y)
        out = standing(comparison, entry) in OUT
        yield Line(entry.label, curves.x[known], y[known], colour=colour, muted=colour is None, dashed=out)


def _marks(comparison: Comparison, curves: Curves) -> Iterator[Mark]:
    """Yield the best point of the best run, where the chart is of the metric that decides."""
    best = comparison.verdict.best
    if curves.metric != comparison.metric or best is None or best.best is None or best.id not in curves.y:
        return
    here = np.flatnonzero(curves.y[best.id] == best.best.value)
    if here.size:
        yield Mark("best run" if group_colours(comparison) else "best", float(curves.x[here[0]]), best.best.value)
