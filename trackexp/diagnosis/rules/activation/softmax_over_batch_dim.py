"""A softmax over the rows of a batch.

## How it is detected
The last activation is a softmax over axis 0 of an output of two or more axes, whose axis 0 is the batch's.

## Why it matters
The probabilities of a class sum to 1 over the batch: what one row gets depends on the others.

## What to do
Say `dim=1`, or `dim=-1`.

## References
- PyTorch: [Softmax](https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class SoftmaxOverBatchDim(FitRule):
    """Rows that share one probability."""

    code = "TX351"
    name = "softmax-over-batch-dim"
    severity = Severity.ERROR
    explains = ("softmax-wrong-axis", "softmax-with-from-logits")
    requires = ("loop",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        for output in fit.facts.get("model", {}).get("outputs", []):
            shape = output.get("shape") or []
            if (
                loop_of(fit)
                and output.get("activation") == "softmax"
                and output.get("axis") in (0, -len(shape))
                and len(shape) > 1
            ):
                yield self.finding(
                    f"the softmax of the output, of shape {tuple(shape)}, goes over axis 0: over the rows of the batch",
                    "say dim=-1",
                    fit=fit.index,
                )
                return
