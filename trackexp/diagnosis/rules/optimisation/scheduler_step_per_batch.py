"""A schedule of epochs that is stepped with every batch.

## How it is detected
Within the first pass the rate falls at least twice, it never rises, and after a fifth of all updates it is below a
hundredth of its start. A warm-up, a cycle, or a decay over the whole training passes.

## Why it matters
The rate is gone before the second epoch: the weights stop moving while the training goes on.

## What to do
Call `scheduler.step()` once an epoch, or count its steps in batches.

## References
- PyTorch: [How to adjust learning rate](https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from trackexp.diagnosis.evidence.loop import loop_of, training_passes
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class SchedulerStepPerBatch(FitRule):
    """A rate that runs out in an epoch or two.

    Args:
        min_falls: Least number of falls in the first pass.
        max_share: Share of the start that is too little.
        early: After this share of all updates.
    """

    code = "TX871"
    name = "scheduler-step-per-batch"
    severity = Severity.WARNING
    explains = ("lr-decay-too-fast", "lr-too-low", "too-few-epochs", "underfitting-capacity")
    requires = ("loop",)

    min_falls: int = 2
    max_share: float = 0.01
    early: float = 0.2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        rates, passes = loop_of(fit).get("rates", []), [one for one in training_passes(fit) if one.get("loader")]
        updates = loop_of(fit).get("updates", 0)
        if len(rates) < 3 or len(passes) < 2 or rates[0][1] <= 0:
            return
        falls = sum(step < passes[0]["updates"] for step, _ in rates[1:])
        monotone = all(later[1] < before[1] for before, later in pairwise(rates))
        early = min((rate for step, rate in rates if step <= self.early * updates), default=rates[0][1])
        if falls >= self.min_falls and monotone and early < self.max_share * rates[0][1]:
            yield self.finding(
                f"the learning rate fell {falls} times in the first epoch, to {early / rates[0][1]:.1g} of its start "
                f"after {self.early:.0%} of the updates",
                "call scheduler.step() once an epoch, or count its steps in batches",
                fit=fit.index,
            )
