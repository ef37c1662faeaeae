"""A log-softmax before a loss that takes one itself.

## How it is detected
`cross_entropy` is given what ends in a log-softmax. The second one changes nothing, so it costs time and clarity
only: **info**.

## Why it matters
Whoever reads the code takes the output for logits, or the loss for `nll_loss`.

## What to do
Drop the log-softmax, or use `nll_loss`.

## References
- PyTorch: [CrossEntropyLoss](https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class LogSoftmaxTwice(FitRule):
    """The same thing done twice."""

    code = "TX252"
    name = "log-softmax-twice"
    severity = Severity.INFO
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        outputs = fit.facts.get("model", {}).get("outputs", [])
        for loss, output in zip(fit.facts.get("compile", {}).get("losses", []), outputs, strict=False):
            function = loss.get("config", {}).get("function")
            if loop_of(fit) and function == "cross_entropy" and output.get("activation") == "log_softmax":
                yield self.finding(
                    "cross_entropy takes the log-softmax itself, and the output ends in one",
                    "drop the log-softmax, or use nll_loss",
                    fit=fit.index,
                )
                return
