"""One target a row, and several output units for it.

## How it is detected
A regression loss, or binary crossentropy, of Keras's own meets an output of rank 2 with two or more units and targets
of shape (n,) or (n, 1); or targets of another number of columns than the output, which raises. Keras aligns (n,) with
(n, 1) itself, and that passes; custom losses (quantiles, mixtures) are meant to look like this, and pass. Of a custom
loss the other form is seen when it is called on five rows: it returns the mean over all 25 pairs of a target and an
output row, and not over the five that belong together (to 0.1 %, where the two differ by more than 1 %). Of a
`train_step` of the user's own it is seen in the graph that TensorFlow has traced: a difference of shapes (n,) and
(n, 1), of which one depends on the weights and the other is data.

## Why it matters
The one target is broadcast over all units: each of them learns the same, and nothing says so.

## What to do
End in one unit, or pass a column for each unit.

## References
- NumPy documentation, Broadcasting: https://numpy.org/doc/stable/user/basics.broadcasting.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import BINARY, REGRESSION
from trackexp.diagnosis.evidence.probes import probes_of
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class LabelShapeBroadcast(HeadRule):
    """Targets stretched over the units."""

    code = "TX602"
    name = "label-shape-broadcast"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("output-range-too-small", "targets-not-scaled", "accuracy-on-regression")
    requires = ()  # what a step of one's own does is seen without a loss of compile
    losses = REGRESSION | BINARY
    needs = ("output.shape", "target.shape")

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield what the shapes show, and what a custom loss does with rows."""
        if fit.has("compile.losses"):
            yield from super().check(fit)
        else:
            yield NotApplicable(f"fit {fit.index} has no compile.losses among its facts")
        if probes_of(fit).get("custom_loss", {}).get("crosses_rows"):
            yield self.finding(
                f"the {'step' if fit.own_step else 'loss function'} compares every target row with every output "
                "row: (n,) against (n, 1) gives n × n",
                "give y_true the shape of y_pred in the loss: keras.ops.reshape(y_true, keras.ops.shape(y_pred))",
                fit=fit.index,
            )

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where columns and units differ."""
        output, target = head.output.get("shape") or [], head.target.get("shape", [])
        if len(output) != 2 or len(target) not in (1, 2) or (head.units or 0) < 2:
            return
        columns = head.columns
        if columns is not None and columns != head.units:
            yield self.finding(
                f"the targets{head.where} have shape {tuple(target)}, and the output {tuple(output)}: "
                f"{columns} column{'s' if columns != 1 else ''} for {head.units} units",
                f"end in Dense({columns}), or pass a column for each unit",
                fit=fit.index,
            )
