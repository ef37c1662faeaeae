"""Losses kept with their graphs.

## How it is detected
Of the losses that are followed (the first 8, then every 64th) more than 3 are still alive with their graph when the
training ends: `total += loss`, or a list of losses.

## Why it matters
Each keeps the activations of its batch: the memory grows with every batch until it is full.

## What to do
Add `loss.item()`, or `loss.detach()` where nothing is to wait for a GPU.

## References
- PyTorch: [My model reports out of memory](https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class RetainedGraphAccumulation(FitRule):
    """Graphs that outlive their batch.

    Args:
        max_kept: So many may live on.
    """

    code = "TX860"
    name = "retained-graph-accumulation"
    severity = Severity.INFO
    requires = ("loop",)

    max_kept: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        kept = loop_of(fit).get("kept_losses", 0)
        if kept > self.max_kept:
            yield self.finding(
                f"{kept} of the losses that were followed are still alive with their graphs",
                "add loss.item() or loss.detach(), not the loss itself",
                fit=fit.index,
            )
