"""Categorical crossentropy where rows name several classes.

## How it is detected
An output of two or more units is compiled with Keras's own `categorical_crossentropy` or its focal variant, every
target is 0 or 1, some row sums to more than 1, and fewer than 95 % of the sampled rows sum to 1, in at
least 32 rows (Keras's batch). The 5 % leave room for stray rows. Rows of zeros alone (padding, rows to ignore) are
no evidence; smoothed, mixed-up and distilled targets are not 0 or 1; targets that are the inputs (a multinomial
autoencoder of a recommender) pass.

## Why it matters
The classes compete for one unit of probability: a row with three labels can get at most 1/3 for each of them, its loss
has a floor that no model reaches below, and 0.5 is no threshold any more.

## What to do
End in a sigmoid, and compile with `binary_crossentropy`.

## References
- Bishop, Pattern Recognition and Machine Learning (2006), section 4.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import CATEGORICAL
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class CceOnMultilabel(HeadRule):
    """A loss of exclusive classes on rows with several.

    Args:
        max_one_hot_share: Below this share of rows that sum to 1 the classes do not exclude each other.
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX108"
    name = "cce-on-multilabel"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("sigmoid-on-multiclass",)
    losses = CATEGORICAL
    needs = ("target.shape",)

    max_one_hot_share: float = 0.95
    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where rows of 0 and 1 sum to more than 1."""
        target = head.target
        sums, most = target.get("row_sums_one"), target.get("row_sum_maximum") or 0
        if (
            not target.get("zero_one")
            or sums is None
            or sums >= self.max_one_hot_share
            or most <= 1
            or fit.is_input(target)
        ):
            return
        if target.get("sampled_rows", 0) < self.min_rows:
            yield NotApplicable(f"fit {fit.index}: it takes {self.min_rows} target rows")
            return
        yield self.finding(
            f"loss={head.loss_name}{head.where} on rows that name up to {most:g} of {head.columns} classes "
            f"({1 - sums:.0%} of {head.rows_seen} do not sum to 1)",
            'end in a sigmoid and compile with loss="binary_crossentropy"',
            fit=fit.index,
        )
