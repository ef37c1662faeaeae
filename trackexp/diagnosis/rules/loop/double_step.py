"""Two updates with one gradient.

## How it is detected
Before at least 3 updates, and a third of all, no `backward` was run since the update before, and the gradients are
the same, neither cleared nor changed.

## Why it matters
The second step goes the same way without looking: the rate is doubled, and the moments of Adam count every batch
twice.

## What to do
Call `optimizer.step()` once for every `backward`.

## References
- PyTorch: [Taking an optimization step](https://docs.pytorch.org/docs/stable/optim.html#taking-an-optimization-step).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class DoubleStep(FitRule):
    """A step that is made again.

    Args:
        min_repeated: Least number of such updates.
        min_share: Least share of all updates.
    """

    code = "TX854"
    name = "double-step"
    severity = Severity.WARNING
    explains = ("lr-too-high",)
    requires = ("loop",)

    min_repeated: int = 3
    min_share: float = 0.33

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        for optimizer in loop_of(fit).get("optimizers", []):
            repeated, updates = optimizer.get("repeated", 0), optimizer.get("updates", 0)
            if repeated >= self.min_repeated and repeated >= self.min_share * updates:
                yield self.finding(
                    f"{repeated:,} of {updates:,} updates of {optimizer['optimizer']} use the gradients of the one "
                    "before",
                    "call optimizer.step() once for every backward",
                    fit=fit.index,
                )
                return
