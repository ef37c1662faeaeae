"""Validation against test: is their difference noise, other data, or rows that both hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.stats import Interval, adversarial_validation, difference_interval, rate_difference_p_value

if TYPE_CHECKING:
    from trackexp.evaluation.result import Evaluation

Verdict = Literal["noise", "other data", "leakage", "unexplained"]


@dataclass(frozen=True, slots=True)
class PartDifference:
    """Two parts of one model's evaluation; differences are first minus second.

    Args:
        accuracy: Difference of accuracies, with Newcombe's interval.
        p_value: Fisher's exact one that both have one accuracy.
        adversarial_auc: How well a classifier tells the parts apart by their inputs; 0.5 not at all. None without
            numeric inputs.
        adversarial_interval: Its interval; see `stats.adversarial_validation`.
        leading_features: Features that tell the parts apart most, by name or number, with their own area.
        shared_inputs: Rows of the second part whose input is also in the first; None without inputs.
        verdict: `"leakage"` (shared rows), `"noise"` (the interval holds 0), `"other data"` (the parts can be told
            apart), or `"unexplained"`.
    """

    accuracy: float
    interval: Interval
    p_value: float
    adversarial_auc: float | None
    adversarial_interval: Interval | None
    leading_features: tuple[tuple[Any, float], ...]
    shared_inputs: int | None
    verdict: Verdict


def explain_difference(
    first: Evaluation,
    second: Evaluation,
    *,
    features: tuple[ArrayLike, ArrayLike] | None = None,
    feature_names: list[str] | None = None,
    level: float = 0.95,
) -> PartDifference:
    """Say what the difference between two parts, such as validation and test, comes from.

    Args:
        first: Evaluation of one part.
        second: Evaluation of the other, by the same model.
        features: Numbers `(n, d)` of each part; None takes their `inputs` where those are arrays of numbers.
        feature_names: Names of the d features.
        level: Of the intervals.
    """
    hits = int(np.trace(first.sums.confusion)), int(np.trace(second.sums.confusion))
    sizes = first.n, second.n
    interval = difference_interval(hits, sizes, level)
    tables = _features(first, second, features)
    shared, area, area_interval = None, None, None
    leading: tuple[tuple[Any, float], ...] = ()
    if tables is not None:
        shared = _shared(*tables)
        area, area_interval, leading = _adversarial(*tables, feature_names, level)
    return PartDifference(
        first.accuracy - second.accuracy,
        interval,
        rate_difference_p_value(hits, sizes),
        area,
        area_interval,
        leading,
        shared,
        _verdict(interval, area_interval, shared),
    )


def _verdict(interval: Interval, area: Interval | None, shared: int | None) -> Verdict:
    if shared:
        return "leakage"
    if 0.0 in interval:
        return "noise"
    return "other data" if area is not None and area.low > 0.5 else "unexplained"


def _features(
    first: Evaluation, second: Evaluation, given: tuple[ArrayLike, ArrayLike] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    if given is None:
        inputs = [e.data.inputs for e in (first, second)]
        if not all(isinstance(x, np.ndarray) and x.dtype.kind in "fiub" for x in inputs):
            return None
        given = inputs[0], inputs[1]
    a, b = (np.asarray(x, dtype=float).reshape(len(np.asarray(x)), -1) for x in given)
    if a.shape[1] != b.shape[1]:
        raise UsageError(f"features of {a.shape[1]} and {b.shape[1]} columns; expected the same of both parts.")
    return a, b


def _shared(a: NDArray[np.float64], b: NDArray[np.float64]) -> int:
    rows = {row.tobytes() for row in a}
    return sum(row.tobytes() in rows for row in b)


def _adversarial(
    a: NDArray[np.float64], b: NDArray[np.float64], names: list[str] | None, level: float
) -> tuple[float, Interval, tuple[tuple[Any, float], ...]]:
    found = adversarial_validation(a, b)
    labels = names if names is not None else list(range(a.shape[1]))
    return found.area, found.interval(level), tuple((labels[i], area) for i, area in found.leading)
