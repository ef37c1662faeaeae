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
        model = fit.facts.get("model", {})
        if fit.own_step or model.get("kind") == "subclassed" or _CAREFUL & {layer.get("layer") for layer in fit.layers}:
            yield NotApplicable(f"fit {fit.index}: the model may handle infinities itself")
            return
        for place, array in enumerate(fit.facts["data"]["inputs"]):
            share = array.get("infinite_share", 0.0)
            if share > self.share:
                which = (
                    f"input {array.get('name') or place!r}" if len(fit.facts["data"]["inputs"]) > 1 else "the inputs"
                )
                yield self.finding(
                    f"{share:.2g} of the values of {which} are infinite (in {array.get('scanned_rows', 0):,} rows)",
                    "find the division, logarithm or overflow that made them, and clip or drop these rows",
                    fit=fit.index,
                )
                return
