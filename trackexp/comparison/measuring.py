"""What a run reached in a metric: best, last, mean height of its curve, and what else held at its best epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trackexp.comparison.curves import on_axis, series_of
from trackexp.comparison.entry import Measured
from trackexp.comparison.metric_choice import Metric
from trackexp.record import BestValue, RunRecord, Series, best_value, direction_in, metric_names

_QUIET = ("batch/", "probe/")  # families of metrics that are no result


def reached(record: RunRecord, metric: Metric) -> BestValue | None:
    """Return the best value of a metric, by the direction that was asked for where the run does not know one."""
    found = best_value(record, metric.name)
    if found is None or metric.direction is None or found.direction == metric.direction:
        return found
    series = series_of(record, metric.name)
    if series is None or not (finite := np.flatnonzero(np.isfinite(series.values))).size:
        return replace(found, direction=metric.direction)
    values = series.values[finite]
    place = finite[values.argmin() if metric.direction == "min" else values.argmax()]
    points = on_axis(record, series, "epoch")
    epoch = None if points is None else int(points[0][place])
    return replace(found, direction=metric.direction, value=float(series.values[place]), epoch=epoch)


def measure(records: Sequence[RunRecord], metrics: Sequence[Metric]) -> list[dict[str, Measured]]:
    """Return for each run what it reached, by metric: those asked for, then the others whose direction is known."""
    asked = {metric.name: metric for metric in metrics}
    others = dict.fromkeys(
        name
        for record in records
        for name in metric_names(record)
        if name not in asked and not name.startswith(_QUIET) and direction_in(record, name)
    )
    everything = [*metrics, *(Metric(name) for name in others)]
    shared = {metric.name: shared_range(records, metric.name) for metric in everything}
    steps = [best_step(record, reached(record, metrics[0])) for record in records]
    return [
        {
            metric.name: Measured(found, area(record, metric.name, shared[metric.name]), at_step(record, metric, step))
            for metric in everything
            if (found := reached(record, metric)) is not None
        }
        for record, step in zip(records, steps, strict=True)
    ]


def shared_range(records: Sequence[RunRecord], metric: str) -> tuple[float, float] | None:
    """Return the first and the last epoch (step, where epochs are not known) that all runs with two values share."""
    ends = [(at.min(), at.max()) for record in records if len(at := _finite(record, metric)[0]) > 1]
    if not ends:
        return None
    low, high = max(low for low, _ in ends), min(high for _, high in ends)
    return (float(low), float(high)) if low < high else None


def area(record: RunRecord, metric: str, between: tuple[float, float] | None) -> float | None:
    """Return the area under the curve between two epochs over their distance: the mean height, by trapezoids.

    >>> from trackexp.testing import make_record
    >>> area(make_record(metrics={"val/loss": [4.0, 2.0, 1.0]}), "val/loss", (0, 2))
    2.25
    """
    at, values = _finite(record, metric)
    if between is None or at.size < 2 or at[0] > between[0] or at[-1] < between[1]:
        return None
    low, high = between
    inside = (at > low) & (at < high)
    x = np.r_[low, at[inside], high]
    y = np.r_[np.interp(low, at, values), values[inside], np.interp(high, at, values)]
    return float(((y[1:] + y[:-1]) / 2 * np.diff(x)).sum() / (high - low))


def best_step(record: RunRecord, best: BestValue | None) -> int | None:
    """Return W&B's step of the best value; None where the history does not have it."""
    series = None if best is None else series_of(record, best.metric)
    if best is None or series is None or not math.isfinite(best.value):
        return None
    places = np.flatnonzero(series.values == best.value)
    return int(series.steps[places[0]]) if places.size else None


def at_step(record: RunRecord, metric: Metric, step: int | None) -> float | None:
    """Return the metric's value in the row of that step, else what the run has as a whole: its best, else its last."""
    series = series_of(record, metric.name)
    if series is not None and step is not None and (value := _value_at(series, step)) is not None:
        return value
    found = reached(record, metric)
    return None if found is None or not math.isfinite(found.value) else found.value


def _value_at(series: Series, step: int) -> float | None:
    place = int(series.steps.searchsorted(step))
    value = float(series.values[place]) if place < len(series) and series.steps[place] == step else math.nan
    return value if math.isfinite(value) else None


def _finite(record: RunRecord, metric: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the finite points of a metric by its epochs, or by its steps where it does not say them."""
    series = series_of(record, metric)
    if series is None:
        return np.empty(0), np.empty(0)
    at, values = on_axis(record, series, "epoch") or (series.steps.astype(float), series.values)
    keep = np.isfinite(values)
    at, values = at[keep], values[keep]
    # A run of several fits counts its epochs from 0 again: the last value of an epoch is the one that stands.
    last = np.unique(at[::-1], return_index=True)[1]
    return at[::-1][last], values[::-1][last]


def deltas(own: Mapping[str, Measured], baseline: Mapping[str, Measured]) -> dict[str, dict[str, float]]:
    """Return how far best, last and area lie from the baseline's, by metric that both have."""
    found: dict[str, dict[str, float]] = {}
    for name in own.keys() & baseline.keys():
        pairs = {what: (own[name].value(what), baseline[name].value(what)) for what in ("best", "last", "area")}
        found[name] = {what: a - b for what, (a, b) in pairs.items() if a is not None and b is not None}
    return {name: found[name] for name in own if found.get(name)}
