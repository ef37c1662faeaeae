"""A confidence that no longer means what it meant.

## How it is detected
On labelled rows, the confidence calibrated on the reference exceeds the share of right answers by at least `min_gap`,
and by a z test that counts the uncertainty of both with p ≤ `max_p`.

## Why it matters
Thresholds and costs rest on probabilities: with another calibration they are wrong while the ranking is still good.

## What to do
Fit the temperature anew on recent labelled rows.

## References
- C. Guo et al., On calibration of modern neural networks, ICML 2017.
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
class CalibrationLost(MonitorRule):
    """Overconfidence.

    Args:
        max_p: Largest p-value.
        min_gap: Least gap.
        min_rows: Fewest labelled rows.
    """

    code = "TX984"
    name = "calibration-lost"
    severity = Severity.WARNING

    max_p: float = 0.001
    min_gap: float = 0.05
    min_rows: int = 50

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table, held = window.table, window.reference
        if table.probabilities is None or table.wrong is None or held.reliability is None:
            yield NotApplicable("it needs probabilities and targets of both")
            return
        known = table.labelled
        if known.sum() < self.min_rows:
            yield NotApplicable(f"under {self.min_rows} rows have labels")
            return
        expected, right = held.expected_right(table.probabilities[known]), ~table.wrong[known]
        gap = float(expected.mean() - right.mean())
        spread = np.maximum(expected * (1 - expected), 1e-3).mean()
        error = float(np.sqrt(spread / len(right) + spread / max(held.n_labelled, 1)))
        p_value = float(norm.sf(gap / error))
        if gap >= self.min_gap and p_value <= self.max_p:
            yield self.finding(
                window,
                f"by its confidence {expected.mean():.1%} of {len(right):,} labelled rows should be right, "
                f"{right.mean():.1%} are "
                f"(p = {p_value:.1g})",
                "fit the temperature anew on recent labelled rows",
                gap=gap, p_value=p_value,
            )  # fmt: skip
