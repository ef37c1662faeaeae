"""A softmax over one unit.

## How it is detected
The last effective activation of an output is a softmax over its last axis, and that axis has size 1. A softmax over
another axis, as of an attention or pointer output of shape (n, T, 1), passes.

## Why it matters
The softmax of one number is 1, whatever the number is: the model predicts the constant 1. On TensorFlow the
crossentropies look at the number before it, so that the loss may fall healthily all the while.

## What to do
Use a sigmoid for two classes, no activation for a regression, or a unit for each class.

## References
- Stack Overflow 33969059 and 43061074.
- Zhang et al., AUTOTRAINER, ICSE 2021; Wardat et al., DeepLocalize, ICSE 2021: programs with this fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SoftmaxSingleUnit(HeadRule):
    """An output that is always 1."""

    code = "TX301"
    name = "softmax-single-unit"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("softmax-on-regression", "output-range-too-small", "softmax-with-from-logits", "mse-on-classification",
                "softmax-wrong-axis", "accuracy-on-regression")  # fmt: skip
    needs = ("activation", "units")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the axis of the softmax has size 1."""
        if head.activation != "softmax" or head.units != 1:
            return
        rank = len(head.output.get("shape") or [])
        if head.output.get("axis") in (None, -1, rank - 1, [-1]):
            cure = "no activation" if head.loss_name in REGRESSION else 'activation="sigmoid"'
            yield self.finding(
                f"the output{head.where} is a softmax over 1 unit: it predicts 1 whatever the input is",
                f"use {cure}, or as many units as there are classes",
                fit=fit.index,
            )
