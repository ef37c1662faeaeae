"""Gradients that are never cleared.

## How it is detected
A gradient counts in its version what is done to it in place. At the first `backward` after an update it stood as that
update had left it, neither cleared nor replaced, in at least 3 updates and in half of all. An optimizer that makes
one update of several backwards, as gradient accumulation does, is judged by its updates alone.

## Why it matters
Every update then uses the sum of all gradients so far: the step grows, turns late, and the training runs away.

## What to do
Call `optimizer.zero_grad()` once for every update, before `loss.backward()`.

## References
- PyTorch issue 47175, a warning for a missing `zero_grad`: https://github.com/pytorch/pytorch/issues/47175
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ZeroGradMissing(FitRule):
    """Gradients of all batches so far.

    Args:
        min_carried: Least number of updates with gradients of the one before.
        min_share: Least share of all updates.
    """

    code = "TX850"
    name = "zero-grad-missing"
    severity = Severity.ERROR
    explains = (
        "lr-too-high",
        "dead-relu",
        "exploding-gradient",
        "nan-in-loss",
        "saturated-activation",
        "underfitting-capacity",
        "gradient-accumulation-without-scaling",
    )
    requires = ("loop",)

    min_carried: int = 3
    min_share: float = 0.5

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        for optimizer in loop_of(fit).get("optimizers", []):
            carried, updates = optimizer.get("carried", 0), optimizer.get("updates", 0)
            if carried >= self.min_carried and carried >= self.min_share * updates:
                yield self.finding(
                    f"the gradients of {optimizer['optimizer']} were not cleared before {carried:,} of {updates:,} "
                    "updates",
                    "call optimizer.zero_grad() once for every update, before loss.backward()",
                    fit=fit.index,
                )
                return
