"""A part of the model that is frozen, and was never trained.

## How it is detected
Before the first update the kernels of frozen layers still follow their random initializers (Kolmogorov-Smirnov, p at
least 0.001, on up to 1,024 weights) and their biases are all 0: neither was anything loaded into them, nor were they
trained. With two such dense or convolutional layers at the beginning of the model, trainable ones behind them, and no
frozen one that was trained, it is a warning. (Of a hundred layers one in ten models has one that fails the test by
chance: up to a twentieth of them may.) One alone may be a random projection on purpose: **info**, and a warning
where small models beat the trained one. Frozen layers behind trainable ones (the critic that a generator is trained
through) pass.

## Why it matters
A frozen base is worth what it has learnt; a random one throws away what the head would need.

## What to do
Load the weights before freezing (`weights="imagenet"`, `load_weights`), or leave the base trainable.

## References
- Keras documentation, Transfer learning and fine-tuning: https://keras.io/guides/transfer_learning/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.evidence.graph import WEIGHTED
from trackexp.diagnosis.evidence.probes import shortfall
from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity


@dataclass(frozen=True)
class FrozenUntrained(FitRule):
    """A random base that stays random.

    Args:
        min_layers: From so many such layers on it is a warning.
        max_trained_share: So many of the frozen layers may look trained, by chance.
    """

    code = "TX908"
    name = "frozen-untrained"
    severity = Severity.WARNING
    explains = ("underfitting-capacity",)
    requires = ("model.layers",)

    min_layers: int = 2
    max_trained_share: float = 0.05

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for frozen layers that are as they were made."""
        if fit.own_step:
            yield NotApplicable(f"fit {fit.index}: the model computes its loss in a step of its own")
            return
        seen = [layer for layer in fit.layers if "as_initialized" in layer and layer.get("layer") in WEIGHTED]
        untouched = [layer["name"] for layer in seen if layer["as_initialized"]]
        if not untouched or len(seen) - len(untouched) > self.max_trained_share * len(seen):
            return
        if not _begins_with(fit, untouched[0]):
            return
        short = shortfall(fit)
        told = (
            f"{len(untouched)} frozen layers, {untouched[0]!r} first, are"
            if len(untouched) > 1
            else f"the frozen {untouched[0]!r} is"
        )
        yield self.finding(
            f"{told} as the initializer made them: never trained, nothing was loaded{f'; {short}' if short else ''}",
            "load weights before freezing, or leave these layers trainable",
            fit=fit.index,
            severity=None if len(untouched) >= self.min_layers or short else Severity.INFO,
        )


def _begins_with(fit: Fit, name: str) -> bool:
    """Tell whether no layer before it learns, and one behind it does."""
    place = [layer["name"] for layer in fit.layers].index(name)
    learns = [bool(one.get("trainable")) and one.get("layer") in WEIGHTED for one in fit.layers]
    return not any(learns[:place]) and any(learns[place:])
