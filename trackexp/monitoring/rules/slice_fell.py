"""Accuracy that fell for some rows.

## How it is detected
Rows are sliced by each category, and by thirds of each column of numbers, the first `most_columns`. A slice of at
least `min_rows` labelled rows has a lower accuracy than the same slice of the reference (Fisher's exact test, p ≤
`max_p` after Holm over slices) by at least `min_drop`, and by half of that more than all rows together.

## Why it matters
An average hides whom a model fails.

## What to do
Look at the rows of the slice: a new kind, a source that changed.

## References
- Y. Chung et al., Slice finder: automated data slicing for model validation, ICDE 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.monitoring.table import PredictionTable
from trackexp.record import Severity
from trackexp.stats import holm

_MOST_CATEGORIES = 20


def _rate(wrong: NDArray[np.bool_], table: PredictionTable) -> float:
    return float(wrong.sum()) / max(int(table.labelled.sum()), 1)


def slices(
    held: PredictionTable, table: PredictionTable, name: str
) -> Iterator[tuple[str, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield the slices of a column: their names, and which rows of the reference and of the window they are."""
    then, now = held.inputs[name], table.inputs[name]
    if then.dtype.kind == "O":
        names, counts = np.unique(then.astype(str), return_counts=True)
        for category in names[np.argsort(-counts, kind="stable")][:_MOST_CATEGORIES].tolist():
            yield f"{name} is {category}", then.astype(str) == category, now.astype(str) == category
        return
    finite = then[np.isfinite(then)]
    cuts = np.unique(np.quantile(finite, (1 / 3, 2 / 3))) if finite.size else np.empty(0)
    edges = [-np.inf, *cuts.tolist(), np.inf]
    for low, high in pairwise(edges):
        yield f"{name} is {low:.3g} to {high:.3g}", (then > low) & (then <= high), (now > low) & (now <= high)


@dataclass(frozen=True)
class SliceFell(MonitorRule):
    """A slice.

    Args:
        max_p: Largest p-value, corrected.
        min_drop: Least drop of the accuracy.
        min_rows: Fewest labelled rows of a slice.
        most_columns: Most columns that are sliced.
    """

    code = "TX983"
    name = "slice-fell"
    severity = Severity.WARNING

    max_p: float = 0.001
    min_drop: float = 0.1
    min_rows: int = 30
    most_columns: int = 20

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        held = window.reference.table
        were = None if held is None else held.wrong
        are = window.table.wrong
        if held is None or were is None or are is None or not window.table.labelled.any():
            yield NotApplicable("it needs predictions and targets of both")
            return
        found = []
        for name in [c.name for c in window.steady][: self.most_columns]:
            for label, then, now in slices(held, window.table, name):
                rows = [int(np.count_nonzero(chosen & t.labelled)) for chosen, t in ((then, held), (now, window.table))]
                if min(rows) < self.min_rows:
                    continue
                wrong = [int(np.count_nonzero(then & were)), int(np.count_nonzero(now & are))]
                found.append((label, wrong, rows))
        if not found:
            yield NotApplicable(f"no slice has {self.min_rows} labelled rows in both")
            return
        p_values = [
            float(fisher_exact([[w[1], n[1] - w[1]], [w[0], n[0] - w[0]]], "greater").pvalue) for _, w, n in found
        ]
        overall = _rate(are, window.table) - _rate(were, held)
        for (label, wrong, rows), p_value in zip(found, holm(p_values), strict=True):
            drop = wrong[1] / rows[1] - wrong[0] / rows[0]
            if p_value <= self.max_p and drop >= self.min_drop and drop - overall >= self.min_drop / 2:
                yield self.finding(
                    window,
                    f"where {label}, {wrong[1]:,} of {rows[1]:,} labelled rows are wrong "
                    f"({wrong[1] / rows[1]:.0%}); in the "
                    f"reference {wrong[0] / rows[0]:.0%} (p = {p_value:.1g}, corrected for {len(found)} slices)",
                    "look at the rows of this slice",
                    slice=label, rows=rows[1], p_value=float(p_value),
                )  # fmt: skip
