"""Data that ended before the training did.

## How it is detected
The input was a stream (a generator, tf.data, a PyDataset), and it gave fewer batches than `steps_per_epoch` × epochs
asks for: some epoch ended short, and so did every epoch after it. A training that was stopped, by a callback, an error
or the user, passes.

## Why it matters
Keras warns once ("Your input ran out of data") and goes on. The epochs after that train on nothing, while the log and
the number of epochs look complete.

## What to do
Let the stream repeat (`dataset.repeat()`, `while True` in the generator), or drop `steps_per_epoch` so that each epoch
runs through the data once.

## References
- Keras documentation of `Model.fit`, steps_per_epoch: https://keras.io/api/models/model_training_apis/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class DataRanOut(FitRule):
    """Epochs without rows."""

    code = "TX811"
    name = "data-ran-out"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("too-few-epochs", "lr-too-low", "no-update-happened")
    requires = ("fit.batches_done",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first epoch that ended short."""
        facts = fit.facts["fit"]
        done, steps = facts["batches_done"], facts.get("steps_per_epoch") or facts.get("batches")
        epochs = facts.get("epochs", 1) - facts.get("initial_epoch", 0)
        if facts.get("source") == "arrays":
            return
        if not steps or not facts.get("ran_out"):
            if not steps:
                yield NotApplicable(f"fit {fit.index}: how many batches an epoch should have is not known")
            return
        short = next((place for place, count in enumerate(done) if count < steps), len(done) - 1)
        total = sum(done[: short + 1])
        each = max(1, total // max(1, epochs))
        yield self.finding(
            f"the data ended in epoch {short}, after about {total:,} batches; "
            f"{steps:,} steps × {epochs} epochs ask for {steps * epochs:,}",
            f"let the stream repeat, or pass steps_per_epoch={each} for {epochs} epochs of it",
            fit=fit.index,
            epoch=short,
        )
