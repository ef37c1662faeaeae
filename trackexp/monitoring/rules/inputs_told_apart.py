"""Rows that a classifier tells from the reference's.

## How it is detected
A classifier learns on half of the rows which are of the window and which of the reference; on the other half its area
under the ROC curve is at least `min_area`, with p ≤ `max_p` (DeLong).

## Why it matters
Columns that are each as they were can belong together otherwise: no test of one column sees it.

## What to do
Look at the columns that it names; drift alone is no harm.

## References
- J. Friedman, On multivariate goodness-of-fit and two-sample testing, 2003.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity
from trackexp.stats import adversarial_validation

_MOST = 2_000  # rows of either


@dataclass(frozen=True)
class InputsToldApart(MonitorRule):
    """A difference of rows.

    Args:
        min_area: Least area.
        max_p: Largest p-value.
        min_rows: Fewest rows of either.
    """

    code = "TX973"
    name = "inputs-told-apart"
    severity = Severity.INFO

    min_area: float = 0.6
    max_p: float = 0.001
    min_rows: int = 100

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        held = window.reference.table
        names = [c.name for c in window.steady if window.reference.columns[c.name].counts is not None]
        if held is None or len(names) < 2 or min(len(held), len(window.table)) < self.min_rows:
            yield NotApplicable(f"it needs {self.min_rows} rows of both, and two columns of numbers")
            return
        rows = [np.stack([table.inputs[name][:: max(1, len(table) // _MOST)] for name in names], axis=1)
                for table in (held, window.table)]  # fmt: skip
        found = adversarial_validation(*rows)
        if found.area >= self.min_area and found.p_value <= self.max_p:
            leading = ", ".join(names[place] for place, _ in found.leading[:3])
            yield self.finding(
                window,
                f"a classifier tells the window's rows from the reference's: area {found.area:.2f}; by "
                f"{leading} most",
                "look at these columns together; drift alone is no harm",
                area=found.area, p_value=found.p_value,
            )  # fmt: skip
