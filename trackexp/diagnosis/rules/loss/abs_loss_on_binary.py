"""An absolute error on targets of 0 and 1, over a sigmoid.

## How it is detected
An output of one unit that ends in a sigmoid is compiled with `mean_absolute_error` or its percentage, and its targets
are a single column of 0 and 1 in which both occur, in at least 32 rows (Keras's batch). Silent for reconstructions of
the inputs, linear outputs and custom losses.

## Why it matters
The absolute error is least at the median: where one class has the majority, "always the majority" is its optimum, and
predictions are driven to 0 or 1 without being probabilities. As a percentage, it divides by the zeros.

## What to do
Compile with `binary_crossentropy`.

## References
- Gneiting and Raftery, Strictly Proper Scoring Rules, JASA 102 (2007): the absolute error is not proper.
- Stack Overflow 45442843.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import ABSOLUTE
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.remedies import Remedy
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class AbsLossOnBinary(HeadRule):
    """The absolute error of a binary classifier.

    Args:
        min_rows: Least number of target rows that must have been looked at.
    """

    code = "TX106"
    name = "abs-loss-on-binary"
    severity = Severity.WARNING
    advice = Remedy("loss", "binary_crossentropy", "loss=binary_crossentropy")
    confidence = Confidence.CERTAIN
    explains = ("accuracy-on-regression",)
    losses = ABSOLUTE
    needs = ("activation", "target.shape")

    min_rows: int = 32

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where both classes occur under an absolute error."""
        target = head.target
        if head.activation != "sigmoid" or head.units != 1 or head.columns != 1 or fit.is_input(target):
            return
        if not target.get("zero_one") or target.get("distinct") != 2:
            return
        if target.get("sampled_rows", 0) < self.min_rows:
            yield NotApplicable(f"fit {fit.index}: it takes {self.min_rows} target rows")
            return
        yield self.finding(
            f"loss={head.loss_name}{head.where} on targets of 0 and 1 over a sigmoid",
            'compile with loss="binary_crossentropy"',
            fit=fit.index,
        )
