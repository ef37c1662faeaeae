"""An optimizer whose parameters are none of the model's.

## How it is detected
None of an optimizer's parameters has a gradient at its first two updates, though `backward` was run: it was made for
another model, or before the model was made again. Parameters that are frozen are told apart by having no gradient to
expect.

## Why it matters
The optimizer steps, and the model that is trained never changes.

## What to do
Make the optimizer after the model, from `model.parameters()`.

## References
- PyTorch issue 107843: https://github.com/pytorch/pytorch/issues/107843
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class OptimizerWithoutModel(FitRule):
    """An optimizer of something else.

    Args:
        min_updates: Least number of updates without a gradient.
    """

    code = "TX061"
    name = "optimizer-without-model"
    severity = Severity.ERROR
    explains = ("lr-too-low", "gradient-blocked", "too-few-epochs", "underfitting-capacity")
    requires = ("loop",)

    min_updates: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        for optimizer in loop.get("optimizers", []):
            if optimizer.get("without_gradients", 0) >= self.min_updates and loop.get("backwards"):
                yield self.finding(
                    f"none of the {optimizer['parameters']} parameters of {optimizer['optimizer']} ever gets a "
                    "gradient: they are not those of the model that the loss depends on",
                    "make the optimizer after the model, from model.parameters()",
                    fit=fit.index,
                )
                return
