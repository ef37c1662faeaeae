"""A relu, tanh or the like where the loss expects a probability.

## How it is detected
Keras's own crossentropy with `from_logits=False` meets an output whose last effective activation can leave the range
0 to 1: relu and its relatives, tanh, softsign, softplus (the last two and exponentials only under a binary loss: a
categorical one normalises what is positive). With `from_logits=True` a relu is named too: its logits never fall below
0. Silent where a Rescaling follows, where the relu is capped at 1, and where the end cannot be told.

## Why it matters
The loss clips its inputs: a relu that says 0 gets no gradient where it is wrong, one beyond 1 none either.

## What to do
End in a sigmoid or softmax, or in no activation with `from_logits=True`.

## References
- Stack Overflow 44066044.
- Keras documentation, Probabilistic losses: https://keras.io/api/losses/probabilistic_losses/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY, PROBABILITY
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity

_RELUS = frozenset({"relu", "leaky_relu", "prelu", "elu", "celu", "selu", "gelu", "silu", "swish", "mish", "relu6"})
_OTHERS = frozenset({"tanh", "hard_tanh", "softsign"})
_POSITIVE = frozenset({"softplus", "exponential"})


@dataclass(frozen=True)
class ReluOnProbability(HeadRule):
    """An output that is no probability under a loss of probabilities."""

    code = "TX302"
    name = "relu-on-probability"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("lr-too-high", "nan-in-loss", "inputs-not-normalized")
    losses = PROBABILITY
    needs = ("activation",)

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the activation can leave 0 to 1."""
        activation = head.activation or ""
        wrong = activation in _RELUS | _OTHERS or (activation in _POSITIVE and head.loss_name in BINARY)
        if head.loss.get("from_logits"):
            wrong = activation in ("relu", "relu6")
        layer = next((layer for layer in fit.layers if layer["name"] == head.output.get("layer")), None)
        cap = (layer or {}).get("config", {}).get("max_value")
        if not wrong or head.output.get("scales") or (cap is not None and cap <= 1):
            return
        end = "sigmoid" if head.loss_name in BINARY else "softmax"
        meant = "logits" if head.loss.get("from_logits") else "probabilities"
        yield self.finding(
            f"loss={head.loss_name}{head.where} expects {meant}, and the output ends in a {activation}",
            f'end in activation="{end}", or in none with from_logits=True',
            fit=fit.index,
        )
