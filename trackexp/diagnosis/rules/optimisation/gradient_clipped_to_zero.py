"""Gradients clipped so short that the weights cannot move.

## How it is detected
With SGD, the longest way that all planned updates can go together, learning rate × clip × updates / (1 - momentum), is
below 0.001: a hundredth of a usual initial weight of about 0.1. With Adam and its relatives, whose steps do not depend
on the gradient's size, the clip is below 1e-7, the epsilon that then swallows it.

## Why it matters
Clipping is for outliers. This short, it is a learning rate of zero.

## What to do
Clip at the norms that occur, about 1; a hundred times less is no clip but a brake.

## References
- Pascanu, Mikolov and Bengio, On the Difficulty of Training Recurrent Neural Networks, ICML 2013.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Finding, Severity

_ADAPTIVE = frozenset({"adam", "adamw", "nadam", "adamax", "rmsprop"})


@dataclass(frozen=True)
class GradientClippedToZero(FitRule):
    """A clip that leaves no way to go.

    Args:
        max_path_length: Least length that all updates must be able to go.
        max_adaptive_clip: Keras's epsilon of the adaptive optimizers.
    """

    code = "TX807"
    name = "gradient-clipped-to-zero"
    severity = Severity.WARNING
    explains = ("lr-too-low",)
    requires = ("compile.optimizer.config",)

    max_path_length: float = 1e-3
    max_adaptive_clip: float = 1e-7

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding for a clip that stops everything."""
        optimizer, updates = fit.facts["compile"]["optimizer"] or {}, fit.updates
        config, name = optimizer.get("config", {}), optimizer.get("identifier")
        clips = {key: float(config[key]) for key in ("clipnorm", "clipvalue", "global_clipnorm") if config.get(key)}
        if not clips:
            return
        key, clip = min(clips.items(), key=lambda item: item[1])
        if name == "sgd" and updates is not None:
            rate, momentum = optimizer.get("learning_rate") or 0.0, config.get("momentum") or 0.0
            way = rate * clip * updates / max(1e-9, 1 - momentum)
            if 0 < way < self.max_path_length:
                yield self.finding(
                    f"sgd with {key}={clip:g} and learning rate {rate:g}: {updates:,} updates can move the weights by "
                    f"{way:.2g} at most",
                    f"pass {key}=1.0",
                    fit=fit.index,
                )
        elif name in _ADAPTIVE and clip < self.max_adaptive_clip:
            yield self.finding(
                f"{name} with {key}={clip:g}, below its epsilon of {self.max_adaptive_clip:g}",
                f"pass {key}=1.0",
                fit=fit.index,
            )
        elif name == "sgd":
            yield NotApplicable(f"fit {fit.index}: the number of updates is not known")
