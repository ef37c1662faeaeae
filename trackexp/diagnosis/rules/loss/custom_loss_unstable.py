"""A loss of the user's that is not finite at the edge of what the model can output.

## How it is detected
The output ends in a sigmoid or softmax, and for probabilities of exactly 0 and 1 the loss function returns NaN or an
infinity. A probability rounds to 0 or 1 as soon as the model is sure of itself. It is an error once the loss of an
epoch is not finite, and **info** before.

## Why it matters
One row of which the model is certain turns all weights into NaN.

## What to do
Clip probabilities to 1e-7 … 1 - 1e-7 before a logarithm or a division, or compute the loss from logits.

## References
- Keras: `keras.config.epsilon()`, to which its own crossentropies clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import loss_of
from trackexp.diagnosis.evidence.probes import probes_of
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class CustomLossUnstable(FitRule):
    """A logarithm without a floor."""

    code = "TX115"
    name = "custom-loss-unstable"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("nan-in-loss", "lr-too-high")
    requires = ("probes.custom_loss",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a loss that is infinite where the model is sure."""
        if not probes_of(fit).get("custom_loss", {}).get("overflows"):
            return
        values = loss_of(fit)
        bad = np.flatnonzero(~np.isfinite(values))
        told = f", and the loss is {values[bad[0]]:g} in epoch {bad[0]}" if len(bad) else ""
        yield self.finding(
            f"the loss function is not finite for probabilities of 0 and 1{told}",
            "clip probabilities to keras.config.epsilon() before the logarithm, or compute from logits",
            fit=fit.index,
            epoch=int(bad[0]) if len(bad) else 0,
            severity=None if len(bad) else Severity.INFO,
        )
