"""Gradients added up over batches, and the loss not divided.

## How it is detected
Several batches are drawn for an update and each has a `backward` of its own, in most updates; nothing divides the
loss between its function and `backward`, and the loss is a mean. Several losses of one batch pass, and so does a loss
that GradScaler scales, of which it cannot be told. For optimizers that divide by the size of the gradient (all but
SGD) it is **info**.

## Why it matters
The gradient is that of the sum: with k batches an update is k times as long as with one large batch of the same rows.

## What to do
Divide the loss by the number of batches: `(loss / k).backward()`, or divide the learning rate.

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
class GradientAccumulationWithoutScaling(FitRule):
    """A rate that is multiplied by the number of batches."""

    code = "TX855"
    name = "gradient-accumulation-without-scaling"
    severity = Severity.WARNING
    explains = ("lr-too-high",)
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        drawn = sum(one["batches"] for one in training_passes(fit) if one.get("loader"))
        updates = sum(one["updates"] for one in training_passes(fit) if one.get("loader"))
        losses = fit.facts.get("compile", {}).get("losses", [])
        summed = any(loss.get("config", {}).get("reduction") == "sum" for loss in losses)
        if loop.get("scaled") or summed or not updates or len(loop.get("optimizers", [])) != 1:
            return
        (optimizer,) = loop["optimizers"]
        together = round(drawn / updates)
        if together >= 2 and optimizer.get("most_backwards", 0) >= together and 2 * optimizer["accumulating"] > updates:
            yield self.finding(
                f"{together} batches make one update of {optimizer['optimizer']}, and their losses are added undivided",
                f"divide the loss by {together} before backward",
                fit=fit.index,
                severity=None if optimizer["optimizer"] == "SGD" else Severity.INFO,
            )
