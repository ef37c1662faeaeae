"""More classes than output units.

## How it is detected
Class numbers under Keras's own sparse categorical crossentropy reach K or more, and more different ones were seen than
the output has units; or one-hot targets under the categorical crossentropy have more columns than the output.
A loss with `ignore_class` passes.

## Why it matters
There is no unit for the last classes. On a CPU the first batch that holds one raises; on a GPU its loss is NaN.

## What to do
End in as many units as there are classes.

## References
- Nikanjam et al., NeuraLint: Automatic Fault Detection for Deep Learning Programs, TOSEM 2021.
- Stack Overflow 50079585.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import CATEGORICAL, SPARSE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class TooFewOutputUnits(HeadRule):
    """Classes without a unit."""

    code = "TX603"
    name = "too-few-output-units"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("nan-in-loss", "label-shape-broadcast")
    losses = CATEGORICAL | SPARSE
    needs = ("units", "target.shape")

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the targets know more classes than the output."""
        units, shape, distinct = head.units or 0, head.target.get("shape", []), head.target.get("distinct") or 0
        if head.loss_name in SPARSE:
            beyond = (head.target.get("maximum") or 0) >= units and distinct > units
            if head.loss["config"].get("ignore_class") is not None or not head.target.get("integral") or not beyond:
                return
            classes = distinct
        else:
            classes = shape[-1] or 0
            if len(shape) != len(head.output.get("shape") or []) or not head.one_hot or classes <= units:
                return
        yield self.finding(
            f"the targets{head.where} have {classes} classes, and the output has {units} units",
            f"end in Dense({classes})",
            fit=fit.index,
        )
