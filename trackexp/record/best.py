"""The best value of a metric, and when it was reached."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trackexp.record.metric_names import AXES, Direction, canonical_name, direction_of
from trackexp.record.series import Series

if TYPE_CHECKING:
    from trackexp.record.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class BestValue:
    """The best finite value of a metric over a run.

    Args:
        metric: Our name of the metric, `"val/loss"`.
        key: The name under which the run logged it.
        direction: Which way is better; None when it cannot be told, and `value` then is the last one.
        value: NaN when the run logged no finite one.
        epoch: None when the run does not say.
        last: The last value, NaN included.
    """

    metric: str
    key: str
    direction: Direction | None
    value: float
    epoch: int | None
    last: float


def metric_names(record: RunRecord) -> Iterator[str]:
    """Yield our names of the metrics in the record's history, once each, its axes left out."""
    seen = {canonical_name(key): None for key in record.metrics()}
    return (name for name in seen if name not in AXES)


def direction_in(record: RunRecord, metric: str) -> Direction | None:
    """Return which way is better: as the run defined it, else by the name, else as Keras knows the metric."""
    summary = _summary_of(record, metric)
    if ("min" in summary) != ("max" in summary):
        return "min" if "min" in summary else "max"
    if by_name := direction_of(metric):
        return by_name
    logged = metric.rsplit("/", 1)[-1]
    for facts in reversed(record.facts):
        for known in facts.get("compile", {}).get("metrics", []):
            if known.get("name") == logged:
                direction: Direction | None = known.get("direction")
                return direction
    return None


def best_value(record: RunRecord, metric: str) -> BestValue | None:
    """Return the best value of a metric by any of its names, or None when the record has none.

    >>> from trackexp.record import History, RunRecord
    >>> rows = [{"epoch": 0, "val_loss": 0.5}, {"epoch": 1, "val_loss": 0.2}, {"epoch": 2, "val_loss": 0.3}]
    >>> best = best_value(RunRecord("6tviu1ge", history=History.from_rows(rows)), "val/loss")
    >>> best.value, best.epoch, best.last
    (0.2, 1, 0.3)
    """
    metric = canonical_name(metric) if metric not in record.history else metric
    direction = direction_in(record, metric)
    series = _series_of(record, metric)
    if series is None or not len(series):
        return _from_summary(record, metric, direction)
    import numpy as np

    finite = np.flatnonzero(np.isfinite(series.values))
    if not len(finite):
        return BestValue(metric, series.name, direction, float("nan"), None, series.last)
    values = series.values[finite]
    place = len(values) - 1 if direction is None else values.argmin() if direction == "min" else values.argmax()
    step = int(series.steps[finite[place]])
    return BestValue(metric, series.name, direction, float(values[place]), _epoch_at(record, metric, step), series.last)


def epochs_of(record: RunRecord) -> int | None:
    """Return how many epochs the run reported, or None when it has no such axis."""
    import numpy as np

    axis = _series_of(record, "epoch")
    return None if axis is None else len(np.unique(axis.values[np.isfinite(axis.values)]))


def _series_of(record: RunRecord, metric: str) -> Series | None:
    key = record.history_keys.key_of(metric)
    return None if key is None else record.history[key]


def _epoch_at(record: RunRecord, metric: str, step: int) -> int | None:
    axis = _series_of(record, "epoch")
    if axis is not None:
        place = int(axis.steps.searchsorted(step))
        if place < len(axis) and axis.steps[place] == step and math.isfinite(axis.values[place]):
            return int(axis.values[place])
    return _whole(_mapping(record.summary.get("best_epoch")).get(metric))


def _from_summary(record: RunRecord, metric: str, direction: Direction | None) -> BestValue | None:
    """Read the value that W&B keeps, for a record that was read without its history."""
    summary = _summary_of(record, metric)
    value = next((summary[word] for word in (direction, "last") if word is not None and word in summary), None)
    if not isinstance(value, int | float):
        return None
    epoch = _whole(_mapping(record.summary.get("best_epoch")).get(metric))
    last = summary.get("last")
    return BestValue(metric, metric, direction, float(value), epoch, float(value if last is None else last))


def _summary_of(record: RunRecord, metric: str) -> Mapping[str, Any]:
    """Return the metric's summary as a mapping; a bare number is the last value, as W&B has it."""
    key = record.summary_keys.key_of(metric)
    value = None if key is None else record.summary[key]
    if isinstance(value, Mapping):
        return value
    return {"last": value} if isinstance(value, int | float) and not isinstance(value, bool) else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: Any) -> int | None:
    return (
        value if isinstance(value, int) else int(value) if isinstance(value, float) and math.isfinite(value) else None
    )
