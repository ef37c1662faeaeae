"""Class weights for classes that do not exist.

## How it is detected
A key of `class_weight` is no number, no whole number, or a class that the output has no place for: with K ≥ 2 units
the classes are 0 to K - 1, with one unit 0 and 1. Class names, and classes numbered from 1, are the usual forms. A
class that may exist and has no weight passes: Keras gives it the weight 1.

## Why it matters
Keras compares every key with the class numbers in the targets. A key that equals none of them does nothing, and no
warning says so: the training runs as if these weights had not been passed.

## What to do
Number the keys as the targets do, from 0 to K - 1.

## References
- Keras documentation of `Model.fit`, class_weight: https://keras.io/api/models/model_training_apis/
- keras-team/keras issue 23220, tensorflow/tensorflow issue 98283.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trackexp.diagnosis.fit import Fit
from trackexp.diagnosis.rule import FitRule, NotApplicable
from trackexp.record import Confidence, Finding, Severity


@dataclass(frozen=True)
class ClassWeightKeys(FitRule):
    """Weights that nothing is multiplied with."""

    code = "TX116"
    name = "class-weight-keys"
    severity = Severity.ERROR
    confidence = Confidence.CERTAIN
    explains = ("class-weight-inverted", "class-imbalance")
    requires = ("fit.class_weight",)

    def check(self, fit: Fit) -> Iterator[Finding | NotApplicable]:
        """Yield a finding where keys stand for no class."""
        heads = list(fit.heads())
        units = heads[0].units if len(heads) == 1 else None
        if fit.own_step or units is None:
            yield NotApplicable(f"fit {fit.index}: the number of classes is not known")
            return
        last = max(1, units - 1)
        weights = fit.facts["fit"]["class_weight"] or {}
        unknown = [key for key in weights if not _is_class(key, last)]
        if unknown:
            rest = f" of {len(weights)}" if len(unknown) < len(weights) else ""
            yield self.finding(
                f"{len(unknown)}{rest} keys of class_weight stand for no class ({', '.join(unknown[:5])}); the classes "
                f"are 0 to {last}: these weights have no effect",
                f"number the keys as the targets do: {{0: …, {last}: …}}",
                fit=fit.index,
            )


def _is_class(key: str, last: int) -> bool:
    try:
        number = float(key)
    except ValueError:
        return False
    return number.is_integer() and 0 <= number <= last
