"""Answers that are distributed otherwise than in the reference.

## How it is detected
The shares of the predicted classes differ (χ², p ≤ `max_p`) with a PSI of at least `min_psi`; or predicted numbers
differ (Kolmogorov-Smirnov) by at least `min_effect` standard deviations.

## Why it matters
The model says something else than it did: because the world changed, or the inputs did, or the version.

## What to do
Compare the inputs of the window with the reference; ask for labels of some rows.

## References
- S. Rabanser, S. Günnemann, Z. Lipton, Failing loudly, NeurIPS 2019: outputs tell shift best.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.columns import change_of, homogeneity, population_stability, reference_of
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity


@dataclass(frozen=True)
class PredictionsDrifted(MonitorRule):
    """Drift of answers.

    Args:
        max_p: Largest p-value.
        min_psi: Least PSI of the classes.
        min_effect: Least distance of numbers in standard deviations.
    """

    code = "TX972"
    name = "predictions-drifted"
    severity = Severity.WARNING

    max_p: float = 0.001
    min_psi: float = 0.1
    min_effect: float = 0.1

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table, held = window.table, window.reference
        if table.prediction is None or not len(table):
            yield NotApplicable("the log has no predictions")
            return
        if table.prediction.dtype.kind == "f":
            if held.table is None or held.table.prediction is None or held.table.prediction.dtype.kind != "f":
                yield NotApplicable("the reference has no predictions")
                return
            change = change_of(reference_of("prediction", held.table.prediction), table.prediction)
            p_value, effect, least = 1.0 if change.p_value is None else change.p_value, change.effect, self.min_effect
        elif not held.classes:
            yield NotApplicable("the reference does not say how often each class is answered")
            return
        else:
            names = [*held.classes, *sorted(set(table.prediction.astype(str).tolist()) - set(held.classes))]
            seen = Counter(table.prediction.astype(str).tolist())
            counts = [np.array([found.get(name, 0) for name in names], float) for found in (held.classes, seen)]
            p_value, effect, least = homogeneity(*counts), population_stability(*counts), self.min_psi
        if p_value <= self.max_p and effect >= least:
            yield self.finding(
                window,
                f"the predictions drifted: {'PSI' if least == self.min_psi else 'distance'} {effect:.2f}, p = "
                f"{p_value:.1g}",
                "compare the inputs with the reference; ask for labels of some rows",
                effect=effect, p_value=p_value,
            )  # fmt: skip
