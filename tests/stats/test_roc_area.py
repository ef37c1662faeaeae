from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from trackexp.errors import UsageError
from trackexp.stats import auc, delong_test

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=60)


@given(rows)
def test_the_area_equals_scikit_learn(pairs):
    """The area equals scikit-learn's, ties included, and is NaN where one class is missing."""
    y, s = np.array([p[0] for p in pairs], int), np.array([p[1] for p in pairs], float)
    area = auc(y, s).value

    if 0 < y.sum() < y.size:
        assert pytest.approx(roc_auc_score(y, s)) == area
    else:
        assert math.isnan(area)


@given(rows)
def test_turning_the_scores_mirrors_the_area(pairs):
    """Negated scores give one minus the area, with the same variance."""
    y, s = np.array([p[0] for p in pairs], int), np.array([p[1] for p in pairs], float)

    assert pytest.approx(1 - auc(y, s).value, nan_ok=True) == auc(y, -s).value
    assert pytest.approx(auc(y, s).variance, nan_ok=True, abs=1e-12) == auc(y, -s).variance


def test_the_variance_covers_what_resampling_shows():
    """DeLong's standard error is that of many samples from one population, within a tenth."""
    rng = np.random.default_rng(5)
    y = np.repeat([0, 1], 60)
    areas = [auc(y, rng.normal(size=120) + y) for _ in range(600)]
    spread = np.std([a.value for a in areas])

    assert abs(np.mean([math.sqrt(a.variance) for a in areas]) / spread - 1) < 0.1


def test_the_interval_stays_inside_zero_and_one():
    """The interval of an area near 1 does not pass it."""
    low, high = auc([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6]).interval()

    assert 0 < low < 8 / 9 < high < 1


def test_two_identical_scores_do_not_differ():
    """The same scores twice: difference 0, p = 1."""
    result = delong_test([0, 1, 0, 1], [0.1, 0.9, 0.4, 0.3], [0.1, 0.9, 0.4, 0.3])

    assert (result.difference, result.p_value) == (0.0, 1.0)


@pytest.mark.parametrize(("y", "s"), [([0, 2], [0.1, 0.2]), ([0, 1], [0.1]), ([0, 1], [0.1, math.nan])])
def test_wrong_values_are_usage_errors(y, s):
    """Other labels than 0 and 1, unequal lengths and NaN scores are refused."""
    with pytest.raises(UsageError):
        auc(y, s)
