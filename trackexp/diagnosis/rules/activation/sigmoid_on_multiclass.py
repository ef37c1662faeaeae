"""Sigmoids under a loss of exclusive classes.

## How it is detected
Keras's own categorical or sparse categorical crossentropy with `from_logits=False` meets an output of two or more
units whose last effective activation is a sigmoid. Silent where the end cannot be told.

## Why it matters
The loss divides by the sum of the units on one backend and looks before the sigmoid on another; either way what is
trained is not what `predict` returns: numbers that do not sum to 1.

## What to do
End in a softmax, or, if rows may have several labels, compile with `binary_crossentropy`.

## References
- Stack Overflow 59278771, 55328966 and 45337371.
- Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import CATEGORICAL, SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SigmoidOnMulticlass(HeadRule):
    """Independent units where the classes exclude each other."""

    code = "TX303"
    name = "sigmoid-on-multiclass"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    losses = CATEGORICAL | SPARSE
    needs = ("activation", "units")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where several sigmoids meet a categorical loss."""
        sigmoid = head.activation in ("sigmoid", "hard_sigmoid") and (head.units or 0) >= 2
        if sigmoid and not head.loss.get("from_logits"):
            yield self.finding(
                f"loss={head.loss_name}{head.where} is for exclusive classes, and the output ends in "
                f"{head.units} sigmoids",
                'end in activation="softmax"; if a row may have several labels, compile with '
                'loss="binary_crossentropy"',
                fit=fit.index,
            )
