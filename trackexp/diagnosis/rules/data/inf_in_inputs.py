"""Infinities among the inputs.

## How it is detected
An input array has infinite values in the rows that were scanned (all of them up to 16 MB). Silent where the model is
subclassed, or a layer in it could handle them.

## Why it matters
An infinity times a weight is infinite, and the difference of two of them NaN: the first update spoils the weights.

## What to do
Find the division by zero, the logarithm of zero or the overflow that made them; clip or drop these rows.

## References
- IEEE 754-2019, section 6.1: arithmetic with infinities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.inputs import handles_itself, spoilt_input
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

_CAREFUL = frozenset({"Isinf", "NanToNum", "Where", "Lambda", "Isfinite", "Clip", "Minimum"})


@dataclass(frozen=True)
class InfInInputs(FitRule):
    """Inputs without bound.

    Args:
        share: Largest accepted share of the values.
    """

    code = "TX504"
    name = "inf-in-inputs"
    severity = Severity.ERROR
    explains = ("nan-in-loss", "lr-too-high", "inputs-not-normalized")
    requires = ("data.inputs",)

    share: float = 0.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first array with infinities."""
        if handles_itself(fit, _CAREFUL):
            yield NotApplicable(f"fit {fit.index}: the model may handle infinities itself")
        elif found := spoilt_input(fit, "infinite_share", self.share):
            share, which, rows = found
            yield self.finding(
                f"{share:.2g} of the values of {which} are infinite ({rows})",
                "find the division, logarithm or overflow that made them, and clip or drop these rows",
                fit=fit.index,
            )
