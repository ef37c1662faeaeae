"""Accuracy that is estimated, without labels, to have fallen.

## How it is detected
Confidence-based performance estimation: the mean, over the window's rows, of the accuracy that the reference had at
that confidence. It is lower than the reference's accuracy by at least `min_drop`, and by a z test with p ≤ `max_p`.

## Why it matters
Labels come late or never; a model that became unsure says so at once.

## What to do
Ask for labels of some rows. The estimate assumes that the calibration holds; it does not see concepts that changed.

## References
- NannyML, Confidence-based Performance Estimation; Garg et al., Leveraging unlabeled data to predict performance, 2022.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity


@dataclass(frozen=True)
class EstimatedAccuracyFell(MonitorRule):
    """An estimate.

    Args:
        max_p: Largest p-value.
        min_drop: Least drop of the accuracy.
        min_rows: Fewest rows.
    """

    code = "TX981"
    name = "estimated-accuracy-fell"
    severity = Severity.WARNING

    max_p: float = 0.001
    min_drop: float = 0.02
    min_rows: int = 30

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table, held = window.table, window.reference
        if (
            table.probabilities is None
            or held.reliability is None
            or held.table is None
            or held.table.probabilities is None
        ):
            yield NotApplicable("it needs probabilities of both, and 50 labelled rows of the reference")
            return
        if len(table) < self.min_rows:
            yield NotApplicable(f"the window has under {self.min_rows} rows")
            return
        now, then = held.expected_right(table.probabilities), held.expected_right(held.table.probabilities)
        drop = float(then.mean() - now.mean())
        error = float(np.sqrt(now.var() / len(now) + then.var() / len(then)))
        p_value = float(norm.sf(drop / error)) if error > 0 else float(drop <= 0)
        if drop >= self.min_drop and p_value <= self.max_p:
            yield self.finding(
                window,
                f"accuracy is estimated at {now.mean():.3f}, {drop:.3f} below the reference's (p = "
                f"{p_value:.1g}); this assumes "
                "that the confidence is as well calibrated as it was, and does not see a changed concept",
                "ask for labels of some rows",
                estimated=float(now.mean()), drop=drop, p_value=p_value,
            )  # fmt: skip
