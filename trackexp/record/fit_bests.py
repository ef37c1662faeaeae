"""The best value of each fit of a run that had several."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from trackexp.record.best import direction_in
from trackexp.record.run_record import RunRecord


def fit_bests(record: RunRecord) -> list[tuple[int, str, float, int]]:
    """Return of each fit its number, the metric it is judged by, its best value and the epoch of that.

    A fit is left out where no row of it is there; the list is empty for a run of one fit, and for one of which it is
    not known where its fits begin.
    """
    ours = record.summary.get("trackexp")
    starts: Any = ours.get("first_epochs") if isinstance(ours, Mapping) else None
    kept = record.summary.get("best")
    metric = kept.get("metric") if isinstance(kept, Mapping) else "val/loss"
    key = record.history_keys.key_of(str(metric))
    axis_key = record.history_keys.key_of("epoch")
    if not isinstance(starts, list) or not all(isinstance(start, int) for start in starts) or None in (key, axis_key):
        return []
    assert key is not None
    assert axis_key is not None
    series, axis = record.history[key], record.history[axis_key]
    epochs = dict(zip(axis.steps.tolist(), axis.values.tolist(), strict=True))
    by_fit: dict[int, list[tuple[float, int]]] = {}
    for step, value in zip(series.steps.tolist(), series.values.tolist(), strict=True):
        epoch = epochs.get(step, math.nan)
        if math.isfinite(epoch) and math.isfinite(value):
            fit = sum(start <= epoch for start in starts) - 1
            by_fit.setdefault(max(fit, 0), []).append((value, int(epoch)))
    if len(starts) < 2:
        return []
    highest = direction_in(record, str(metric)) == "max"
    return [
        (fit, str(metric), *sorted(rows, key=lambda row: row[0], reverse=highest)[0])
        for fit, rows in sorted(by_fit.items())
    ]
