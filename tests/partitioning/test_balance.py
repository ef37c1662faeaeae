from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from trackexp.partitioning.balance import balance, deviation


def with_rows(classes: list[list[int]]) -> np.ndarray:
    """Return the classes of each unit with its rows behind them."""
    counts = np.array(classes, dtype=float)
    return np.column_stack([counts, counts.sum(axis=1)])


EVEN = np.array([0.5, 0.5])


@pytest.mark.parametrize(
    "units",
    [
        [[0, 1, 0], [1, 1, 0], [1, 0, 1], [0, 0, 1]],  # scikit-learn #28218
        [[10, 10]] + [[1, 0]] * 10 + [[0, 1]] * 10,  # one balanced group as large as a half
        [[2, 3]] * 4 + [[3, 2]] * 2,  # scikit-learn #24656
    ],
)
def test_what_can_be_divided_evenly_is(units: list[list[int]]):
    """Cases that scikit-learn misses: each has an assignment without any deviation."""
    assert balance(with_rows(units), EVEN).deviation == pytest.approx(0, abs=1e-12)


@settings(max_examples=15)
@given(
    st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any), min_size=3, max_size=7),
    st.sampled_from([(0.5, 0.5), (0.7, 0.15, 0.15), (1 / 3, 1 / 3, 1 / 3)]),
)
def test_few_units_are_assigned_as_well_as_brute_force_does(units: list[list[int]], shares: tuple[float, ...]):
    """No assignment of all has a smaller deviation, of equal and of unequal parts."""
    counts, goal = with_rows(units), np.array(shares)
    least = min(deviation(counts, goal, np.array(tried)) for tried in product(range(len(goal)), repeat=len(units)))

    found = balance(counts, goal)

    assert found.exact
    assert found.deviation == pytest.approx(least, abs=1e-9)


def planted(rng: np.random.Generator, groups: int, k: int, classes: int, rows: int) -> np.ndarray:
    """Return groups that can be divided into k parts without any deviation."""
    base = np.repeat(np.arange(classes), rng.multinomial(rows // k, np.full(classes, 1 / classes)))
    units = []
    for _ in range(k):
        cuts = np.sort(rng.choice(np.arange(1, len(base)), groups // k - 1, replace=False))
        units += [np.bincount(part, minlength=classes) for part in np.split(rng.permutation(base), cuts)]
    return with_rows(rng.permutation(np.array(units)).tolist())


def test_groups_are_divided_better_than_by_scikit_learn():
    """The deviation of five folds of 200 groups is at most a third."""
    counts = planted(np.random.default_rng(0), 200, 5, 10, 5_000)
    group = np.repeat(np.arange(200), counts[:, -1].astype(int))
    y = np.concatenate([np.repeat(np.arange(10), row[:-1].astype(int)) for row in counts])
    peer = np.empty(200, dtype=int)
    for fold, (_, rows) in enumerate(StratifiedGroupKFold(5).split(y, y, group)):
        peer[group[rows]] = fold
    shares = np.full(5, 0.2)

    assert balance(counts, shares).deviation <= deviation(counts, shares, peer) / 3


def test_labels_are_divided_as_well_as_by_iterative_stratification():
    """Mean deviation of the labels' shares over five folds of 3,000 rows."""
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    rng = np.random.default_rng(0)
    labels = (rng.random((3_000, 12)) < rng.uniform(0.02, 0.4, 12)).astype(float)
    own = balance(np.column_stack([labels, np.ones(3_000)]), np.full(5, 0.2)).parts
    splitter = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    peer = np.empty(3_000, dtype=int)
    for fold, (_, rows) in enumerate(splitter.split(labels, labels)):
        peer[rows] = fold

    def off(parts: np.ndarray) -> float:
        return float(np.mean([np.abs(labels[parts == f].mean(0) - labels.mean(0)).mean() for f in range(5)]))

    assert off(own) <= off(peer)


@given(st.lists(st.integers(0, 3), min_size=20, max_size=200), st.integers(0, 5))
def test_single_rows_are_off_by_less_than_one_of_each_class(classes: list[int], seed: int):
    """Stratification of rows: every part has its share of every class, rounded up or down."""
    codes = np.random.default_rng(seed).permutation(classes)
    counts = np.column_stack([np.eye(4)[codes], np.ones(len(codes))])
    shares = np.array([0.6, 0.2, 0.2])

    parts = balance(counts, shares).parts

    for part, share in enumerate(shares):
        wanted = counts[:, :4].sum(axis=0) * share
        assert (np.abs(np.bincount(codes[parts == part], minlength=4) - wanted) < 2).all()


def test_units_that_have_a_part_keep_it():
    """The others make up for them, as far as they can."""
    counts = with_rows([[1, 0]] * 10 + [[0, 1]] * 10)
    fixed = np.full(20, -1)
    fixed[:6] = 0
    found = balance(counts, EVEN, fixed)

    assert (found.parts[:6] == 0).all()
    assert found.deviation == pytest.approx(2 * (1 / 10 + 1 / 20))  # one row of the class, and one row, too many


def test_many_rows_of_unequal_parts_are_exact():
    """A hundred thousand rows of ten classes, within a row of every share."""
    codes = np.random.default_rng(0).integers(0, 10, 100_000)
    parts = balance(np.column_stack([np.eye(10)[codes], np.ones(len(codes))]), np.array([0.7, 0.15, 0.15])).parts
    table = np.array([np.bincount(codes[parts == part], minlength=10) for part in range(3)])

    assert np.abs(table - np.outer([0.7, 0.15, 0.15], np.bincount(codes))).max() < 2
