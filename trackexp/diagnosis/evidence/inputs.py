"""What the arrays of inputs hold that no weight can be multiplied with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class SpoiltInputs(FitRule):
    """What the rules on NaN and on infinities among the inputs share.

    Args:
        min_share: Largest accepted share of the values.
    """

    severity = Severity.ERROR
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
