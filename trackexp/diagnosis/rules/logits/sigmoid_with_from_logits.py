"""A sigmoid output under a loss with `from_logits=True`.

## How it is detected
The last effective activation of the output, walked back through layers that change nothing, is a sigmoid (or a hard
one), and Keras's own crossentropy has `from_logits=True`. Silent where the end of the model cannot be told.

## Why it matters
A second sigmoid of a number between 0 and 1 lies between 0.5 and 0.73: no row can be called negative with confidence.
On TensorFlow Keras may take the tensor before the activation instead, and the result hangs on the backend.

## What to do
Drop the sigmoid, or `from_logits=True`.

## References
- Schoop, Huang and Hartmann, UMLAUT: Debugging Deep Learning Programs, CHI 2021.
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import PROBABILITY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class SigmoidWithFromLogits(HeadRule):
    """Probabilities of yes-or-no questions that the loss takes for logits."""

    code = "TX202"
    name = "sigmoid-with-from-logits"
    severity = Severity.WARNING
    losses = PROBABILITY
    needs = ("activation",)

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a sigmoid meets from_logits=True."""
        if head.activation in ("sigmoid", "hard_sigmoid") and head.loss.get("from_logits") is True:
            yield self.finding(
                f"loss={head.loss_name}{head.where} has from_logits=True, and the output ends in a {head.activation}",
                "drop the sigmoid of the last layer, or from_logits=True",
                fit=fit.index,
            )
