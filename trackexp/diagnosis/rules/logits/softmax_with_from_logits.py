"""A softmax output under a loss with `from_logits=True`.

## How it is detected
The last effective activation of the output, walked back through layers that change nothing, is a softmax, and Keras's
own crossentropy has `from_logits=True`. Silent where the end of the model cannot be told.

## Why it matters
On JAX and torch, and on TensorFlow wherever a layer stands between the softmax and the loss, a second softmax is
applied: the probabilities are squeezed towards 1 / K, gradients shrink and the loss has a floor above 0. On TensorFlow,
where the output tensor comes straight from the softmax, Keras takes the tensor before it, and the same program trains
well: a result that hangs on the backend.

## What to do
Drop the softmax, or `from_logits=True`.

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
class SoftmaxWithFromLogits(HeadRule):
    """Probabilities that the loss takes for logits."""

    code = "TX201"
    name = "softmax-with-from-logits"
    severity = Severity.WARNING
    losses = PROBABILITY
    needs = ("activation",)

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a softmax meets from_logits=True."""
        if head.activation == "softmax" and head.loss.get("from_logits") is True:
            yield self.finding(
                f"loss={head.loss_name}{head.where} has from_logits=True, and the output ends in a softmax",
                "drop the softmax of the last layer, or from_logits=True",
                fit=fit.index,
            )
