"""A loss on decisions instead of probabilities.

## How it is detected
The script ended with *does not require grad*, and what the loss was given is made of 0 and 1 alone and has no graph:
the output was rounded, compared with a threshold, or passed through argmax.

## Why it matters
A decision has no slope: the loss cannot be differentiated.

## What to do
Give the loss the logits or probabilities; decide only for metrics.

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
class ArgmaxInLoss(FitRule):
    """A threshold before the loss."""

    code = "TX152"
    name = "argmax-in-loss"
    severity = Severity.ERROR
    explains = ("loss-detached", "nothing-trainable")
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        outputs = loop_of(fit).get("outputs") or {}
        if raised_without_gradient(fit) and outputs.get("zero_one") and not outputs.get("requires_grad"):
            yield self.finding(
                "the loss is given decisions of 0 and 1, which have no gradient",
                "give the loss the logits or probabilities, and decide only for metrics",
                fit=fit.index,
            )
