"""The rows of the table "where others go wrong", one test each, and their neighbours."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from trackexp.errors import UsageError
from trackexp.evaluation import compare_models, evaluate
from trackexp.evaluation.metrics.calibration import bin_edges, bin_index, ece_equal_mass


def test_two_identical_models_have_p_one(generated):
    """Two identical models: p = 1, where a corrected chi-square gives 0."""
    y, p = generated(1, 200, 3, 3, 3)
    comparison = compare_models({"a": evaluate(y, p), "b": evaluate(y, p.copy())})

    assert 1.0 == comparison.pairs[0].p_value
    assert ("b",) == comparison.tied_with_best


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [3, 80])
def test_a_row_that_is_not_finite_is_named(bad, dtype, k):
    """NaN and infinite probabilities are errors with the ids of the rows, wherever they stand."""
    p = np.full((20_000, k), 1 / k, dtype=dtype)
    p[[7, 12_345], 1] = bad
    with pytest.raises(UsageError, match="rows 7, 12345"):
        evaluate(np.zeros(20_000, int), p)


def test_a_nan_in_one_column_is_named():
    """Binary probabilities are checked too."""
    with pytest.raises(UsageError, match="row 1"):
        evaluate([0, 1], [0.2, np.nan])


def test_probabilities_of_exactly_one_open_no_extra_bin():
    """A probability of 1 falls in the last bin: 0.475, not 0.525."""
    assert pytest.approx(0.475) == evaluate([1, 0], [0.95, 1.0], calibration_bins=10).ece


def test_two_columns_are_top_label(generated):
    """Two columns mean top label (0.0114 of our kind), one column the positive class: two different numbers."""
    y, p = generated(12, 5000, 2, 3, 3)
    two, one = evaluate(y, p).ece, evaluate(y, p[:, 1]).ece
    confidence, hit = p.max(1), p.argmax(1) == y
    index = np.searchsorted(bin_edges(15), confidence, side="right") - 1
    by_hand = sum(abs(hit[index == b].sum() - confidence[index == b].sum()) for b in range(15)) / 5000

    assert pytest.approx(by_hand) == two
    assert two != pytest.approx(one, rel=0.05)


def test_a_class_absent_from_y_true_is_named_and_left_out(generated):
    """A class without rows has no area: the mean is over the others, and says which is missing."""
    y, p = generated(7, 600, 4, 4, 4)
    y = np.where(y == 2, 0, y)
    result = evaluate(y, p, class_names=["a", "b", "c", "d"])
    expected = np.mean([roc_auc_score(y == k, p[:, k]) for k in (0, 1, 3)])

    assert pytest.approx(expected) == result["auroc_ovr_macro"]
    assert (["c"], ["c"]) == (result.to_dict()["undefined_auroc"], result.to_dict()["absent"])


def test_a_class_neither_true_nor_predicted_is_counted():
    """Macro means leave out a class that was neither true nor predicted, and `n_absent` counts it."""
    result = evaluate([0, 1], [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])

    assert (1.0, 1) == (result["f1_macro"], result["n_absent"])


def test_one_class_only_is_defined():
    """With one class in y_true everything is a number, or NaN where undefined."""
    result = evaluate([1, 1, 1], [[0.3, 0.7], [0.6, 0.4], [0.1, 0.9]])

    assert 2 / 3 == pytest.approx(result.accuracy)
    assert math.isnan(result["auroc_ovr_macro"])
    assert 0.0 == result["mcc"]


@pytest.mark.parametrize("p", [[[0.2, 0.8]], [0.8]])
def test_one_row_is_defined(p):
    """A single row evaluates, with every method that a report calls."""
    result = evaluate([1], p)

    assert 1 == result.n
    assert pytest.approx(-math.log(0.8)) == result.log_loss
    assert math.isnan(result["debiased_l2sq"]) or result["debiased_l2sq"] == 0
    assert result.knee().knee is None
    assert result.to_json()
    assert len(result.report) == 2


def test_all_predictions_equal():
    """A model that always says the same has an area of one half and no precision for the others."""
    y = np.array([0, 1, 2, 1])
    result = evaluate(y, np.tile([0.5, 0.3, 0.2], (4, 1)))

    assert (0.5, 0.25, 0.0) == (result["auroc_ovr_macro"], result.accuracy, result["cohen_kappa"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.25, 0.9]), st.booleans()), min_size=1, max_size=40), st.randoms()
)
def test_tied_probabilities_are_merged(pairs, random):
    """With bins of equal mass the order of tied rows cannot matter, in either precision."""
    shuffled = list(pairs)
    random.shuffle(shuffled)
    for dtype in (np.float32, np.float64):
        first, second = (
            ece_equal_mass(np.array([p for p, _ in rows], dtype), np.array([h for _, h in rows]), 5)
            for rows in (pairs, shuffled)
        )

        assert first[1] == second[1] <= 5
        assert pytest.approx(first[0], abs=1e-6) == second[0]


def test_merged_ties_go_to_the_bin_of_their_first():
    """Three ties that begin in the first of two bins belong to it whole."""
    p, hit = np.array([0.1, 0.5, 0.5, 0.5, 0.9]), np.array([False, True, False, True, True])
    expected = (abs((0 - 0.1) + (2 - 1.5)) + abs(1 - 0.9)) / 5

    assert pytest.approx((expected, 2)) == ece_equal_mass(p, hit, 2)


def test_the_edges_of_bins_are_k_over_n():
    """An edge belongs to the bin on its right, by k/n and not by linspace; the float below it does not."""
    for n in (10, 15, 20, 49):
        edges = bin_edges(n)
        below = np.nextafter(edges[1:-1], 0)

        assert list(range(n)) == bin_index(edges[:-1], n, exact=False).tolist()
        assert list(range(n - 1)) == bin_index(below, n, exact=False).tolist()


@settings(deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=50), st.integers(1, 60))
def test_float32_needs_no_second_look_at_the_edges(values, n):
    """The fast way of float32 gives the bins of the careful one."""
    p = np.array(values, dtype=np.float32).astype(np.float64)

    assert bin_index(p, n, exact=False).tolist() == bin_index(p, n, exact=True).tolist()


def test_log_loss_is_in_float64_and_counts_what_it_clips():
    """A hit of probability 0 costs 36.04 also in float32, and is counted."""
    result = evaluate([0, 1], np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32))

    assert pytest.approx(36.04 / 2, abs=0.01) == result.log_loss
    assert 1 == result.to_dict()["n_clipped"]


@pytest.mark.parametrize(("dtype", "off", "fine"), [(np.float32, 2e-3, 5e-4), (np.float64, 2e-6, 5e-7)])
def test_rows_must_sum_to_one(dtype, off, fine):
    """Row sums may be off by 1e-3 in float32 and 1e-6 in float64, not by more; the row is named."""
    p = np.array([[0.5, 0.5], [0.5, 0.5]], dtype=dtype)
    p[1, 0] += fine

    assert 2 == evaluate([0, 1], p).n
    p[1, 0] += off
    with pytest.raises(UsageError, match="sum to 1 in row 1"):
        evaluate([0, 1], p)


def test_ties_of_argmax_go_to_the_lowest_class():
    """Of equally probable classes the first is predicted, with few classes and with many."""
    for k in (3, 100):
        result = evaluate([0, 1], np.full((2, k), 1 / k))

        assert [0, 0] == result.outcomes.prediction.tolist()


def test_the_installed_scikit_learn_stratifies_groups_when_it_shuffles():
    """Up to 1.7.2 `StratifiedGroupKFold(shuffle=True)` did not: the version is demanded, and the spread looked at."""
    rng = np.random.default_rng(0)
    rate = np.repeat([0.05, 0.95], 100)  # groups of ten rows, nearly all of one class
    groups = np.repeat(np.arange(200), 10)
    y = (rng.random(2000) < rate[groups]).astype(int)
    spread = []
    for seed in range(5):
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(y, y, groups)
        spread.append(np.ptp([y[test].mean() for _, test in folds]))

    assert (1, 8) <= tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    assert max(spread) < 0.03
