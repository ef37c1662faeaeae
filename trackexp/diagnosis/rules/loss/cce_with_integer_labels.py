"""Categorical crossentropy on labels that are class numbers.

## How it is detected
An output of K ≥ 2 units is compiled with Keras's own `categorical_crossentropy` or its focal variant, and its targets
are whole numbers with no axis of classes: of one rank less than the output, or with a last axis of size 1.

## Why it matters
The loss expects one column a class. On most backends the first batch raises about shapes, without saying what is
meant; where the shapes happen to fit, a class number is taken for a probability.

## What to do
Compile with `sparse_categorical_crossentropy`, or pass `keras.utils.to_categorical(y)`.

## References
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
- Stack Overflow 49161174 and 61742556: the exception, and what it meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import CATEGORICAL
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class CceWithIntegerLabels(HeadRule):
    """Class numbers where one column a class is expected."""

    code = "TX103"
    name = "cce-with-integer-labels"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("label-shape-broadcast", "too-few-output-units", "missing-flatten", "labels-out-of-range")
    losses = CATEGORICAL
    needs = ("units", "output.shape", "target.shape")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the targets lack the axis of the classes."""
        output, target = head.output.get("shape") or [], head.target.get("shape", [])
        lacks_classes = len(target) == len(output) - 1 or (len(target) == len(output) and target[-1] == 1)
        if (head.units or 0) >= 2 and lacks_classes and head.target.get("integral"):
            low, high = head.target.get("minimum"), head.target.get("maximum")
            yield self.finding(
                f"loss={head.loss_name}{head.where} over {head.units} units with integer labels "
                f"(shape {tuple(target)}, {low:g} to {high:g}): it expects one column a class",
                'compile with loss="sparse_categorical_crossentropy", or pass keras.utils.to_categorical(y)',
                fit=fit.index,
            )
