"""A model without a trainable weight.

## How it is detected
The built model has weights, none of them is trainable, and `fit` is called on it with Keras's own training step.

## Why it matters
The optimizer has nothing to update: every epoch is the same evaluation.

## What to do
Set `trainable = True` on what is to be learnt, and compile again: compile takes the setting in.

## References
- Keras documentation, Transfer learning and fine-tuning: https://keras.io/guides/transfer_learning/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class NothingTrainable(FitRule):
    """A training that changes nothing."""

    code = "TX907"
    name = "nothing-trainable"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("lr-too-low", "inputs-not-normalized", "targets-not-scaled")
    requires = ("model.parameters", "model.trainable_parameters")

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where all weights are frozen."""
        model = fit.facts["model"]
        if fit.own_step or not model.get("built", True) or not model["parameters"]:
            yield NotApplicable(f"fit {fit.index}: the model has no weights yet, or a training step of its own")
        elif model["trainable_parameters"] == 0:
            yield self.finding(
                f"none of the model's {model['parameters']:,} weights is trainable",
                "set trainable = True on what is to be learnt, and compile again",
                fit=fit.index,
            )
