"""Gradients that nobody uses.

## How it is detected
More than 3 times `backward` was run, no optimizer stepped, and none of the weights that are followed has changed. A
loop that changes weights by hand passes.

## Why it matters
The weights stay as they began: the loss wanders with the batches and never falls.

## What to do
Call `optimizer.step()` after `loss.backward()`.

## References
- PyTorch: [torch.optim](https://docs.pytorch.org/docs/stable/optim.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class OptimizerStepMissing(FitRule):
    """A training without an update.

    Args:
        max_backwards: So many may come without an update.
    """

    code = "TX853"
    name = "optimizer-step-missing"
    severity = Severity.ERROR
    explains = ("lr-too-low", "too-few-epochs", "underfitting-capacity")
    requires = ("loop",)

    max_backwards: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        backwards = loop.get("backwards", 0)
        if backwards > self.max_backwards and not loop.get("updates") and loop.get("weights_moved") is False:
            yield self.finding(
                f"backward was called {backwards:,} times, no optimizer stepped, and the weights are as they were",
                "call optimizer.step() after loss.backward()",
                fit=fit.index,
            )
