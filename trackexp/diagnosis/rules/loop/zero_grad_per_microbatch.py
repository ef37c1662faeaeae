"""Accumulation that keeps the last batch only.

## How it is detected
Several batches are drawn for an update, each with a `backward` of its own, and the gradients are cleared between
them, in at least 3 updates. A second backward of the same batch, as adversarial training has it, passes.

## Why it matters
Only the last batch of each update counts: the others cost their time for nothing.

## What to do
Call `optimizer.zero_grad()` after `optimizer.step()`, not at every batch.

## References
- PyTorch: [Gradient accumulation](https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of, training_passes
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ZeroGradPerMicrobatch(FitRule):
    """Gradients that are made and thrown away.

    Args:
        min_cleared: Least number of gradients that were cleared unused.
    """

    code = "TX862"
    name = "zero-grad-per-microbatch"
    severity = Severity.WARNING
    requires = ("loop",)

    min_cleared: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        passes = [one for one in training_passes(fit) if one.get("loader")]
        drawn, updates = sum(one["batches"] for one in passes), sum(one["updates"] for one in passes)
        for optimizer in loop_of(fit).get("optimizers", []):
            cleared = optimizer.get("cleared_between", 0)
            if cleared >= self.min_cleared and updates and drawn >= 2 * updates and cleared >= 0.5 * (drawn - updates):
                yield self.finding(
                    f"{drawn / updates:.0f} batches are drawn for an update of {optimizer['optimizer']}, and its "
                    "gradients are cleared between them",
                    "call optimizer.zero_grad() after optimizer.step(), not at every batch",
                    fit=fit.index,
                )
                return
