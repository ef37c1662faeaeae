"""A last batch of one row under BatchNorm.

## How it is detected
The number of rows is one more than a multiple of the batch size, the loader keeps the last batch, and the model
normalises over the batch with BatchNorm1d. Pictures have more than one value a channel, and pass.

## Why it matters
One row has no variance: PyTorch raises at the end of the epoch, or the running statistics take the row for the data.

## What to do
Pass `drop_last=True`, or another batch size.

## References
- PyTorch issue 7716: https://github.com/pytorch/pytorch/issues/7716
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class LastBatchOfOne(FitRule):
    """A variance of one row."""

    code = "TX068"
    name = "last-batch-of-one"
    severity = Severity.WARNING
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        loader = loop.get("loader", {})
        if (
            loader.get("last_batch_rows") == 1
            and (loader.get("batch_size") or 0) > 1
            and "BatchNorm1d" in loop.get("mode_layers", [])
        ):
            yield self.finding(
                f"{loader['rows']:,} rows in batches of {loader['batch_size']} leave a last batch of one row to "
                "BatchNorm1d",
                "pass drop_last=True to the DataLoader",
                fit=fit.index,
            )
