"""Inputs that are distributed otherwise than in the reference.

## How it is detected
A column differs (Kolmogorov-Smirnov for numbers, χ² for categories, p ≤ `max_p` after Holm over columns) **and** by
enough: Wasserstein distance of at least `min_effect` standard deviations, or a PSI of at least `min_psi` for
categories. From `warning_effect` on it is a warning.

## Why it matters
Drift is no harm by itself; with much of it the numbers of the test set no longer hold.

## What to do
Look whether accuracy fell, by labels or by estimate; if not, let it be.

## References
- S. Rabanser, S. Günnemann, Z. Lipton, Failing loudly, NeurIPS 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity
from trackexp.stats import holm


@dataclass(frozen=True)
class InputsDrifted(MonitorRule):
    """Drift of columns.

    Args:
        max_p: Largest p-value, corrected.
        min_effect: Least distance in standard deviations.
        min_psi: Least PSI of categories.
        warning_effect: From which on it is a warning.
    """

    code = "TX971"
    name = "inputs-drifted"
    severity = Severity.INFO

    max_p: float = 0.001
    min_effect: float = 0.1
    min_psi: float = 0.1
    warning_effect: float = 0.5

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        known = [c for c in window.steady if c.p_value is not None]
        if not known:
            yield NotApplicable("the reference has no distribution of any column, or the window no values")
            return
        for change, p_value in zip(known, holm([c.p_value or 0.0 for c in known]), strict=True):
            texts = window.reference.columns[change.name].categories is not None
            if p_value > self.max_p or change.effect < (self.min_psi if texts else self.min_effect):
                continue
            far = change.effect >= self.warning_effect
            yield self.finding(
                window,
                f"{change.name} drifted by {change.effect:.2f}{' (PSI)' if texts else ' standard deviations'} "
                f"(p = {p_value:.1g}, "
                f"corrected for {len(known)} columns)",
                "look whether accuracy fell; if not, let it be",
                severity=Severity.WARNING if far else Severity.INFO,
                column=change.name, effect=change.effect, psi=change.psi, p_value=float(p_value),
            )  # fmt: skip
