"""An epoch judged by its last batch.

## How it is detected
The best value that a ReduceLROnPlateau was given equals, to the last digit, the loss of the last batch of a pass, and
not the mean of one.

## Why it matters
The last batch is a small sample, often a smaller one than the others: the rate falls by chance.

## What to do
Average the losses of the epoch, each times the rows of its batch, and step the scheduler with that, or with the
validation loss.

## References
- PyTorch: [ReduceLROnPlateau](https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class OnlyLastBatchLoss(FitRule):
    """The noise of one batch."""

    code = "TX861"
    name = "only-last-batch-loss"
    severity = Severity.INFO
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        if loop_of(fit).get("last_batch_decides"):
            yield self.finding(
                "ReduceLROnPlateau is given the loss of the last batch of an epoch",
                "give it the mean over the epoch, or the validation loss",
                fit=fit.index,
            )
