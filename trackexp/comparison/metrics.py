"""Which metric to compare by, and what a run reached in it: best, last, mean height of its curve."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trackexp.comparison.curves import on_axis, series_of
from trackexp.comparison.entry import Measured
from trackexp.errors import UsageError, nearest
from trackexp.record import BestValue, RunRecord, Series, best_value, canonical_name, direction_in, key_of, metric_names


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that is compared.

    Args:
        name: Ours.
        direction: Which way is better, where it was asked for; None where the runs know it themselves.
    """

    name: str
    direction: Literal["min", "max"] | None = None


def chosen_metrics(records: Sequence[RunRecord], asked: str | Iterable[str] | None) -> tuple[Metric, ...]:
    """Return the metrics that were asked for, the deciding one first; unasked, the one that runs were judged by.

    Args:
        records: The runs.
        asked: In any dialect, one or several, also with commas; `"latency_ms:min"` says which way is better.

    Raises:
        UsageError: No run has the metric, no run says which way is better, or the runs have no metric in common.
    """
    texts = [asked] if isinstance(asked, str) else list(asked or ())
    words = [word.strip() for text in texts for word in text.split(",")]
    if not words:
        return (Metric(_unasked(records)),)
    metrics = tuple(_asked(records, word) for word in words)
    for metric in metrics:
        if [other.name for other in metrics].count(metric.name) > 1:
            raise UsageError(f"metric {metric.name} was asked for twice: name it once.")
    return metrics


def available_names(records: Iterable[RunRecord]) -> list[str]:
    """Return our names of all metrics in the histories, and the numbers that a summary alone holds."""
    found: set[str] = set()
    for record in records:
        logged = set(metric_names(record))
        found |= logged
        found |= {key for key in record.summary if _is_number(record.summary[key]) and not _is_known(key, logged)}
    return sorted(found)


def _is_number(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_is_number(value.get(word)) for word in ("min", "max", "last", "mean"))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_known(key: str, logged: set[str]) -> bool:
    return key.startswith("_") or canonical_name(key) in logged or key in ("epoch", *logged)


def _asked(records: Sequence[RunRecord], asked: str) -> Metric:
    metric, way = (asked[:-4], asked[-3:]) if asked.endswith((":min", ":max")) else (asked, "")
    available = available_names(records)
    name = metric if metric in available else canonical_name(metric)
    if name not in available and (own := key_of(name, available)) is not None:
        name = canonical_name(own)
    having = [record for record in records if best_value(record, name)]
    if not metric or not having:
        raise UsageError(
            f"metric={metric!r}: none of the {len(records)} runs has it{nearest(metric, available)}; "
            f"they have {', '.join(available) or 'no metric at all'}."
        )
    if way == "min" or way == "max":
        return Metric(name, "min" if way == "min" else "max")
    if not any(direction_in(record, name) for record in having):
        judged = [other for other in available if any(direction_in(record, other) for record in records)]
        raise UsageError(
            f"metric={metric!r}: its name does not say whether lower or higher is better, and no run defined it; "
            f"write {metric}:min or {metric}:max, or take one of {', '.join(judged) or 'none here'}."
        )
    return Metric(name, next(known for record in having if (known := direction_in(record, name))))


def _unasked(records: Sequence[RunRecord]) -> str:
    """Return the criterion of most runs; of several that as many have, the one that more runs logged at all."""
    having = Counter(name for record in records for name in _judging(record))
    votes = Counter(found for record in records if (found := criterion_of(record)))
    found = min(votes, key=lambda name: (-votes[name], -having[name], _preference(name), name), default="")
    if not found or having[found] == 1 < votes.total():
        listed = "; ".join(
            f"{record.title}: {_few(sorted(metric_names(record)))}" for record in records[:_MOST_RUNS_NAMED]
        )
        raise UsageError(
            "the runs have no metric in common whose better direction is known: name one with metric=… (--metric), and "
            f"the runs that lack it are listed as not comparable. They have {listed}."
        )
    return found


def criterion_of(record: RunRecord) -> str:
    """Return the metric that the run itself was judged by: what it monitored, else by custom; "" where none is known.

    >>> from trackexp.testing import make_record
    >>> criterion_of(make_record(metrics={"train/loss": [0.3], "val/loss": [0.5], "val/accuracy": [0.7]}))
    'val/loss'
    """
    names = _judging(record)
    monitored = _monitor(record)
    return monitored if monitored in names else min(names, key=lambda name: (_preference(name), name), default="")


def _judging(record: RunRecord) -> set[str]:
    return {name for name in metric_names(record) if not name.startswith(_QUIET) and direction_in(record, name)}


def _few(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return (", ".join(names[:_MOST_NAMED]) or "none") + (f" and {more} more" if more > 0 else "")


def _monitor(record: RunRecord) -> str:
    best = record.summary.get("best")
    return canonical_name(str(best.get("metric", ""))) if isinstance(best, Mapping) else ""


def _preference(name: str) -> int:
    wanted = ("val/loss", "val/", "test/", "train/loss")
    return next((rank for rank, begin in enumerate(wanted) if name.startswith(begin)), len(wanted))


_QUIET = ("batch/", "probe/")  # families of metrics that are no result
_MOST_RUNS_NAMED, _MOST_NAMED = 5, 8  # in a message


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
