"""One answer to everything.

## How it is detected
Every row of the window, at least `min_rows`, was answered with one class, or one number, while by the reference's
shares of classes that has a probability of at most `max_p`.

## Why it matters
A column that stopped coming, an input that is all 0, a model that was replaced: the service answers, and says
nothing.

## What to do
Look at the inputs of the window, and at the version that answered.

## References
- E. Breck et al., The ML test score, IEEE Big Data 2017.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.rule import NotApplicable
from trackexp.monitoring.evidence import Window
from trackexp.monitoring.rule import MonitorFinding, MonitorRule
from trackexp.record import Severity


@dataclass(frozen=True)
class ConstantPrediction(MonitorRule):
    """A constant.

    Args:
        min_rows: Fewest rows.
        max_p: Largest probability of it by chance.
    """

    code = "TX965"
    name = "constant-prediction"
    severity = Severity.ERROR

    min_rows: int = 20
    max_p: float = 0.0005

    def examine(self, window: Window) -> Iterator[MonitorFinding | NotApplicable]:
        """Yield a finding where it is so."""
        table, held = window.table, window.reference
        if table.prediction is None or len(table) < self.min_rows:
            yield NotApplicable(f"the window has no predictions, or under {self.min_rows} rows")
            return
        seen = set(table.prediction.tolist())
        numbers = (
            held.table is not None and held.table.prediction is not None and held.table.prediction.dtype.kind == "f"
        )
        if not held.classes and not numbers:
            yield NotApplicable("the reference does not say how often each class is answered")
            return
        if len(seen) > 1:
            return
        (only,) = seen
        total = sum(held.classes.values())
        chance = 0.0 if numbers else (held.classes.get(str(only), 0) / max(total, 1)) ** len(table)
        if chance <= self.max_p:
            yield self.finding(
                window,
                f"all {len(table):,} rows were answered with {only!r}",
                "look at the inputs of the window, and at the version that answered",
                prediction=str(only), rows=len(table),
            )  # fmt: skip
