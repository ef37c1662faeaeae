"""An output with axes that the targets do not have.

## How it is detected
One of Keras's own losses meets an output of rank 3 or more, and targets of rank 1 or 2 that cannot be one value, or
one class, a position: of lower rank than the loss asks for, where all axes in between are known and one is larger
than 1. Dense prediction, whose targets have those axes, passes; fully convolutional heads that leave axes of size 1 or
unknown ones do; where recurrent layers return sequences it is `return-sequences-broadcast`.

## Why it matters
Dense works on the last axis alone: every position gets an answer of its own, and the one target is broadcast over
all, or the loss raises about shapes.

## What to do
Put Flatten or a global pooling before the last layers.

## References
- Nikanjam et al., NeuraLint: Automatic Fault Detection for Deep Learning Programs, TOSEM 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import PROBABILITY, REGRESSION, SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class MissingFlatten(HeadRule):
    """A row's answer given once for every position."""

    code = "TX051"
    name = "missing-flatten"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("label-shape-broadcast", "too-few-output-units", "cce-with-integer-labels")
    losses = PROBABILITY | REGRESSION
    needs = ("output.shape", "target.shape")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the output has axes too many."""
        output, target = head.output.get("shape") or [], head.target.get("shape", [])
        between = output[1:-1]
        sequences = any(layer.get("config", {}).get("return_sequences") for layer in fit.layers)
        if len(output) < 3 or len(target) > 2 or sequences or None in between or max(between, default=1) == 1:  # type: ignore[type-var]
            return
        single = head.loss_name in SPARSE or output[-1] == 1
        if len(output) == 3 and len(target) == 2 and single and target[1] == output[1]:
            return
        yield self.finding(
            f"the output{head.where} has shape {tuple(output)}, and the targets {tuple(target)}: "
            "one answer a position, and one target a row",
            "put Flatten() or a global pooling layer before the last layers",
            fit=fit.index,
        )
