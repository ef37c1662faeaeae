from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trackexp.errors import UsageError
from trackexp.stats import (
    five_by_two_f_test,
    nadeau_bengio_interval,
    nadeau_bengio_test,
    paired_t_test,
    single_case_test,
    t_interval,
    welch_test,
)

numbers = st.lists(st.integers(-1000, 1000).map(lambda i: i / 64), min_size=2, max_size=30)


@given(numbers)
def test_t_interval_equals_scipy(values):
    """Student's interval equals scipy's."""
    if len(set(values)) > 1:
        expected = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))

        assert pytest.approx(expected) == tuple(t_interval(values))


@given(numbers)
def test_paired_t_equals_scipy(values):
    """The paired t-test equals scipy's one-sample test of the differences."""
    if len(set(values)) > 1:
        assert pytest.approx(stats.ttest_1samp(values, 0).pvalue) == paired_t_test(values).p_value


@given(numbers, numbers)
def test_welch_equals_scipy(a, b):
    """Welch's test equals scipy's."""
    if len(set(a)) > 1 and len(set(b)) > 1:
        expected = stats.ttest_ind(a, b, equal_var=False)

        assert pytest.approx((expected.pvalue, expected.df)) == (welch_test(a, b).p_value, welch_test(a, b).df[0])


@given(numbers)
def test_the_corrected_test_is_more_careful(values):
    """Nadeau and Bengio's correction never lowers the p-value."""
    if len(set(values)) > 1:
        assert paired_t_test(values).p_value <= nadeau_bengio_test(values, 0.25).p_value + 1e-12


def test_the_corrected_test_by_hand():
    """The statistic is the mean over sqrt(s²(1/k + share))."""
    values = np.array([0.02, 0.01, 0.03, 0.05, -0.01])
    expected = values.mean() / math.sqrt(values.var(ddof=1) * (1 / 5 + 1 / 4))

    assert pytest.approx(expected) == nadeau_bengio_test(values, 0.25).statistic


@given(numbers)
def test_the_corrected_interval_is_where_the_corrected_test_turns(values):
    """At an end of the interval the test says exactly 5 %."""
    if len(set(values)) > 1:
        low, high = nadeau_bengio_interval(values, 0.25)

        assert pytest.approx(0.05) == nadeau_bengio_test(np.array(values) - low, 0.25).p_value
        assert pytest.approx(0.05) == nadeau_bengio_test(np.array(values) - high, 0.25).p_value


@given(st.integers(-1000, 1000).map(lambda i: i / 64), numbers)
def test_a_single_case_is_a_sample_of_one(value, sample):
    """Crawford and Howell's t is Student's for two samples, the one without a spread of its own."""
    if len(set(sample)) > 1:
        expected = stats.ttest_ind([value], sample)

        assert pytest.approx((expected.statistic, expected.pvalue)) == (
            single_case_test(value, sample).statistic,
            single_case_test(value, sample).p_value,
        )


@pytest.mark.parametrize(("values", "p_value"), [([0.0, 0.0, 0.0], 1.0), ([0.5, 0.5, 0.5], 0.0)])
def test_values_without_spread_have_a_p_value(values, p_value):
    """No difference at all is p = 1, one that never varies is p = 0: never a division by zero."""
    assert p_value == paired_t_test(values).p_value
    assert p_value == nadeau_bengio_test(values, 0.25).p_value


def test_identical_replications_have_a_p_value():
    """Ten zero differences give F = 0 and p = 1."""
    assert five_by_two_f_test(np.zeros((5, 2))).p_value == 1.0


def test_one_value_has_an_unbounded_interval():
    """One run says nothing about the spread."""
    assert (-math.inf, math.inf) == tuple(t_interval([1.0]))


@pytest.mark.parametrize(
    "call",
    [
        lambda: t_interval([]),
        lambda: t_interval([1.0, math.nan]),
        lambda: paired_t_test([1.0]),
        lambda: nadeau_bengio_test([1.0, 2.0], 0),
        lambda: five_by_two_f_test([[1.0, 2.0]]),
        lambda: welch_test([1.0], [1.0, 2.0]),
        lambda: single_case_test(1.0, [1.0]),
        lambda: single_case_test(math.nan, [1.0, 2.0]),
    ],
)
def test_wrong_values_are_usage_errors(call):
    """Too few, not finite or wrongly shaped values are refused."""
    with pytest.raises(UsageError):
        call()
