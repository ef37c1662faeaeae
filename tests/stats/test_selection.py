from __future__ import annotations

import math

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.stats import (
    bootstrap_bias_corrected,
    corrected_standard_error,
    nadeau_bengio_interval,
    prediction_interval,
    tibshirani_bias,
)

TRUE, ROWS, EQUAL, REPEATS = 0.8, 200, 30, 60


@pytest.fixture(scope="module")
def simulated() -> dict[str, np.ndarray]:
    """Bias of three estimates of the best of 30 equal configurations, and how often BBC's interval holds the truth."""
    rng = np.random.default_rng(7)
    found = {"flat": [], "bbc": [], "tibshirani": [], "held": []}
    folds = np.arange(ROWS) % 5
    for repeat in range(REPEATS):
        hits = rng.random((EQUAL, ROWS)) < TRUE
        by_fold = np.stack([hits[:, folds == fold].mean(axis=1) for fold in range(5)], axis=1)
        flat = float(by_fold.mean(axis=1).max())
        value, interval = bootstrap_bias_corrected(
            lambda rows, hits=hits: hits[:, rows].mean(axis=1),
            lambda setting, rows, hits=hits: float(hits[setting, rows].mean()),
            ROWS,
            n_resamples=150,
            seed=repeat,
        )
        found["flat"].append(flat - TRUE)
        found["bbc"].append(value - TRUE)
        found["tibshirani"].append(flat - tibshirani_bias(by_fold.tolist()) - TRUE)
        found["held"].append(TRUE in interval)
    return {name: np.array(values) for name, values in found.items()}


def test_the_best_of_equal_configurations_flatters_itself(simulated: dict[str, np.ndarray]):
    """Of thirty equal ones on 200 rows the best looks several points better than it is."""
    assert simulated["flat"].mean() > 0.04


def test_the_corrections_take_the_flattery_away(simulated: dict[str, np.ndarray]):
    """Within two standard errors of nothing, BBC-CV leaves less than a sixth of the flat bias."""
    error = simulated["bbc"].std(ddof=1) / math.sqrt(REPEATS)

    assert abs(simulated["bbc"].mean()) < max(2 * error, simulated["flat"].mean() / 6)
    assert abs(simulated["tibshirani"].mean()) < simulated["flat"].mean() / 3


def test_its_interval_holds_the_truth(simulated: dict[str, np.ndarray]):
    """At least 95 % of 60 intervals, within what chance allows."""
    assert simulated["held"].mean() >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / REPEATS)


def test_groups_are_drawn_whole():
    """Rows of one group are never on both sides of a draw, and the interval is the wider for it."""
    group = np.repeat(np.arange(20), 10)
    hits = np.repeat(np.random.default_rng(0).random((2, 20)) < 0.7, 10, axis=1)
    words = (lambda rows: hits[:, rows].mean(axis=1), lambda setting, rows: float(hits[setting, rows].mean()), 200)
    _, plain = bootstrap_bias_corrected(*words)
    _, grouped = bootstrap_bias_corrected(*words, groups=group)

    assert grouped.high - grouped.low > plain.high - plain.low


def test_the_corrected_error_is_that_of_the_interval():
    """One formula for both: s·√(1/n + 1/(k−1))."""
    values = [0.8, 0.9, 0.85, 0.9, 0.8]
    low, high = nadeau_bengio_interval(values, 1 / 4)

    assert corrected_standard_error(values, 5) * 2.7764451 == pytest.approx((high - low) / 2)


def test_new_rows_widen_the_prediction():
    """The spread of the new rows' own number comes on top."""
    low, high = prediction_interval([0.8, 0.9, 0.85], 3)
    wide_low, wide_high = prediction_interval([0.8, 0.9, 0.85], 3, 0.01)

    assert wide_low < low < high < wide_high


def test_scores_with_holes_are_refused():
    """A configuration without a fold has no correction."""
    with pytest.raises(UsageError, match="expected finite numbers"):
        tibshirani_bias([[0.8, math.nan]])
