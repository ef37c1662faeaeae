"""Categorical crossentropy over an output of one unit.

## How it is detected
An output whose last axis has size 1 is compiled with Keras's own `categorical_crossentropy`, its focal variant, or
`sparse_categorical_crossentropy`, over that axis. Silent where the loss works on another axis, and for custom losses.

## Why it matters
These losses normalise over the classes. One class always has probability 1: the loss is 0, or constant, whatever the
weights are, and nothing is learnt.

## What to do
Use `binary_crossentropy` over a sigmoid for two classes, or as many units as there are classes.

## References
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import CATEGORICAL, SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class CceOnSingleUnit(HeadRule):
    """A crossentropy over classes, where the output knows one."""

    code = "TX102"
    name = "cce-on-single-unit"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("softmax-single-unit", "too-few-output-units", "cce-with-integer-labels", "relu-on-probability",
                "linear-without-from-logits", "labels-out-of-range")  # fmt: skip
    losses = CATEGORICAL | SPARSE
    needs = ("units",)

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the axis of the classes has size 1."""
        if head.units == 1 and head.loss.get("config", {}).get("axis", -1) in (-1, None):
            yield self.finding(
                f"loss={head.loss_name}{head.where} over an output of 1 unit: the one class always has probability 1",
                'end in Dense(1, activation="sigmoid") with loss="binary_crossentropy" for two classes, '
                "or in one unit for each class with a softmax",
                fit=fit.index,
            )
