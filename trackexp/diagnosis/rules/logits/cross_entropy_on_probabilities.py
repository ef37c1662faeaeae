"""Probabilities where a loss takes logits.

## How it is detected
`cross_entropy` is given rows that are not negative and sum to 1 in every row of the first batch, and the graph does
not show that a softmax has made them: divided by their sum, or hidden in a compiled model.

## Why it matters
The loss takes the softmax of a softmax: its smallest value for k classes is log(1 + (k - 1)/e), and the gradients are
small.

## What to do
Give `cross_entropy` the logits, or take the logarithm and use `nll_loss`.

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
class CrossEntropyOnProbabilities(FitRule):
    """A softmax of probabilities."""

    code = "TX251"
    name = "cross-entropy-on-probabilities"
    severity = Severity.WARNING
    explains = ("softmax-with-from-logits",)
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        outputs = fit.facts.get("model", {}).get("outputs", [])
        for loss, output in zip(fit.facts.get("compile", {}).get("losses", []), outputs, strict=False):
            config = loss.get("config", {})
            if config.get("function") != "cross_entropy" or not config.get("outputs_sum_to_one"):
                continue
            if loop_of(fit) and output.get("activation") not in ("softmax", "log_softmax"):
                yield self.finding(
                    "cross_entropy takes logits, and every row that it is given sums to 1",
                    "give it the logits, or take the logarithm and use nll_loss",
                    fit=fit.index,
                )
                return
