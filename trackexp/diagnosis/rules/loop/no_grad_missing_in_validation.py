"""An evaluation that builds graphs.

## How it is detected
In passes without updates, of at least two batches, the model was called with gradients on every time, in evaluation
mode. An attack or an explanation needs them: **info**.

## Why it matters
Every call keeps all its activations for a backward that never comes: twice the memory, and slower.

## What to do
Evaluate under `with torch.no_grad():` or `torch.inference_mode()`.

## References
- PyTorch: [Locally disabling gradient computation](https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import evaluating_passes, loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class NoGradMissingInValidation(FitRule):
    """Memory for a backward that never comes.

    Args:
        min_batches: Least number of batches of such a pass.
    """

    code = "TX859"
    name = "no-grad-missing-in-validation"
    severity = Severity.INFO
    requires = ("loop",)

    min_batches: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        passes = [one for one in evaluating_passes(fit) if one["batches"] >= self.min_batches]
        calls = sum(one.get("calls", {}).get("eval_grad", 0) for one in passes)
        if (
            calls
            and loop_of(fit).get("updates")
            and not any(kind.endswith("no_grad") for one in passes for kind in one.get("calls", {}))
        ):
            yield self.finding(
                f"{calls:,} calls of the evaluation build graphs that nothing uses",
                "evaluate under torch.no_grad()",
                fit=fit.index,
            )
