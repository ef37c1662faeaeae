from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from trackexp.errors import UsageError
from trackexp.stats import difference_interval, rate_difference_p_value, wilson_interval

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_equals_statsmodels(count, level):
    """Wilson's interval equals that of statsmodels at every level."""
    k, n = count

    assert pytest.approx(proportion_confint(k, n, 1 - level, method="wilson"), abs=1e-12) == tuple(
        wilson_interval(k, n, level)
    )


@given(counts)
def test_wilson_holds_the_rate(count):
    """The interval lies in [0, 1] and holds the rate that was seen."""
    k, n = count
    low, high = wilson_interval(k, n)

    assert 0 <= low <= k / n <= high <= 1


def test_wilson_of_nothing_is_everything():
    """Without rows the rate may be anything."""
    assert tuple(wilson_interval(0, 0)) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n", "level"), [(3, 2, 0.95), (-1, 2, 0.95), (1, 2, 95), (1, 2, 0)])
def test_wrong_counts_and_levels_are_usage_errors(k, n, level):
    """Counts that cannot be, and levels outside (0, 1), are errors of ours and of Python."""
    with pytest.raises(UsageError) as error:
        wilson_interval(k, n, level)

    assert isinstance(error.value, ValueError)


def test_a_level_in_percent_is_understood():
    """A level of 95 is answered with the level that was meant."""
    with pytest.raises(UsageError, match=r"0\.95"):
        wilson_interval(1, 2, 95)


@given(counts, counts)
def test_newcombe_equals_statsmodels(a, b):
    """Newcombe's interval of a difference equals that of statsmodels."""
    expected = confint_proportions_2indep(a[0], a[1], b[0], b[1], method="newcomb", compare="diff")

    assert pytest.approx(expected, abs=1e-9) == tuple(difference_interval((a[0], b[0]), (a[1], b[1])))


@given(counts, counts)
def test_fisher_is_symmetric(a, b):
    """Exchanging the two rates leaves the p-value."""
    first = rate_difference_p_value((a[0], b[0]), (a[1], b[1]))

    assert pytest.approx(first, rel=1e-9) == rate_difference_p_value((b[0], a[0]), (b[1], a[1]))
