"""Test rows against validation rows of one model: what is chosen on the one is checked on the other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from trackexp.errors import UsageError
from trackexp.evaluation.calibration.temperature import TemperatureScaling, fit_temperature
from trackexp.evaluation.json_ready import json_ready
from trackexp.evaluation.paired.shift import PartDifference, explain_difference
from trackexp.evaluation.predictions import take_rows

if TYPE_CHECKING:
    from trackexp.evaluation.money.costs import Decision
    from trackexp.evaluation.money.profit import Profit
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
        found: dict[str, Any] = json_ready(asdict(self))
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
