"""Kinds of losses, and what each would be for a model that ignores its inputs."""

from __future__ import annotations

import math

from trackexp.diagnosis.fit import Head

CATEGORICAL = frozenset({"categorical_crossentropy", "categorical_focal_crossentropy"})
SPARSE = frozenset({"sparse_categorical_crossentropy"})
BINARY = frozenset({"binary_crossentropy", "binary_focal_crossentropy"})
PROBABILITY = CATEGORICAL | SPARSE | BINARY
SQUARED = frozenset({"mean_squared_error", "mean_squared_logarithmic_error", "huber", "log_cosh"})
ABSOLUTE = frozenset({"mean_absolute_error", "mean_absolute_percentage_error"})
REGRESSION = SQUARED | ABSOLUTE
ACCURACIES = frozenset({"accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"})


def constant_loss(head: Head) -> float | None:
    """Return the loss of the best constant prediction, unweighted; None where the targets do not tell.

    For a crossentropy it is the entropy of the classes, for the mean squared error the variance of the targets.

    >>> from trackexp.record import ArrayFacts, LossFacts, OutputFacts
    >>> target = ArrayFacts(shape=[100], class_counts={"0": 50, "1": 50}, zero_one=True)
    >>> round(constant_loss(Head("", LossFacts(identifier="binary_crossentropy"), target, OutputFacts())), 4)
    0.6931
    """
    name, target = head.loss_name, head.target
    counts = list((target.get("class_counts") or {}).values())
    if name == "mean_squared_error" and head.columns == 1 and target.get("std") is not None:
        return (target.get("std") or 0.0) ** 2
    if len(counts) < 2 or name not in ("binary_crossentropy", "categorical_crossentropy", *SPARSE):
        return None
    if name == "binary_crossentropy" and (head.columns != 1 or not target.get("zero_one")):
        return None
    total = sum(counts)
    return -sum(count / total * math.log(count / total) for count in counts)
