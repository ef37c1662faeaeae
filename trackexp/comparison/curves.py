"""Curves of several runs on one axis, and the bands of those that are repetitions of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.record import RunRecord, Series

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Band:
    """The curves of one group, point by point.

    Args:
        label: The group's.
        runs: Ids of its runs.
        mean: Over the runs that have the point `(n,)`; NaN where none has.
        low: The lowest `(n,)`.
        high: The highest `(n,)`.
        interval_low: Lower end of the mean's 95 % interval `(n,)`, Student's, or of folds Nadeau and Bengio's; NaN
            where fewer than two runs have the point.
        interval_high: Its upper end `(n,)`.
    """

    label: str
    runs: tuple[str, ...]
    mean: Floats
    low: Floats
    high: Floats
    interval_low: Floats
    interval_high: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """One metric of all runs on a common axis.

    Args:
        metric: Our name of it.
        axis: `"epoch"` where every run says its epochs, else what `define_metric` put the metric on, else `"step"`.
        x: The points of the axis that any of the runs has, rising `(n,)`.
        y: The values by run id `(n,)`, NaN where the run has none; runs without the metric are left out.
        bands: One for each group of two runs or more.
    """

    metric: str
    axis: str
    x: Floats
    y: Mapping[str, Floats]
    bands: tuple[Band, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the curves as JSON-ready data."""
        return {
            "metric": self.metric,
            "axis": self.axis,
            "x": self.x.tolist(),
            "y": {run: values.tolist() for run, values in self.y.items()},
        }


def curves(
    records: Sequence[RunRecord],
    metric: str,
    groups: Mapping[str, Sequence[str]] | None = None,
    test_shares: Mapping[str, float] | None = None,
) -> Curves:
    """Return a metric of several runs on one axis; of several values at one point the last counts.

    Args:
        records: The runs.
        metric: Our name of it.
        groups: Ids of the runs of each group, by its label.
        test_shares: Test over training rows of the groups whose runs are folds, by label; see `band`.

    >>> from trackexp.testing import make_record
    >>> runs = [make_record("a", metrics={"val/loss": [0.5, 0.2]}), make_record("b", metrics={"val/loss": [0.4]})]
    >>> seen = curves(runs, "val/loss")
    >>> seen.axis, seen.x.tolist(), seen.y["b"].tolist()
    ('epoch', [0.0, 1.0], [0.4, nan])
    """
    having = {record.id: (record, series) for record in records if (series := series_of(record, metric)) is not None}
    for axis in ("epoch", *dict.fromkeys(axis_of(record, series) for record, series in having.values()), "step"):
        points = {run: on_axis(record, series, axis) for run, (record, series) in having.items()}
        if all(found is not None for found in points.values()):
            break
    x = np.unique(np.concatenate([at for at, _ in points.values() if at.size] or [np.empty(0)]))  # type: ignore[misc]
    y = {run: _placed(x, *found) for run, found in points.items() if found is not None}
    bands = (
        band(label, [run for run in runs if run in y], y, (test_shares or {}).get(label, 0.0))
        for label, runs in (groups or {}).items()
        if sum(run in y for run in runs) > 1
    )
    return Curves(metric, axis, x, y, tuple(bands))


def series_of(record: RunRecord, metric: str) -> Series | None:
    """Return the history of a metric by any of its names, or None where the run has none."""
    key = record.history_keys.key_of(metric)
    return None if key is None else record.history[key]


def axis_of(record: RunRecord, series: Series) -> str:
    """Return the metric that `define_metric` put a series on, by its name or the longest pattern; else `"step"`.

    >>> from trackexp.testing import make_record
    >>> axis_of(run := make_record(metrics={"val/loss": [0.5]}), run.history["val/loss"])
    'step'
    """
    fitting = [one for one in record.metric_definitions.values() if one.axis and _is_of(series.name, one.name)]
    return max(fitting, key=lambda one: ("*" not in one.name, len(one.name))).axis if fitting else "step"


def on_axis(record: RunRecord, series: Series, name: str) -> tuple[Floats, Floats] | None:
    """Return the places on an axis and the values of a series; None where the run does not say each value's place.

    Args:
        record: The run.
        series: One of its metrics.
        name: Another of its metrics that counts, or `"step"` for W&B's own.
    """
    if name == "step":
        return series.steps.astype(float), series.values
    axis = series_of(record, name)
    if axis is None or not len(axis):
        return None
    places = np.minimum(axis.steps.searchsorted(series.steps), len(axis) - 1)
    at = axis.values[places]
    known = (axis.steps[places] == series.steps) & np.isfinite(at)
    return (at, series.values) if known.all() else None


def _is_of(name: str, pattern: str) -> bool:
    return name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))


def _placed(x: Floats, at: Floats, values: Floats) -> Floats:
    placed = np.full(x.size, np.nan)
    placed[x.searchsorted(at)] = values
    return placed


def band(label: str, runs: Sequence[str], y: Mapping[str, Floats], test_share: float = 0.0) -> Band:
    """Return mean, range and interval of the curves of these runs.

    Args:
        label: The group's.
        runs: Their ids.
        y: Their values by id.
        test_share: Test over training rows where the runs are folds, 1/(k−1), else 0: folds share their training rows,
            and the half-width is √(1 + n · test_share) times Student's (Nadeau and Bengio).
    """
    from scipy.stats import t

    rows = np.where(np.isfinite(stacked := np.stack([y[run] for run in runs])), stacked, np.nan)
    counts = np.isfinite(rows).sum(axis=0)
    some, several = np.maximum(counts, 1), counts > 1
    mean = np.where(counts > 0, np.nansum(rows, axis=0) / some, np.nan)
    spread = np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / np.maximum(counts - 1, 1))
    error = spread * np.sqrt(1 / some + test_share)
    half = np.where(several, t.ppf(0.975, np.maximum(counts - 1, 1)) * error, np.nan)
    low = np.where(counts > 0, np.fmin.reduce(rows, axis=0), np.nan)
    high = np.where(counts > 0, np.fmax.reduce(rows, axis=0), np.nan)
    return Band(label, tuple(runs), mean, low, high, mean - half, mean + half)
