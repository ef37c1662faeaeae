"""Gradients cleared between `backward` and `step`.

## How it is detected
At an update that a `backward` came before, the gradients are all 0 or gone, and their version has moved since: they
were cleared after they were made. In at least 3 of the first 8 updates.

## Why it matters
The update moves nothing: the weights stay as they began, and nothing says so.

## What to do
Call `optimizer.zero_grad()` before `loss.backward()`, or after `optimizer.step()`.

## References
- PyTorch: [Zeroing out gradients](https://docs.pytorch.org/tutorials/recipes/recipes/zeroing_out_gradients.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ZeroGradAfterBackward(FitRule):
    """Gradients that no update uses.

    Args:
        min_cleared: Least number of the first updates at which it is so.
    """

    code = "TX851"
    name = "zero-grad-after-backward"
    severity = Severity.ERROR
    explains = (
        "lr-too-low",
        "too-few-epochs",
        "optimizer-without-model",
        "gradient-blocked",
        "underfitting-capacity",
        "vanishing-gradient",
    )
    requires = ("loop",)

    min_cleared: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        for optimizer in loop_of(fit).get("optimizers", []):
            cleared = optimizer.get("cleared_before_update", 0)
            if cleared >= self.min_cleared:
                yield self.finding(
                    f"the gradients of {optimizer['optimizer']} are cleared between backward and step",
                    "call optimizer.zero_grad() before loss.backward()",
                    fit=fit.index,
                )
                return
