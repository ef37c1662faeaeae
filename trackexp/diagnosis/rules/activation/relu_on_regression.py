"""A relu at the output of a regression, whose units have died.

## How it is detected
A regression loss of Keras's own meets an output that ends in a relu, and in two consecutive probes at least 90 % of its
units are 0 on every row of the probed batch, while the targets are not. A relu on targets that are never negative
passes as long as it answers.

## Why it matters
Where a relu is 0 its slope is 0 too. In a hidden layer other units go on; at the output nothing is left, and the
prediction stays 0 for good.

## What to do
Use a linear output. For targets that are never negative, softplus or `exponential` has a slope everywhere.

## References
- Lu et al., Dying ReLU and Initialization: Theory and Numerical Examples, 2019.
- Goodfellow, Bengio and Courville, Deep Learning (2016), section 6.2.2.1: linear units for regression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.losses import REGRESSION
from trackexp.diagnosis.evidence.probes import column, layers_beyond, probes_of
from trackexp.diagnosis.fit import Fit, Head
from trackexp.diagnosis.rule import HeadRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class ReluOnRegression(HeadRule):
    """A prediction of 0, for good.

    Args:
        min_dead_share: Least share of the output's units that are 0 on every row.
        min_probes: In so many consecutive probes.
    """

    code = "TX309"
    name = "relu-on-regression"
    severity = Severity.WARNING
    explains = ("dead-relu", "underfitting-capacity", "lr-too-low", "inputs-not-normalized", "targets-not-scaled",
                "too-few-epochs", "vanishing-gradient")  # fmt: skip
    losses = REGRESSION
    needs = ("activation", "output.layer")

    min_dead_share: float = 0.9
    min_probes: int = 2

    def judge(self, fit: Fit, head: Head) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where the output has died."""
        if head.activation not in ("relu", "relu6") or head.output.get("scales"):
            return
        if len(column(fit, "dead")) < self.min_probes:
            yield NotApplicable(f"fit {fit.index}: fewer than {self.min_probes} probes of relu layers")
            return
        dead = dict(layers_beyond(fit, "dead", self.min_dead_share - 1e-9, self.min_probes))
        share = dead.get(head.output.get("layer") or "")
        always_zero = head.target.get("minimum") == head.target.get("maximum") == 0
        if share is not None and not always_zero:
            yield self.finding(
                f"the output{head.where} ends in a {head.activation}, and {share:.0%} of its units are 0 on all of "
                f"{probes_of(fit).get('rows', 0)} rows",
                "use a linear output; for targets that are never negative, softplus",
                fit=fit.index,
            )
