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

from dataclasses import dataclass

from trackexp.diagnosis.evidence.inputs import SpoiltInputs


@dataclass(frozen=True)
class InfInInputs(SpoiltInputs):
    """Inputs without bound.

    Args:
        min_share: Largest accepted share of the values.
    """

    code = "TX504"
    name = "inf-in-inputs"
    fact = "infinite_share"
    values = "infinite"
    handled_by = frozenset({"Isinf", "NanToNum", "Where", "Lambda", "Isfinite", "Clip", "Minimum"})
    fix = "find the division, logarithm or overflow that made them, and clip or drop these rows"
