from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trackexp.errors import UsageError
from trackexp.evaluation import evaluate_regression

pairs = st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=1, max_size=60)


@settings(deadline=None)
@given(pairs)
def test_numbers_equal_scikit_learn(rows):
    """MAE, RMSE, R², median error and pinball loss equal scikit-learn's."""
    y, p = (np.array([r[i] for r in rows], float) / 8 for i in (0, 1))
    found = evaluate_regression(y, p)
    numbers = found.to_dict()

    assert pytest.approx(metrics.mean_absolute_error(y, p)) == numbers["mae"]
    assert pytest.approx(metrics.root_mean_squared_error(y, p)) == numbers["rmse"]
    assert pytest.approx(metrics.median_absolute_error(y, p)) == numbers["median_absolute_error"]
    assert pytest.approx(metrics.mean_pinball_loss(y, p, alpha=0.8)) == found.quantile_loss(0.8)
    if np.ptp(y) > 0:
        assert pytest.approx(metrics.r2_score(y, p)) == numbers["r2"]
    else:
        assert math.isnan(numbers["r2"])
    if y.all():
        assert pytest.approx(metrics.mean_absolute_percentage_error(y, p)) == numbers["mape"]


@settings(deadline=None)
@given(pairs, pairs)
def test_parts_add_up(a, b):
    """Two parts together are the whole."""
    arrays = [[np.array([r[i] for r in rows], float) / 8 for i in (0, 1)] for rows in (a, b)]
    whole = evaluate_regression(*(np.concatenate(x) for x in zip(*arrays, strict=True)))
    merged = evaluate_regression(*arrays[0]) + evaluate_regression(*arrays[1])

    assert pytest.approx(whole.to_dict(), nan_ok=True) == merged.to_dict()


def test_mape_leaves_out_zeros_and_says_how_many():
    """A target of 0 has no percentage: it is left out and counted."""
    numbers = evaluate_regression([0.0, 2.0], [1.0, 3.0]).to_dict()

    assert (0.5, 1) == (numbers["mape"], numbers["mape_n_left_out"])
    assert math.isnan(evaluate_regression([0.0], [1.0]).to_dict()["mape"])


def test_every_number_has_an_interval():
    """Intervals hold their numbers."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=300) + 5
    found = evaluate_regression(y, y + rng.normal(size=300), part="test").to_dict(intervals=True, n_resamples=100)

    for name, interval in found["intervals"].items():
        assert interval["low"] <= found[name] <= interval["high"]


def test_coverage_is_held_against_the_promise():
    """Intervals that hold nine of ten targets keep a promise of 0.9 and break one of 0.99."""
    y = np.arange(1000.0)
    low, high = y - 1, np.where(np.arange(1000) % 10 == 0, y - 0.5, y + 1)
    result = evaluate_regression(y, y)

    assert 0.9 == result.coverage(low, high)["coverage"]
    assert result.coverage(low, high)["kept"]
    assert not result.coverage(low, high, promised=0.99)["kept"]


def test_the_worst_residuals_lead():
    """Residuals are prediction minus target, the largest in size first."""
    assert [-5.0, 1.0, 0.0] == evaluate_regression([1, 2, 3], [1, 3, -2]).residuals["residual"].tolist()


@pytest.mark.parametrize(
    ("y", "p", "said"),
    [
        ([1.0], [1.0, 2.0], "1 rows, y_pred 2"),
        ([1.0, math.nan], [1.0, 2.0], r"y_true is NaN or infinite in rows \[1\]"),
        ([1.0], [math.inf], "y_pred is NaN"),
        ([], [], "at least one row"),
        ([[1.0, 2.0]], [1.0], r"\(1, 2\)"),
        (["a"], [1.0], "expected numbers"),
    ],
)
def test_values_that_do_not_fit_are_usage_errors(y, p, said):
    """Shapes, lengths and values are checked, with the rows."""
    with pytest.raises(UsageError, match=said):
        evaluate_regression(y, p)


def test_wrong_questions_are_usage_errors():
    """Unknown names, quantiles and crossed intervals are refused."""
    result = evaluate_regression([1.0, 2.0], [1.0, 2.0])
    for call in (
        lambda: result.interval("auc"),
        lambda: result.quantile_loss(9),
        lambda: result.coverage([2, 2], [1, 1]),
    ):
        with pytest.raises(UsageError):
            call()
