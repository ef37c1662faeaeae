"""A gradient that is no number.

## How it is detected
In at least two probes the norm over all gradients, read before an update, is NaN or infinite. Steps that GradScaler
skips are not looked at.

## Why it matters
The update makes every weight it reaches NaN, for good.

## What to do
Look for a division by 0, a logarithm or a square root of 0, or a norm of a zero vector;
`torch.autograd.set_detect_anomaly(True)` names the operation.

## References
- PyTorch: [Anomaly detection](https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.loop import loop_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class NanGradient(FitRule):
    """The moment before the weights are lost.

    Args:
        min_looks: Least number of looks.
    """

    code = "TX941"
    name = "nan-gradient"
    severity = Severity.WARNING
    requires = ("loop",)

    min_looks: int = 2

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the loop shows it."""
        seen = loop_of(fit).get("nan_gradient", 0)
        if seen >= self.min_looks:
            yield self.finding(
                f"the norm of the gradients is not finite in {seen} probes",
                "run once under torch.autograd.set_detect_anomaly(True): it names the operation",
                fit=fit.index,
            )
