"""Hidden tanh or sigmoid units that are all at their bounds.

## How it is detected
On the fixed batch more than 90 % of a hidden layer's tanh, sigmoid or softsign values lie within 1 % of a bound in two
consecutive probes, and the training has failed by its end: its loss is not finite or above 90 % of the best
constant's, the outputs are no better than a constant, or small models beat them. Gates of a network that learns pass.

## Why it matters
The slope at the bound is 0: nothing below the layer learns.

## What to do
Standardise the inputs, leave Keras's initializers as they are, lower the learning rate, or use relu.

## References
- Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Neural Networks, AISTATS 2010.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.probes import column, layers_beyond, unlearnt
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class SaturatedActivation(FitRule):
    """Units without a slope.

    Args:
        min_saturated_share: More than this share of the values is at a bound.
    """

    code = "TX909"
    name = "saturated-activation"
    severity = Severity.WARNING
    explains = ("underfitting-capacity", "vanishing-gradient")
    requires = ("probes.layers",)

    min_saturated_share: float = 0.9

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for the first hidden layer that is saturated."""
        if len(column(fit, "saturated")) < 2:
            yield NotApplicable(f"fit {fit.index}: fewer than two probes of bounded activations")
            return
        heads = {output.get("layer") for output in fit.facts.get("model", {}).get("outputs", [])}
        hidden = [item for item in layers_beyond(fit, "saturated", self.min_saturated_share) if item[0] not in heads]
        failed = unlearnt(fit) if hidden else ""
        if failed:
            name, share = hidden[0]
            yield self.finding(
                f"{share:.0%} of the values of {name!r} are at their bounds, in two consecutive probes; {failed}",
                "standardise the inputs, leave the initializers as they are, or lower the learning rate",
                fit=fit.index,
            )
