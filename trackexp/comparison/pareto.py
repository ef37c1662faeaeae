"""Several metrics at once: the runs that no other run beats in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trackexp.comparison.entry import Entry, named
from trackexp.comparison.metrics import Metric


@dataclass(frozen=True, slots=True)
class ParetoRow:
    """A run on the front, or who dominates it.

    Args:
        values: By metric, in the row of its history in which the first metric is best: of one model, not of several.
        dominated_by: A run that is at least as good in all metrics and better in one; None on the front.
    """

    entry: Entry
    values: dict[str, float]
    dominated_by: Entry | None

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON-ready data."""
        by = None if self.dominated_by is None else named(self.dominated_by)
        return {**named(self.entry), "values": self.values, "dominated_by": by}


def pareto(entries: Sequence[Entry], metrics: Sequence[Metric]) -> tuple[ParetoRow, ...]:
    """Return the runs that have all metrics: the front first, by the first metric, then those that are dominated."""
    if len(metrics) < 2:
        return ()
    told = [
        (entry, {metric.name: value for metric in metrics if (value := _value(entry, metric.name)) is not None})
        for entry in entries
    ]
    whole = [(entry, values) for entry, values in told if len(values) == len(metrics)]
    if not whole:
        return ()
    sign = np.array([1.0 if metric.direction == "max" else -1.0 for metric in metrics])
    merits = np.array([[values[metric.name] for metric in metrics] for _, values in whole]) * sign
    order = np.lexsort([merits[:, column] for column in range(len(metrics) - 1, -1, -1)])[::-1]
    rows = []
    for place in order:
        beaten = (merits >= merits[place]).all(axis=1) & (merits > merits[place]).any(axis=1)
        by = next((whole[other][0] for other in order if beaten[other]), None)
        rows.append(ParetoRow(whole[place][0], whole[place][1], by))
    return (*(row for row in rows if row.dominated_by is None), *(row for row in rows if row.dominated_by))


def _value(entry: Entry, metric: str) -> float | None:
    measured = entry.measured.get(metric)
    return None if measured is None else measured.at_best
