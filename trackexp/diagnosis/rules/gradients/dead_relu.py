"""A layer of relu units that answer 0 to everything.

## How it is detected
On the fixed batch of training rows, looked at once an epoch, more than 90 % of a layer's relu units are 0 on every row
in two consecutive probes; the layer has four units or more, or is the model's output. It is a warning where the
training has failed by its end (its loss is not finite or near the best constant's, or small models beat it), or where
99 % are dead in a plain chain of layers, through which nothing then passes; else **info**: a sparse code, with a
penalty on activities or on purpose, has 50 % and more zeros, but seldom the same units on all rows.

## Why it matters
A relu that is 0 on every row has no gradient: it never comes back.

## What to do
Lower the learning rate, keep biases at 0, standardise the inputs, or use LeakyReLU.

## References
- Zhang et al., AUTOTRAINER, ICSE 2021: dying relu.
- Lu et al., Dying ReLU and Initialization, 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import chain
from trackexp.diagnosis.evidence.probes import column, layers_beyond, probes_of, unlearnt
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class DeadRelu(FitRule):
    """Units that never fire.

    Args:
        min_dead_share: More than this share of the units is dead.
        min_fatal_share: From this share on nothing passes the layer.
        min_units: Least number of units of a hidden layer.
    """

    code = "TX903"
    name = "dead-relu"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "vanishing-gradient", "inputs-not-normalized", "targets-not-scaled")
    requires = ("probes.layers",)

    min_dead_share: float = 0.9
    min_fatal_share: float = 0.99
    min_units: int = 4

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first layer that is dead."""
        if len(column(fit, "dead")) < 2:
            yield NotApplicable(f"fit {fit.index}: fewer than two probes of relu layers")
            return
        known = {layer["name"]: layer for layer in fit.layers}
        heads = {output.get("layer") for output in fit.facts.get("model", {}).get("outputs", [])}
        for name, dead in layers_beyond(fit, "dead", self.min_dead_share):
            layer = known.get(name, {})
            if (layer.get("units") or self.min_units) < self.min_units and not (name in heads and dead == 1.0):
                continue
            failed = unlearnt(fit)
            alarm = failed or (dead >= self.min_fatal_share and (chain(fit) is not None or name in heads))
            yield self.finding(
                f"{dead:.0%} of the relu units of {name!r} are 0 on all of {probes_of(fit).get('rows', 0)} rows, "
                f"in two consecutive probes{f'; {failed}' if failed else ''}",
                "lower the learning rate, keep biases at 0, standardise the inputs, or use LeakyReLU",
                fit=fit.index,
                severity=None if alarm else Severity.INFO,
            )
            return
