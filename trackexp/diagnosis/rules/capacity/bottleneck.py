"""A single hidden unit that everything has to pass.

## How it is detected
The model is one chain of layers, and a hidden dense layer of one unit feeds, through nothing but layers without
weights, a dense layer of two or more units that ends in a softmax over three or more classes, or a hidden layer of two
or more. Autoencoders (targets shaped like the inputs) pass; so do squeeze-and-excitation blocks and gates, which are
no chain.

## Why it matters
One number cannot hold three classes apart unless they lie on a line; with a relu, everything below 0 is lost too.

## What to do
Widen the layer.

## References
- Tishby and Zaslavsky, Deep Learning and the Information Bottleneck Principle, ITW 2015.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from trackexp.diagnosis.evidence.graph import WEIGHTED, chain
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class Bottleneck(FitRule):
    """A hidden layer too narrow to carry the answer.

    Args:
        max_units: Largest width that is a bottleneck.
        min_next_units: Least number of units behind it.
    """

    code = "TX002"
    name = "bottleneck"
    severity = Severity.WARNING
    requires = ("model.layers",)

    max_units: int = 1
    min_next_units: int = 3

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a hidden layer of one unit before wider ones."""
        row = chain(fit)
        if row is None:
            yield NotApplicable(f"fit {fit.index}: the model is no single chain of layers")
            return
        if any(fit.is_input(target) for target in fit.facts.get("data", {}).get("targets", [])):
            return
        weighted = [layer for layer in row if layer.get("layer") in WEIGHTED]
        for layer, later in pairwise(weighted):
            narrow = layer.get("layer") == "Dense" and layer.get("units") == self.max_units
            if narrow and (later.get("units") or 0) >= self.min_next_units:
                yield self.finding(
                    f"everything passes {layer['name']!r}, a hidden layer of {layer.get('units')} unit, on the way to "
                    f"the {later.get('units')} units of {later['name']!r}",
                    f"widen {layer['name']!r}",
                    fit=fit.index,
                )
                return
