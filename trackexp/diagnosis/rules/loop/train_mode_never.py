"""A model that is only ever trained in evaluation mode.

## How it is detected
Every update was made in evaluation mode, of a model with Dropout or BatchNorm. It may be meant so, where a pretrained
model is tuned with frozen statistics: **info**.

## Why it matters
Dropout never drops, and BatchNorm never learns the data's statistics.

## What to do
Call `model.train()` before the training, unless that is meant.

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
class TrainModeNever(FitRule):
    """Dropout and BatchNorm that never worked."""

    code = "TX858"
    name = "train-mode-never"
    severity = Severity.INFO
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        layers = loop_of(fit).get("mode_layers", [])
        modes = [one.get("update_modes", {}) for one in training_passes(fit)]
        made = sum(one.get("eval", 0) for one in modes)
        if layers and made and not any(one.get("train") for one in modes):
            yield self.finding(
                f"all {made:,} updates were made in evaluation mode, and the model has {' and '.join(layers)}",
                "call model.train() before the training, unless frozen statistics are meant",
                fit=fit.index,
            )
