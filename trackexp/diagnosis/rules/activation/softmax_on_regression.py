"""A softmax output under a regression loss, on targets that are no shares.

## How it is detected
A regression loss of Keras's own meets an output of two or more units that ends in a softmax, and less than half of the
target sampled rows sum to 1, in at least 32 rows. Vector targets that sum to 1 (shares, distilled
probabilities) pass, and so do one-hot ones, which `mse-on-classification` judges.

## Why it matters
The outputs are positive and sum to 1: no combination of weights lets them be the targets.

## What to do
Use a linear output.

## References
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.
- Stack Overflow 33969059.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import REGRESSION
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class SoftmaxOnRegression(HeadRule):
    """Shares as the prediction of what are none.

    Args:
        max_row_sum_share: Below this share of rows that sum to 1 the targets are no shares.
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX305"
    name = "softmax-on-regression"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("output-range-too-small", "targets-not-scaled", "accuracy-on-regression")
    losses = REGRESSION
    needs = ("activation", "target.row_sums_one")

    max_row_sum_share: float = 0.5
    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a softmax meets rows that do not sum to 1."""
        sums = head.target.get("row_sums_one") or 0.0
        if (
            head.activation != "softmax"
            or (head.units or 0) < 2
            or sums >= self.max_row_sum_share
            or head.output.get("scales")
        ):
            return
        if head.target.get("sampled_rows", 0) < self.min_rows:
            yield NotApplicable(f"fit {fit.index}: it takes {self.min_rows} target rows")
            return
        yield self.finding(
            f"loss={head.loss_name}{head.where} over a softmax of {head.units} units, and only {sums:.0%} of "
            f"{head.rows_seen} sum to 1",
            "use a linear output",
            fit=fit.index,
        )
