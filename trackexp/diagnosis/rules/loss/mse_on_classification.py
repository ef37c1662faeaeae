"""A squared (or, over several classes, absolute) error on classes, over the softmax or sigmoid of a classifier.

## How it is detected
An output that ends in a sigmoid or softmax is compiled with a regression loss, and its targets are classes: a single
column of 0 and 1 in which both occur, or one-hot rows without exception, in at least 32 rows (Keras's batch, the
least that is usually seen). An absolute error over one column is `abs-loss-on-binary`.

Silent: targets that are the inputs or have their shape (an autoencoder's 0/1 pixels), probabilities, multi-hot rows,
linear outputs (least-squares GAN), custom losses.

## Why it matters
The gradient of a squared error passes through the derivative of the sigmoid, which is almost 0 where the answer is
confidently wrong: exactly those rows stop teaching.

## What to do
Compile with the crossentropy that fits the targets.

## References
- Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.
- Golik, Doetsch and Ney, Cross-Entropy vs. Squared Error Training, Interspeech 2013.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import ABSOLUTE, REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.remedies import Remedy
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class MseOnClassification(HeadRule):
    """A regression loss where output and targets are those of a classifier.

    Args:
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX105"
    name = "mse-on-classification"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("accuracy-on-regression", "output-range-too-small")
    losses = REGRESSION
    needs = ("activation", "target.shape")

    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a classifier is trained as a regression."""
        target = head.target
        binary = head.columns == 1 and head.units == 1 and target.get("zero_one") and target.get("distinct") == 2
        if head.activation not in ("sigmoid", "softmax") or fit.is_input(target):
            return
        if not (head.one_hot and head.units == head.columns) and (
            not binary or head.loss_name in ABSOLUTE or head.activation == "softmax"
        ):
            return
        if target.get("sampled_rows", 0) < self.min_rows:
            yield NotApplicable(f"fit {fit.index}: it takes {self.min_rows} target rows")
            return
        kind, loss = ("two classes", "binary") if binary else (f"{head.columns} exclusive classes", "categorical")
        yield self.finding(
            f"loss={head.loss_name}{head.where} on {kind} over a {head.activation}",
            f'compile with loss="{loss}_crossentropy"',
            fit=fit.index,
        )

    def remedy(self, fit: Fit) -> Remedy | None:
        """Return the crossentropy that fits the targets."""
        (head, *others) = fit.heads()
        loss = "categorical_crossentropy" if head.one_hot else "binary_crossentropy"
        return None if others else Remedy("loss", loss, f"loss={loss}")
