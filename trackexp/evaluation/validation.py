"""Test rows against validation rows of one model: what is chosen on the one is checked on the other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.metrics.temperature import TemperatureScaling, fit_temperature
from trackexp.evaluation.predictions import take_rows
from trackexp.reporting import json_ready
from trackexp.stats import Interval, adversarial_validation, difference_interval, rate_difference_p_value

if TYPE_CHECKING:
    from trackexp.evaluation.costs import Decision
    from trackexp.evaluation.profit import Profit
    from trackexp.evaluation.result import Evaluation

_MOST_BYTES = 256_000_000  # of both parts' inputs as float64; beyond, they are not compared
_WORDS = {
    "noise": "no more than chance",
    "other data": "the parts hold other data",
    "leakage": "rows are in both parts",
    "unexplained": "more than chance, and no inputs explain it",
}


@dataclass(frozen=True, slots=True)
class AgainstValidation:
    """What validation rows say about an evaluation of test rows.

    Args:
        difference: Validation minus test: noise, other data, or leakage.
        temperature: Fitted on validation, checked on test; None where that was refused.
        refused: Why it was.
        chosen: The threshold that is best on validation, with its money on test; None without costs.
    """

    difference: PartDifference
    temperature: TemperatureScaling | None
    refused: str = ""
    chosen: Decision | None = None

    def lines(self) -> list[str]:
        """Return it in words, one sentence or two a line."""
        d = self.difference
        told = [
            f"Accuracy on validation minus here: {d.accuracy:+.4f} ({d.interval.low:+.4f} to {d.interval.high:+.4f}): "
            f"{_WORDS[d.verdict]}.",
        ]
        if d.shared_inputs is not None:
            told.append(f"{d.shared_inputs} rows have an input that validation holds too.")
        if d.adversarial_auc is not None and d.adversarial_interval is not None:
            low, high = d.adversarial_interval
            leading = ", ".join(f"{name} ({area:.3f})" for name, area in d.leading_features[:3])
            told.append(
                f"A classifier tells the parts apart by their inputs with an area of {d.adversarial_auc:.3f} "
                f"({low:.3f} to {high:.3f}; 0.5 is not at all)"
                + (f"; leading features: {leading}." if low > 0.5 else ".")
            )
        t = self.temperature
        if t is not None:
            what = "helps" if t.helps else "does not help for sure"
            told.append(
                f"Temperature {t.temperature:.3f}, fitted on {t.fitted_on}, checked on {t.checked_on}: log loss "
                f"{t.log_loss[0]:.4f} to {t.log_loss[1]:.4f}, a gain of {t.gain:.4f} ({t.interval.low:.4f} to "
                f"{t.interval.high:.4f}), ECE {t.ece[0]:.4f} to {t.ece[1]:.4f}; it {what}."
            )
        else:
            told.append(f"No temperature was fitted: {self.refused}")
        if self.chosen is not None:
            money = f"{self.chosen.average_cost:.4g} a unit"
            if self.chosen.total_saving is not None:
                money += f", a total saving of {self.chosen.total_saving:,.2f}"
            told.append(f"The best threshold on validation, {self.chosen.threshold:.4g}, costs here {money}.")
        return told

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready data."""
        found: dict[str, Any] = json_ready(asdict(self), nan_as_null=True)
        return found


def against_validation(
    valid: Evaluation, test: Evaluation, *, valid_profit: Profit | None = None, test_profit: Profit | None = None
) -> AgainstValidation:
    """Explain the parts' difference, check a temperature fitted on validation, and pay for its threshold on test.

    Args:
        valid: Evaluation of the rows on which things may be chosen.
        test: Evaluation of other rows, by the same model.
        valid_profit: From `valid.profit(…)`; its best threshold is taken.
        test_profit: From `test.profit(…)` with the same costs, which says what that threshold costs.

    Raises:
        UsageError: The parts have other classes, or only sums of them were kept.

    >>> from trackexp.evaluation import evaluate
    >>> valid = evaluate([0, 1, 1], [0.2, 0.7, 0.6], part="valid")
    >>> test = evaluate([0, 1, 0], [0.1, 0.9, 0.4], part="test")
    >>> against_validation(valid, test).difference.verdict
    'noise'
    """
    features = _inputs(valid, test)
    difference = explain_difference(valid, test, features=features)
    temperature, refused = None, ""
    if difference.shared_inputs:
        refused = f"{difference.shared_inputs} rows are in both parts, and a fit looks better on its own rows."
    else:
        try:
            temperature = fit_temperature(valid.data, test.data, test.n_bins)
        except UsageError as error:
            if valid.class_names != test.class_names:
                raise
            refused = str(error)
    chosen = None
    if valid_profit is not None and test_profit is not None and valid_profit.best.threshold is not None:
        chosen = test_profit.at(valid_profit.best.threshold)
    return AgainstValidation(difference, temperature, refused, chosen)


def _inputs(valid: Evaluation, test: Evaluation) -> tuple[ArrayLike, ArrayLike] | None:
    """Return both parts' inputs as rows of numbers; None where they are none, or too many."""
    tables = []
    for data in (valid.data, test.data):
        if data.inputs is None or len(data) < 5:
            return None
        one = np.asarray(take_rows(data.inputs, np.arange(1))[0])
        if one.dtype.kind not in "fiub" or 8 * one.size * (len(valid.data) + len(test.data)) > _MOST_BYTES:
            return None
        tables.append(np.asarray(take_rows(data.inputs, np.arange(len(data))), dtype=float).reshape(len(data), -1))
    return (tables[0], tables[1]) if tables[0].shape[1:] == tables[1].shape[1:] else None


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
