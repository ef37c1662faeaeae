"""A regression on the numbers of classes.

## How it is detected
An output of one linear (or relu) unit is compiled with a squared or absolute error, an **accuracy** is among its
metrics, and its targets are the whole numbers 0 to K - 1, each of them present, for K from 3 to 20. Without the
accuracy nothing is said: ratings, counts and ages are whole numbers too, and the program does not call them classes.

## Why it matters
The model learns that class 2 lies between 1 and 3. The accuracy compares a rounded real number with the class, and
the order of the classes, which means nothing, decides which mistakes are dear.

## What to do
End in K units with a softmax, and compile with `sparse_categorical_crossentropy`.

## References
- Bishop, Pattern Recognition and Machine Learning (2006), section 4.1.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import ACCURACIES, REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class RegressionOnClassIds(HeadRule):
    """Class numbers as the targets of a regression.

    Args:
        min_classes: Least number of classes; two are a linear probability model.
        max_classes: Largest number of classes; beyond it whole numbers are more likely a quantity.
    """

    code = "TX107"
    name = "regression-on-class-ids"
    severity = Severity.WARNING
    explains = ("accuracy-on-regression", "output-range-too-small")
    losses = REGRESSION
    needs = ("activation", "target.shape")

    min_classes: int = 3
    max_classes: int = 20

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the program itself counts right answers."""
        ids = sorted(int(key) for key in head.target.get("class_counts") or {} if key.lstrip("-").isdigit())
        counted = any(metric.get("identifier") in ACCURACIES for metric in head.metrics)
        if head.units != 1 or head.activation not in ("linear", "relu") or not counted:
            return
        if self.min_classes <= len(ids) <= self.max_classes and ids == list(range(len(ids))):
            yield self.finding(
                f"loss={head.loss_name}{head.where} over one {head.activation} unit on the class numbers "
                f"0 to {ids[-1]}, with accuracy as a metric",
                f'end in Dense({len(ids)}, activation="softmax") with loss="sparse_categorical_crossentropy"; '
                "if the numbers are a quantity, drop the accuracy",
                fit=fit.index,
            )
