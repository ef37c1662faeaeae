"""A recurrent layer that returns sequences, and one target a row.

## How it is detected
The last recurrent layer has `return_sequences=True`, one of Keras's own losses meets an output of rank 3, and the
targets have no axis of time: shape (n,), (n, 1), or (n, K) for K units, with more than one known step in the output.
Sequence to sequence, whose targets have the axis, passes; so does a pooling or attention over time.

## Why it matters
The one target is broadcast over all steps: the first step is trained to know the end.

## What to do
Drop `return_sequences=True` from the last recurrent layer.

## References
- Keras documentation, LSTM: https://keras.io/api/layers/recurrent_layers/lstm/
- Stack Overflow 44184091.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import PROBABILITY, REGRESSION, SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ReturnSequencesBroadcast(HeadRule):
    """An answer at every step, and a target for the whole."""

    code = "TX053"
    name = "return-sequences-broadcast"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("label-shape-broadcast", "missing-flatten", "cce-with-integer-labels", "too-few-output-units")
    losses = PROBABILITY | REGRESSION
    needs = ("output.shape", "target.shape")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the output has an axis of time and the targets have none."""
        output, target = head.output.get("shape") or [], head.target.get("shape", [])
        returning = [layer["name"] for layer in fit.layers if layer.get("config", {}).get("return_sequences")]
        if not returning or len(output) != 3 or len(target) > 2:
            return
        steps, units = output[1], output[2]
        if steps is None or steps == 1:
            yield NotApplicable(f"fit {fit.index}: the number of steps{head.where} is not known, or 1")
            return
        single = head.loss_name in SPARSE or units == 1
        if len(target) == 2 and target[1] == steps and single:
            return
        yield self.finding(
            f"{returning[-1]!r} returns sequences: the output{head.where} has shape {tuple(output)}, and the targets "
            f"{tuple(target)}",
            f"drop return_sequences=True from {returning[-1]!r}",
            fit=fit.index,
        )
