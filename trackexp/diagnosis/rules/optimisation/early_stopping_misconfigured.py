"""A callback that takes the worst epoch for the best.

## How it is detected
EarlyStopping, ReduceLROnPlateau or a ModelCheckpoint with `save_best_only` watches a loss, or a metric of Keras's own,
with the `mode` that is opposite to the way it is better. Custom metrics, whose names may mislead, and `mode="auto"`
pass.

## Why it matters
Training stops, or the rate falls, as soon as things get better; the best model that is kept is the worst.

## What to do
Pass `mode="min"` for losses and errors, `"max"` for accuracies.

## References
- Keras documentation, EarlyStopping: https://keras.io/api/callbacks/early_stopping/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity

_WATCHING = frozenset({"EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"})


@dataclass(frozen=True)
class EarlyStoppingMisconfigured(FitRule):
    """Better and worse exchanged."""

    code = "TX809"
    name = "early-stopping-misconfigured"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("too-few-epochs",)
    requires = ("fit.callbacks",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for every callback with the wrong mode."""
        known = {"loss": "min"}
        for metric in fit.facts.get("compile", {}).get("metrics", []):
            if not metric.get("custom") and metric.get("direction"):
                known[metric.get("name", "")] = str(metric["direction"])
        for callback in fit.facts["fit"]["callbacks"]:
            config = callback.get("config", {})
            kind, monitor, mode = callback.get("callback"), str(config.get("monitor")), config.get("mode")
            if kind not in _WATCHING or (kind == "ModelCheckpoint" and not config.get("save_best_only")):
                continue
            right = known.get(monitor.removeprefix("val_"))
            if right is not None and mode in ("min", "max") and mode != right:
                yield self.finding(
                    f"{kind}(monitor={monitor!r}, mode={mode!r}): {monitor} is better the "
                    f"{'lower' if right == 'min' else 'higher'} it is",
                    f'pass mode="{right}", or leave it out',
                    fit=fit.index,
                )
