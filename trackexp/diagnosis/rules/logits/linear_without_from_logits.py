"""A linear output under a loss that expects probabilities.

## How it is detected
Keras's own crossentropy has `from_logits=False`, and the output has no activation on the whole way back to the layer
with weights that makes it. Silent where the end of the model cannot be told (a custom or normalising last layer),
where a Rescaling stands in between, and where the last kernel is constrained, as in a mixture of probabilities.

## Why it matters
The loss clips what it is given to between 1e-7 and 1 - 1e-7: wherever the output leaves that range the gradient is 0,
and rows that are wrong stay wrong.

## What to do
Pass `from_logits=True`, or end in a sigmoid or softmax.

## References
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
- Nikanjam et al., NeuraLint: Automatic Fault Detection for Deep Learning Programs, TOSEM 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY, PROBABILITY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class LinearWithoutFromLogits(HeadRule):
    """Logits that the loss takes for probabilities."""

    code = "TX203"
    name = "linear-without-from-logits"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("lr-too-high", "nan-in-loss", "inputs-not-normalized")
    losses = PROBABILITY
    needs = ("activation",)

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where a linear output meets from_logits=False."""
        if head.activation != "linear" or head.loss.get("from_logits") is not False or head.output.get("scales"):
            return
        made_by = next((layer for layer in fit.layers if layer["name"] == head.output.get("head")), None)
        if made_by is not None and made_by.get("config", {}).get("kernel_constraint"):
            return
        activation = "sigmoid" if head.loss_name in BINARY else "softmax"
        yield self.finding(
            f"loss={head.loss_name}{head.where} expects probabilities, and the output is linear",
            f'pass from_logits=True to the loss, or end in activation="{activation}"',
            fit=fit.index,
        )
