"""A loss without a graph.

## How it is detected
`backward` was run on a tensor that no operation has made: a loss wrapped anew, as `torch.tensor(loss,
requires_grad=True)` does. Or the script ended with *does not require grad* while the model has weights to train and
the output of the loss is not made of 0 and 1 alone.

## Why it matters
No gradient reaches a weight: the optimizer has nothing to step by.

## What to do
Call `backward` on the loss itself; where the error said that it needs no gradient, look for `.item()`, `.detach()`,
`.data`, `.numpy()` or `torch.no_grad()` on its way.

## References
- PyTorch: [Autograd mechanics](https://docs.pytorch.org/docs/stable/notes/autograd.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of, raised_without_gradient
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class LossDetached(FitRule):
    """A loss that does not know how it came about."""

    code = "TX151"
    name = "loss-detached"
    severity = Severity.ERROR
    explains = (
        "optimizer-without-model",
        "backward-missing",
        "lr-too-low",
        "gradient-blocked",
        "too-few-epochs",
        "underfitting-capacity",
    )
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        detached, outputs = loop.get("detached_losses", 0), loop.get("outputs") or {}
        wrapped = detached and not raised_without_gradient(fit)
        cut = raised_without_gradient(fit) and outputs.get("requires_grad") is False and not outputs.get("zero_one")
        if wrapped or (cut and fit.facts.get("model", {}).get("trainable_parameters")):
            yield self.finding(
                f"backward was called on a loss without a graph{f', {detached:,} times' if wrapped else ''}: "
                "no gradient reaches a weight",
                "call backward on the loss itself, and take .item(), .detach() and torch.tensor() off its way",
                fit=fit.index,
            )
