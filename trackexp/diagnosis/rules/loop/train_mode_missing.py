"""A training that goes on in evaluation mode.

## How it is detected
Updates were made in training mode first, and later passes make most of theirs in evaluation mode, of a model with
Dropout or BatchNorm: `model.train()` stands before the loop and not in it.

## Why it matters
From the first evaluation on, dropout is off and the statistics of BatchNorm are frozen: the training is another one
than the code says.

## What to do
Call `model.train()` at the beginning of every epoch.

## References
- PyTorch: [Module.eval](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of, training_passes
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class TrainModeMissing(FitRule):
    """Training as if it were evaluation.

    Args:
        min_passes: Least number of training passes in evaluation mode.
    """

    code = "TX857"
    name = "train-mode-missing"
    severity = Severity.WARNING
    explains = ("lr-too-high", "overfitting", "lr-too-low", "underfitting-capacity")
    requires = ("loop",)

    min_passes: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        layers = loop.get("mode_layers", [])
        trained, frozen, before = 0, 0, False
        for one in training_passes(fit):
            modes = one.get("update_modes", {})
            if modes.get("eval", 0) > modes.get("train", 0) and one.get("training_data", True):
                frozen += 1
            elif modes.get("train"):
                trained += 1
                before = before or not frozen
        if layers and before and frozen >= self.min_passes and frozen > trained:
            yield self.finding(
                f"{frozen} of {frozen + trained} training passes ran in evaluation mode, and the model has "
                f"{' and '.join(layers)}",
                "call model.train() at the beginning of every epoch",
                fit=fit.index,
            )
