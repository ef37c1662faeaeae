"""Curves for the page: which belong into one chart, and their points, from some point on and thinned where too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.reading.wandb_file.following import SystemCurves
from trackexp.record import RunRecord, Series, canonical_name
from trackexp.reporting.svg.thinning import pieces, thinned

Axis = Literal["step", "epoch", "time"]
AXES: tuple[Axis, ...] = ("step", "epoch", "time")
MOST_POINTS = 100_000  # of one curve; a screen shows some thousand, and zooming is to find the others
_PARTS = {"train": 0, "val": 1, "test": 2}
_ROUGH = ("batch", "probe")
_SYSTEM = (
    ("CPU", "%", ("cpu",)),
    ("Memory of the machine", "%", ("memory_percent", "memory")),
    ("Memory of the process", "MB", ("proc.memory.rssMB",)),
    ("GPU", "%", ("gpu.0.gpu", "gpu.1.gpu", "gpu.2.gpu", "gpu.3.gpu")),
    ("Memory of the GPU", "%", ("gpu.0.memoryAllocated", "gpu.1.memoryAllocated")),
)
_MOST_SYSTEM = 60


def charts_of(record: RunRecord) -> list[dict[str, Any]]:
    """Return the charts of a run, those of losses and of what it monitored first: title, kind and curves of each.

    One chart has the same metric of training, validation and test; `kind` is "metric", "batch" or "probe".
    """
    charts: dict[tuple[str, str], list[dict[str, str | int]]] = {}
    for key in record.metrics():
        name = canonical_name(key)
        part, _, rest = name.partition("/")
        if name in ("epoch", "batch/step") or key.startswith("_"):
            continue
        kind = part if part in _ROUGH else "metric"
        title, label = (rest, part) if part in _PARTS and rest else (name, name)
        charts.setdefault((kind, title), []).append({"key": key, "label": label, "points": len(record.history[key])})
    kept = record.summary.get("best")
    monitored = canonical_name(str(kept.get("metric", ""))).partition("/")[2] if isinstance(kept, Mapping) else ""

    def rank(item: tuple[tuple[str, str], Any]) -> tuple[int, int, int]:
        kind, title = item[0]
        return (kind != "metric") + 2 * (kind == "probe"), 0 if title == monitored else 1, int(title != "loss")

    ordered = sorted(charts.items(), key=rank)
    return [
        {"kind": kind, "title": title, "curves": sorted(curves, key=lambda one: _PARTS.get(str(one["label"]), 3))}
        for (kind, title), curves in ordered
    ]


def curves_of(record: RunRecord, keys: Sequence[str], begins: Sequence[int], axis: Axis) -> list[dict[str, Any]]:
    """Return the points of some curves.

    Args:
        record: The run.
        keys: Of its history.
        begins: How many points of each the asker has; it is given the others.
        axis: What the points are over: W&B's step, the epoch, or seconds since the beginning.

    Returns:
        Of each: `key`, `x` and `y` as arrays of float64 (NaN and infinities are gaps), `total` points that the run
        has, `thinned` whether some were left out, and the `axis` they are over, which is the step where the run does
        not say the other.

    Raises:
        UsageError: The run has no such metric, or there is no such axis.
    """
    if axis not in AXES:
        raise UsageError(f"{axis!r} is no axis: expected step, epoch or time")
    return [_curve(record, key, begin, axis) for key, begin in zip(keys, begins, strict=True)]


def _curve(record: RunRecord, key: str, begin: int, axis: Axis) -> dict[str, Any]:
    if key not in record.history:
        raise UsageError(f"{key!r} is no metric of this run{nearest(key, record.history)}")
    series = record.history[key]
    begin = min(max(begin, 0), len(series))
    steps, y = series.steps[begin:], series.values[begin:]
    x, used = _over(record, steps, "step" if key.startswith("batch/") else axis)  # those count batches, not W&B's steps
    data = {"key": key, "total": len(series), "thinned": False, "axis": used}
    if len(y) > MOST_POINTS:
        kept = _thinned(x, y)
        x, y, data["thinned"] = x[kept], y[kept], True
    return {**data, "x": x, "y": y}


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.intp]:
    parts = list(pieces(x, y))
    share = MOST_POINTS // max(len(parts), 1)
    if share < 4:
        return np.linspace(0, len(y) - 1, MOST_POINTS).astype(np.intp)
    if not parts:
        return np.arange(min(len(y), MOST_POINTS))
    return np.concatenate([part.start + thinned(x[part], y[part], share) for part in parts])


def _over(record: RunRecord, steps: NDArray[np.int64], axis: Axis) -> tuple[NDArray[np.float64], Axis]:
    """Return where on an axis some steps are: at the last thing that the run said of it by then."""
    if axis == "step":
        return steps.astype(np.float64), "step"
    for name in ("epoch",) if axis == "epoch" else ("_runtime", "_timestamp"):
        key = record.history_keys.key_of(name) if name == "epoch" else name
        known = record.history.get(key) if key is not None else None
        if known is not None and len(known):
            return _values_at(known, steps, since_first=name == "_timestamp"), axis
    return steps.astype(np.float64), "step"


def _values_at(known: Series, steps: NDArray[np.int64], *, since_first: bool) -> NDArray[np.float64]:
    values = np.maximum.accumulate(np.nan_to_num(known.values, nan=-np.inf))  # a clock may jump back: an axis may not
    place = np.clip(known.steps.searchsorted(steps, side="right") - 1, 0, len(known) - 1)
    found = values[place]
    return found - values[0] if since_first else found


def system_charts_of(system: SystemCurves) -> list[dict[str, Any]]:
    """Return the curves of the machine over seconds since the first of them, those people ask for first."""
    begin = min((times[0] for times, _ in system.values() if times), default=0.0)
    named = {key for _, _, keys in _SYSTEM for key in keys}
    charts = [(title, unit, [key for key in keys if key in system]) for title, unit, keys in _SYSTEM]
    charts += [(key, "", [key]) for key in sorted(system) if key not in named][:_MOST_SYSTEM]
    return [
        {
            "title": f"{title} ({unit})" if unit else title,
            "curves": [{"label": key, "x": [t - begin for t in system[key][0]], "y": system[key][1]} for key in keys],
        }
        for title, unit, keys in charts
        if keys
    ]
