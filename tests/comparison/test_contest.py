from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trackexp.comparison import Comparison, Contest, compare
from trackexp.errors import UsageError
from trackexp.stats import nadeau_bengio_test, repetitions_needed, welch_test
from trackexp.testing import make_record

Seeds = Callable[..., Comparison]
A, B = [0.10, 0.12, 0.11, 0.13], [0.20, 0.19, 0.22, 0.24]


def only(comparison: Comparison) -> Contest:
    """Return the one contest of two groups."""
    (contest,) = comparison.verdict.contests
    return contest


def unpaired(first: list[float], second: list[float], **asked: str) -> Comparison:
    """Compare two groups whose runs have no seed."""
    runs = [
        make_record(f"{arch}{place}", metrics={"val/loss": [value]}, config={"arch": arch})
        for arch, values in (("x", first), ("y", second))
        for place, value in enumerate(values)
    ]
    return compare(runs, group_by="arch", **asked)  # type: ignore[arg-type]


def test_few_pairs_are_tested_by_students_t(seeds: Seeds):
    """Four sign flips cannot reach 5 %, whatever the numbers."""
    contest = only(seeds(x=A, y=B))

    assert ("paired t", 4) == (contest.method, contest.pairs)
    assert pytest.approx(stats.ttest_rel(A, B).pvalue) == contest.p_value
    assert pytest.approx(np.mean(A) - np.mean(B)) == contest.difference


def test_six_pairs_are_tested_by_flipping_signs(seeds: Seeds):
    """Two of 64 patterns are as extreme."""
    contest = only(seeds(x=[1.0, 2, 3, 4, 5, 6], y=[2.0, 4, 6, 8, 10, 12]))

    assert ("paired permutation", 2 / 64) == (contest.method, contest.p_value)
    assert contest.told_apart


def test_folds_are_tested_by_nadeau_and_bengio(seeds: Seeds):
    """More careful than the paired t-test."""
    contest = only(seeds("fold", x=A, y=B))
    expected = nadeau_bengio_test(np.array(A) - np.array(B), 1 / 3)

    assert pytest.approx(expected.p_value) == contest.p_value
    assert (contest.p_value or 0) > stats.ttest_rel(A, B).pvalue


@pytest.mark.parametrize(
    ("test", "method", "expected"),
    [
        ("auto", "permutation", 2 / 70),
        ("permutation", "permutation", 2 / 70),
        ("t", "welch t", welch_test(A, B).p_value),
        ("wilcoxon", "wilcoxon rank sum", stats.mannwhitneyu(A, B).pvalue),
    ],
)
def test_runs_that_do_not_pair_are_two_samples(test: str, method: str, expected: float):
    """By the test that was asked for."""
    contest = only(unpaired(A, B, test=test))

    assert (method, 0) == (contest.method, contest.pairs)
    assert pytest.approx(expected) == contest.p_value


def test_three_against_three_cannot_be_permuted_to_five_percent():
    """Twenty divisions: Welch's t then."""
    assert "welch t" == only(unpaired(A[:3], B[:3])).method


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 99), min_size=2, max_size=6), st.lists(st.integers(1, 99), min_size=2, max_size=6))
def test_a_contest_mirrors(a: list[int], b: list[int]):
    """Whoever is called x: the same p-value, effect, interval and number of seeds, turned round."""
    first, second = [v / 100 for v in a], [v / 100 for v in b]
    one, other = only(unpaired(first, second)), only(unpaired(second, first))
    turned = (-1.0 if one.first != {"arch=x": "arch=y", "arch=y": "arch=x"}[other.first] else 1.0)  # fmt: skip

    assert pytest.approx(one.p_value) == other.p_value
    assert one.more == other.more
    assert pytest.approx(turned * one.difference, abs=1e-12) == other.difference
    assert pytest.approx(turned * (one.effect or 0.0), nan_ok=True) == other.effect


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 99), min_size=3, max_size=5), st.integers(1, 50), st.integers(1, 50))
def test_a_larger_difference_is_never_less_certain(values: list[int], near: int, more: int):
    """With the same spread."""
    a = [v / 100 for v in values]
    p_values = [only(unpaired(a, [v + shift for v in a], test="t")).p_value or 0.0 for shift in (near, near + more)]

    assert p_values[1] <= p_values[0] + 1e-12


def test_the_best_of_many_pays_for_the_tests_against_it(seeds: Seeds):
    """Of three groups two are held against the best; Holm starts at twice the smallest p."""
    found = seeds(x=A, y=B, z=[0.3, 0.31, 0.36, 0.34]).verdict.contests
    smallest = min(found, key=lambda contest: contest.p_value or 1.0)

    assert ["arch=y", "arch=z"] == [contest.second for contest in found]
    assert pytest.approx(2 * (smallest.p_value or 0)) == smallest.p_holm


def test_how_many_more_seeds_is_said_and_true(seeds: Seeds):
    """As many as the power computation asks for, less those that are there."""
    contest = only(seeds(x=[0.10, 0.15, 0.11, 0.16], y=[0.11, 0.14, 0.13, 0.17]))
    needed = repetitions_needed(contest.effect or 0.0, paired=True) or 0

    assert not contest.told_apart
    assert needed - 4 == contest.more
    assert (contest.more or 0) > 0


def test_groups_that_are_told_apart_need_no_more(seeds: Seeds):
    """And equal ones can never be told apart."""
    assert 0 == only(seeds(x=A, y=B)).more
    assert only(seeds(x=[0.1, 0.2, 0.3], y=[0.3, 0.2, 0.1])).more is None


def test_a_single_run_is_tested_against_several(seeds: Seeds):
    """As one case against a sample."""
    contest = only(seeds(x=[0.5], y=B))

    assert "single case t" == contest.method
    assert pytest.approx(stats.ttest_ind([0.5], B).pvalue) == contest.p_value
    assert "the one run of arch=x varies as the 4 of arch=y do" == contest.assumes


def test_two_single_runs_borrow_the_spread_of_the_others(seeds: Seeds):
    """Or cannot be tested at all."""
    by_name = {contest.second: contest for contest in seeds(x=[0.01], y=[0.02], z=B).verdict.contests}
    ratio = 0.01 / (np.std(B, ddof=1) * np.sqrt(2))

    assert pytest.approx(2 * stats.t.sf(ratio, 3)) == by_name["arch=y"].p_value


def test_repeated_groups_assume_nothing(seeds: Seeds):
    """Each shows its own spread."""
    assert "" == only(seeds(x=A, y=B)).assumes == only(unpaired(A, B[:2])).assumes


@pytest.mark.parametrize(
    ("first", "second", "paired", "expected"),
    [
        ([0.95] * 2, [0.96] * 2, False, 2 / 6),
        ([0.95] * 3, [0.96] * 3, False, 2 / 20),
        ([0.95] * 3, [0.96], False, 1 / 4),
        ([0.1, 0.2, 0.3], [0.15, 0.25, 0.35], True, 2 / 8),
    ],
)
def test_values_that_do_not_vary_are_no_proof_that_they_cannot(
    first: list[float], second: list[float], paired: bool, expected: float, seeds: Seeds
):
    """Shares of few right answers are often equal: Student's t would be sure of it, exchanging the runs is not."""
    contest = only(seeds(x=first, y=second) if paired else unpaired(first, second))

    assert expected == contest.p_value
    assert not contest.told_apart
    assert contest.interval is None


@pytest.mark.parametrize(("paired", "total"), [(False, 4), (True, 6)])
def test_of_values_that_do_not_vary_as_many_are_needed_as_exchanging_needs(paired: bool, total: int, seeds: Seeds):
    """With 4 and 4 two of 70 divisions are below 5 %, with 6 pairs two of 64 patterns: one fewer never is."""
    few = only(seeds(x=[0.1, 0.2], y=[0.3, 0.4]) if paired else unpaired([0.1] * 2, [0.2] * 2))
    places = [number / 10 for number in range(total)]
    enough = seeds(x=places, y=[place + 1 for place in places]) if paired else unpaired([0.1] * total, [0.2] * total)

    assert total - 2 == few.more
    assert only(enough).told_apart


def test_a_wrong_test_is_refused_with_the_right_ones():
    """The nearest is named."""
    with pytest.raises(UsageError, match=r"'wilcoxn' is no test \(did you mean 'wilcoxon'\?\)"):
        unpaired(A, B, test="wilcoxn")


def test_the_interval_of_a_difference_is_welchs():
    """Equal to scipy's, also where the means are one."""
    for second in (B, [0.13, 0.10, 0.12, 0.11]):
        contest = only(unpaired(A, second))
        sign = 1 if contest.first == "arch=x" else -1
        expected = stats.ttest_ind(A, second, equal_var=False).confidence_interval()

        assert pytest.approx(sorted((sign * expected.low, sign * expected.high))) == list(contest.interval or ())
