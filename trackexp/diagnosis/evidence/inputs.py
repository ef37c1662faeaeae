"""What the arrays of inputs hold that no weight can be multiplied with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import ArrayFacts, Confidence, Finding, Severity


def unscaled(array: ArrayFacts, size: float, spread: float) -> str:
    """Return, in words, how far an array is from standardised inputs; "" where it is near enough.

    Args:
        array: Its profile.
        size: Largest accepted 99th percentile of absolute values.
        spread: Largest accepted ratio of two features' standard deviations.
    """
    high = array.get("absolute_percentile_99") or 0.0
    least, most = array.get("feature_std_minimum") or 0.0, array.get("feature_std_maximum") or 0.0
    if array.get("zero_one"):
        return ""
    if high > size:
        return f"the 99th percentile of the inputs' absolute values is {high:.4g}"
    if least > 0 and most > max(1.0, spread * least):
        return f"the inputs' features have standard deviations from {least:.3g} to {most:.3g}"
    return ""


@dataclass(frozen=True)
class SpoiltInputs(FitRule):
    """What the rules on NaN and on infinities among the inputs share.

    Args:
        min_share: Largest accepted share of the values.
    """

    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("nan-in-loss", "lr-too-high", "inputs-not-normalized")
    requires = ("data.inputs",)
    fact: ClassVar[str]
    """The share of such values in an array's facts."""
    values: ClassVar[str]
    """How to call them."""
    handled_by: ClassVar[frozenset[str]]
    """Layers and operations that may deal with them."""
    fix: ClassVar[str]
    """What to do."""

    min_share: float = 0.0

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first array with such values."""
        unseen = fit.own_step or fit.facts.get("model", {}).get("kind") == "subclassed"
        if unseen or self.handled_by & {layer.get("layer", "") for layer in fit.layers}:
            yield NotApplicable(f"fit {fit.index}: the model may handle such values itself")
            return
        inputs = fit.facts["data"]["inputs"]
        for place, array in enumerate(inputs):
            share = float(array.get(self.fact) or 0.0)  # type: ignore[arg-type]
            if share > self.min_share:
                rows = f"{array.get('scanned_rows', 0):,} rows"
                which = f"input {array.get('name') or place!r}" if len(inputs) > 1 else "the inputs"
                yield self.finding(
                    f"{share:.2g} of the values of {which} are {self.values} (in {rows})",
                    self.fix,
                    fit=fit.index,
                )
                return
