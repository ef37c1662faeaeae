"""Two activations one after the other at the end of the model.

## How it is detected
On the way back from an output to the layer with weights that makes it, a softmax or sigmoid was applied to what had
already passed a softmax, sigmoid or relu. Silent where pooling, a Rescaling or a merge lies in between: a relu before
global pooling and softmax is the published end of Network in Network and SqueezeNet. A tanh before a softmax bounds
logits on purpose, and passes.

## Why it matters
A softmax of probabilities squeezes them towards 1 / K, a sigmoid of what is never negative is never below 0.5. On
TensorFlow the crossentropies undo the last activation alone.

## What to do
Keep the last activation, and make the layer before it linear.

## References
- Nikanjam et al., NeuraLint: Automatic Fault Detection for Deep Learning Programs, TOSEM 2021.
- Lin, Chen and Yan, Network In Network, ICLR 2014: the end that is meant to look like this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity

_LAST = frozenset({"softmax", "sigmoid"})
_BEFORE = frozenset({"softmax", "sigmoid", "relu"})
_PLAIN = frozenset({"Activation", "Softmax", "ReLU", "Reshape", "Flatten", "Dropout", "Sigmoid", "Relu", "Identity"})


@dataclass(frozen=True)
class DoubleActivation(HeadRule):
    """An activation on top of another."""

    code = "TX204"
    name = "double-activation"
    severity = Severity.WARNING
    confidence = Confidence.CERTAIN
    explains = ("output-range-too-small",)
    needs = ("activation",)

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for two activations with nothing in between."""
        last, *before = head.output.get("activations") or [None]
        if last not in _LAST or not before or before[0] not in _BEFORE:
            return
        if set(head.output.get("passed", [])) <= _PLAIN and not head.output.get("scales"):
            yield self.finding(
                f"the output{head.where} is a {last} of a {before[0]}",
                f"make the layer before the {last} linear",
                fit=fit.index,
            )
