from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from trackexp.errors import UsageError
from trackexp.stats import (
    benjamini_hochberg,
    bootstrap_interval,
    holm,
    paired_bootstrap,
    permutation_p_value,
    two_sample_permutation_p_value,
    wilcoxon_p_value,
)

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def of_statsmodels(values: list[float], method: str) -> Any:
    """Return the p-values that statsmodels corrects, without the collection of garbage in each of its calls.

    With the memory of a whole suite behind it one collection takes a second.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "collect", lambda *_: 0)
        return multipletests(values, method=method)[1]


@given(p_values)
def test_holm_equals_statsmodels(values):
    """Holm's correction equals that of statsmodels."""
    assert pytest.approx(of_statsmodels(values, "holm")) == holm(values)


@given(p_values)
def test_benjamini_hochberg_equals_statsmodels(values):
    """Benjamini and Hochberg's correction equals that of statsmodels."""
    assert pytest.approx(of_statsmodels(values, "fdr_bh")) == benjamini_hochberg(values)


def test_an_undefined_p_value_stays_out_of_the_count():
    """A NaN neither counts as a test nor gets a value."""
    corrected = holm([0.01, float("nan"), 0.04])

    assert pytest.approx(corrected[[0, 2]].tolist()) == [0.02, 0.04]
    assert np.isnan(corrected[1])


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_the_bootstrap_of_a_mean_is_near_its_t_interval(method):
    """On many well-behaved rows the bootstrap agrees with theory."""
    x = np.random.default_rng(0).normal(size=200)
    expected = stats.t.interval(0.95, 199, x.mean(), stats.sem(x))
    interval = bootstrap_interval(lambda rows: float(x[rows].mean()), 200, method=method)

    assert np.allclose(expected, tuple(interval), atol=0.03)


def test_whole_groups_are_drawn_together():
    """Copies of a row that form a group do not make the interval narrower, as they do when drawn alone."""
    x = np.repeat(np.random.default_rng(1).normal(size=30), 20)
    groups = np.repeat(np.arange(30), 20)
    alone = bootstrap_interval(lambda rows: float(x[rows].mean()), x.size, n_resamples=300)
    together = bootstrap_interval(lambda rows: float(x[rows].mean()), x.size, n_resamples=300, groups=groups)

    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_the_same_seed_gives_the_same_interval():
    """Resampling is reproducible."""
    x = np.arange(20.0)
    first, second = (bootstrap_interval(lambda r: float(x[r].mean()), 20, seed=4) for _ in range(2))

    assert first == second


def test_the_paired_bootstrap_uses_pairs():
    """A constant difference on noisy rows has no width."""
    noise = np.random.default_rng(2).normal(size=50) * 100

    assert pytest.approx(tuple(paired_bootstrap(noise + 0.5, noise)[1])) == (0.5, 0.5)


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=10))
def test_the_exact_permutation_equals_scipy(values):
    """For few differences the permutation test is exact."""
    expected = stats.permutation_test(
        (np.array(values),), lambda x, axis: np.abs(x.sum(axis=axis)), permutation_type="samples", n_resamples=np.inf,
        alternative="greater", vectorized=True,
    ).pvalue  # fmt: skip

    assert pytest.approx(expected) == permutation_p_value(values)


def test_a_drawn_permutation_is_never_zero():
    """A clear difference of many rows gives 1/(draws + 1), not 0."""
    assert pytest.approx(1 / 1001) == permutation_p_value(np.ones(100), n_permutations=1000)


def test_two_samples_of_one_population_are_not_told_apart():
    """The two-sample test finds a shift and does not find one where there is none."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=40), rng.normal(size=40)

    assert two_sample_permutation_p_value(a, b, n_permutations=500) > 0.05
    assert two_sample_permutation_p_value(a, b + 2, n_permutations=500) < 0.01


@given(st.lists(st.integers(1, 10_000), min_size=3, max_size=20, unique=True), st.integers(0, 2**20))
def test_wilcoxon_equals_scipy_on_distinct_values(values, pattern):
    """Without ties and zeros the signed-rank test is scipy's exact one."""
    d = np.array([v if pattern >> i & 1 else -v for i, v in enumerate(values)], float)

    assert pytest.approx(stats.wilcoxon(d, method="exact").pvalue) == wilcoxon_p_value(d)


@pytest.mark.parametrize(
    "call",
    [
        lambda: holm([1.2]),
        lambda: bootstrap_interval(lambda rows: 0.0, 0),
        lambda: bootstrap_interval(lambda rows: 0.0, 5, method="magic"),
        lambda: paired_bootstrap([1.0], [1.0, 2.0]),
        lambda: permutation_p_value([]),
        lambda: wilcoxon_p_value([float("nan")]),
    ],
)
def test_wrong_values_are_usage_errors(call):
    """Values outside their range are refused."""
    with pytest.raises(UsageError):
        call()


@given(p_values, st.integers(0, 29))
def test_a_part_of_a_family_pays_for_all_of_it(values, left):
    """Never less than Holm over the whole family says; for the whole of it the same."""
    part = values[: max(1, len(values) - left)]
    whole = holm(values)[: len(part)]

    assert (holm(part, family=len(values)) >= whole - 1e-12).all()
    assert pytest.approx(holm(values)) == holm(values, family=len(values))


small = st.lists(st.integers(-50, 50).map(lambda i: i / 8), min_size=1, max_size=5)


@given(small, small)
def test_few_values_are_exchanged_in_every_way(a, b):
    """Equal to scipy's exact permutation test of the difference of means."""

    def apart(x, y, axis):
        return np.abs(np.mean(x, axis=axis) - np.mean(y, axis=axis))

    if len(a) > 1 and len(b) > 1:
        expected = stats.permutation_test((a, b), apart, vectorized=True, n_resamples=np.inf, alternative="greater")

        assert pytest.approx(expected.pvalue) == two_sample_permutation_p_value(a, b)


@given(small, small, st.integers(-1000, 1000))
def test_a_test_of_two_samples_mirrors_and_knows_no_level(a, b, level):
    """Which of the samples is the first, their order, and a number added to all of them play no part."""
    p_value = two_sample_permutation_p_value(a, b)

    assert p_value == two_sample_permutation_p_value(b, a[::-1])
    assert p_value == two_sample_permutation_p_value([x + level for x in a], [x + level for x in b])
