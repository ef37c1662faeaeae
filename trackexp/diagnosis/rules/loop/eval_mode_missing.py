"""A model evaluated in training mode.

## How it is detected
The model has layers that behave otherwise in training (Dropout, BatchNorm with running statistics, dropout of a
recurrent layer), it was called at least twice without gradients or in passes without updates, always in training
mode, and never in evaluation mode.

## Why it matters
Dropout drops and BatchNorm uses the batch it is given: the metrics are noisy and too low, depend on the batch, and
BatchNorm learns from the validation data.

## What to do
Call `model.eval()` before the evaluation and `model.train()` after it.

## References
- PyTorch: [Module.eval](https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.eval).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import calls_in, evaluating_passes, loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class EvalModeMissing(FitRule):
    """Dropout and BatchNorm at work where they should rest.

    Args:
        min_calls: Least number of calls of an evaluation.
    """

    code = "TX856"
    name = "eval-mode-missing"
    severity = Severity.WARNING
    explains = ("batchnorm-tiny-batch", "val-distribution-shift")
    requires = ("loop",)

    min_calls: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        loop = loop_of(fit)
        layers = loop.get("mode_layers", [])
        if not loop.get("updates") or not layers:
            return
        evaluating = [one.get("calls", {}) for one in evaluating_passes(fit)]
        without = sum(one.get("calls", {}).get("train_no_grad", 0) for one in loop.get("passes", []))
        training = without + sum(calls.get("train_grad", 0) for calls in evaluating)
        right = sum(calls_in(one, "eval") for one in loop.get("passes", []))
        if training >= self.min_calls and not right:
            yield self.finding(
                f"the model is evaluated in training mode ({training:,} calls), and it has {' and '.join(layers)}",
                "call model.eval() before the evaluation, and model.train() after it",
                fit=fit.index,
            )
