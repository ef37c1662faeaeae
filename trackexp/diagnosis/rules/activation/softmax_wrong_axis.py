"""A softmax over another axis than that of the classes.

## How it is detected
The last effective activation of an output is a Softmax layer over an axis that is not the last, and Keras's own
categorical or sparse categorical crossentropy takes the classes from the last one. A loss that is told the same axis
(`axis=1` for channels first) passes.

## Why it matters
Positions, or rows of the batch, compete with each other instead of the classes. On TensorFlow the loss looks before
the softmax and falls healthily, while `predict` returns numbers that are no probabilities.

## What to do
Take the softmax over the last axis.

## References
- Keras documentation, Softmax layer: https://keras.io/api/layers/activation_layers/softmax/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import CATEGORICAL, SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SoftmaxWrongAxis(HeadRule):
    """Probabilities that sum to 1 over what are no classes."""

    code = "TX307"
    name = "softmax-wrong-axis"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    losses = CATEGORICAL | SPARSE
    needs = ("activation", "output.shape")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where softmax and loss disagree about the axis."""
        axis, rank = head.output.get("axis"), len(head.output.get("shape") or [])
        classes = head.loss.get("config", {}).get("axis", -1)
        if head.activation != "softmax" or not isinstance(axis, int) or not isinstance(classes, int):
            return
        if axis % rank != classes % rank:
            yield self.finding(
                f"the softmax{head.where} is over axis {axis} of an output of shape "
                f"{tuple(head.output.get('shape') or [])}, and loss={head.loss_name} takes the classes "
                f"from axis {classes}",
                f"take the softmax over axis {classes}",
                fit=fit.index,
            )
