"""A callback that watches a metric which the training does not have.

## How it is detected
EarlyStopping, ReduceLROnPlateau or a ModelCheckpoint with `save_best_only` watches `val_…` without validation data; or
a name that is neither the loss nor a metric passed to compile, for one output, where nothing of the user's own could
add to the logs: no custom step, metric or callback.

## Why it matters
Keras warns once an epoch and goes on: nothing is stopped, no rate reduced, no best model kept.

## What to do
Pass validation data, or the name as it stands in the logs.

## References
- Keras documentation, EarlyStopping: https://keras.io/api/callbacks/early_stopping/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.errors import nearest
from trackexp.record import Confidence, Finding, Severity

_WATCHING = frozenset({"EarlyStopping", "ReduceLROnPlateau", "ModelCheckpoint"})
_QUIET = _WATCHING | {"CSVLogger", "TensorBoard", "TerminateOnNaN", "BackupAndRestore", "LearningRateScheduler",
                      "ProgbarLogger", "History"}  # fmt: skip


@dataclass(frozen=True)
class MonitorMissing(FitRule):
    """Watching what never comes."""

    code = "TX810"
    name = "monitor-missing"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    requires = ("fit.callbacks", "fit.validation")

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for every callback whose metric is not there."""
        facts, compiled = fit.facts["fit"], fit.facts.get("compile", {})
        metrics, names = compiled.get("metrics", []), {"loss", "learning_rate"}
        names |= {metric.get("name", "") for metric in metrics}
        closed = not any(metric.get("custom") for metric in metrics) and len(compiled.get("losses", [])) == 1
        closed = closed and not fit.facts.get("model", {}).get("overrides")
        closed = closed and all(callback.get("callback") in _QUIET for callback in facts["callbacks"])
        for callback in facts["callbacks"]:
            config = callback.get("config", {})
            kind, monitor = callback.get("callback"), str(config.get("monitor"))
            if kind not in _WATCHING or (kind == "ModelCheckpoint" and not config.get("save_best_only")):
                continue
            validates = facts["validation"] != "none"
            if monitor.startswith("val_") and not validates and not fit.own_step:
                seen, fix = "there is no validation data", "pass validation_data, or watch a metric of the training"
            elif closed and monitor.removeprefix("val_") not in names:
                logs = sorted(names | ({f"val_{name}" for name in names - {"learning_rate"}} if validates else set()))
                seen = f"the logs will hold {', '.join(logs)}"
                fix = f"pass a name from the logs{nearest(monitor, logs)}"
            else:
                continue
            yield self.finding(f"{kind} watches {monitor!r}, and {seen}", fix, fit=fit.index)
