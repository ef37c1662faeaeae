"""Numbers too large for float16.

## How it is detected
The dtype policy computes in float16 (`float16` or `mixed_float16`), and either an input has values beyond 65,504, the
largest number of that type, which are infinite as soon as they are cast; or the training loss is not finite although
the data are, and the learning rate is below ten times the optimizer's default.

## Why it matters
Activations, sums of squares and exponentials that are harmless in float32 overflow here, and the next subtraction makes
the infinity NaN. Under `float16` there is no loss scale either, and small gradients vanish.

## What to do
Scale inputs and targets, keep the output and the loss in float32 (`dtype="float32"` on the last layer), or compute in
`mixed_bfloat16`, whose range is that of float32.

## References
- Micikevicius et al., Mixed Precision Training, ICLR 2018.
- Keras documentation, Mixed precision: https://keras.io/api/mixed_precision/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trackexp.diagnosis.evidence.curves import loss_of
from trackexp.diagnosis.evidence.plain_runs import DEFAULT_RATES
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class Float16Overflow(FitRule):
    """Infinities made by the number format.

    Args:
        min_value: Least absolute input value that float16 cannot hold.
        max_default_ratio: Highest learning rate, as a multiple of the optimizer's default, at which a loss that is not
            finite is put down to the format.
    """

    code = "TX117"
    name = "float16-overflow"
    severity = Severity.ERROR
    explains = ("lr-too-high", "nan-in-loss", "inputs-not-normalized", "targets-not-scaled", "exploding-gradient",
                "no-update-happened")  # fmt: skip
    requires = ("model.dtype_policy",)

    min_value: float = 65504.0
    max_default_ratio: float = 10.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where values leave the range of float16."""
        policy = str(fit.facts["model"]["dtype_policy"])
        if not policy.endswith("float16") or policy.endswith("bfloat16"):
            return
        arrays = fit.facts.get("data", {}).get("inputs", [])
        largest = max((max(abs(a.get("minimum") or 0.0), abs(a.get("maximum") or 0.0)) for a in arrays), default=0.0)
        bad = np.flatnonzero(~np.isfinite(loss_of(fit)))
        if largest >= self.min_value:
            seen, sure = f"the inputs reach {largest:.4g}, and the largest number of float16 is 65,504", True
        elif len(bad) and self._usual_rate(fit) and fit.data_are_finite:
            seen, sure = f"the loss is {loss_of(fit)[bad[0]]:g} in epoch {bad[0]}, and the data are finite", False
        else:
            return
        yield self.finding(
            f"dtype policy {policy}: {seen}",
            'scale inputs and targets, give the last layer dtype="float32", or use mixed_bfloat16',
            fit=fit.index,
            epoch=int(bad[0]) if len(bad) else 0,
            confidence=Confidence.CERTAIN if sure else None,
        )

    def _usual_rate(self, fit: Fit) -> bool:
        optimizer = fit.facts.get("compile", {}).get("optimizer") or {}
        usual = DEFAULT_RATES.get(optimizer.get("identifier", ""))
        return usual is None or (optimizer.get("learning_rate") or 0.0) < self.max_default_ratio * usual
