"""Binary crossentropy on real numbers outside 0 to 1.

## How it is detected
An output is compiled with Keras's own binary crossentropy, and its targets are no whole numbers and reach below
-0.001 or above 1.001; the thousandth leaves room for rounding. Whole numbers outside are `labels-out-of-range`.

## Why it matters
The loss is defined for probabilities. For a target of 3 it falls without bound as the prediction nears 1, for -2 as it
nears 0: a loss far below zero, and an output that can never be the target.

## What to do
Use a regression loss over a linear output; for pixels or other bounded targets scale them to 0 to 1.

## References
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
- Stack Overflow 46642627.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class BceOnRegression(HeadRule):
    """A loss of probabilities on targets that are none.

    Args:
        min_excess: How far beyond 0 and 1 is still rounding.
    """

    code = "TX109"
    name = "bce-on-regression"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = (
        "labels-out-of-range",
        "linear-without-from-logits",
        "relu-on-probability",
        "accuracy-on-regression",
        "lr-too-high",
    )
    losses = BINARY
    needs = ("target.minimum", "target.maximum")

    min_excess: float = 0.001

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where real targets leave the range of probabilities."""
        low, high = head.target.get("minimum") or 0.0, head.target.get("maximum") or 0.0
        if not head.target.get("integral", True) and (low < -self.min_excess or high > 1 + self.min_excess):
            yield self.finding(
                f"loss={head.loss_name}{head.where} on real targets from {low:.4g} to {high:.4g}: "
                "it is a loss of probabilities",
                'compile with loss="mse" over a linear output, or scale bounded targets to 0 to 1',
                fit=fit.index,
            )
