"""NaN among the targets.

## How it is detected
The targets of an output under one of Keras's own losses have NaN in the rows that were scanned (all of them up to
16 MB). A custom loss may leave them out, and passes; a sample weight of 0 does not help, as 0 times NaN is NaN.

## Why it matters
The first batch that holds one makes the loss NaN, and through it every weight.

## What to do
Drop these rows, or mask them in a loss of your own.

## References
- IEEE 754-2019, section 6.2: NaN passes through every operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class NanInLabels(HeadRule):
    """Targets that are no numbers.

    Args:
        min_share: Largest accepted share of the values.
    """

    code = "TX505"
    name = "nan-in-labels"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("nan-in-loss", "lr-too-high", "inputs-not-normalized", "targets-not-scaled")
    needs = ("target.nan_share",)

    min_share: float = 0.0

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for targets with NaN under a loss that does not expect them."""
        share = head.target.get("nan_share", 0.0)
        if share > self.min_share and head.loss_name:
            yield self.finding(
                f"{share:.2g} of the targets{head.where} are NaN "
                f"(in {head.target.get('scanned_rows', 0):,} rows), under loss={head.loss_name}",
                "drop these rows, or mask them in a loss of your own",
                fit=fit.index,
            )
