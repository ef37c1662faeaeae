"""Updates without a `backward`.

## How it is detected
An optimizer steps, in its first four updates none of its parameters has a gradient, and no `backward` was run at all,
nor was any gradient made another way.

## Why it matters
An optimizer passes over parameters without a gradient: nothing is trained, and nothing says so.

## What to do
Call `loss.backward()` before `optimizer.step()`.

## References
- PyTorch: [torch.Tensor.backward](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class BackwardMissing(FitRule):
    """A step that has nothing to step by.

    Args:
        min_updates: Least number of updates without a gradient.
    """

    code = "TX852"
    name = "backward-missing"
    severity = Severity.ERROR
    explains = ("lr-too-low", "optimizer-without-model", "gradient-blocked", "too-few-epochs", "underfitting-capacity")
    requires = ("loop",)

    min_updates: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        idle = [one for one in loop.get("optimizers", []) if one.get("without_gradients", 0) >= self.min_updates]
        if idle and not loop.get("backwards"):
            yield self.finding(
                f"{idle[0]['optimizer']} made {idle[0]['updates']:,} updates, and backward was never called",
                "call loss.backward() before optimizer.step()",
                fit=fit.index,
            )
