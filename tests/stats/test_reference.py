from __future__ import annotations

import numpy as np
import pytest

from trackexp.stats import auc, delong_test, five_by_two_f_test, mcnemar_p_value, wilson_interval


def generated(seed, n, k, pow_y, pow_p):
    """Make the reference's labels and probabilities from integers and one division."""
    rng = np.random.Generator(np.random.PCG64(seed))
    a = rng.integers(1, 101, size=(n, k))
    s = (a**pow_y).cumsum(1)
    u = (rng.random(n) * s[:, -1]).astype(np.int64)
    y = (s <= u[:, None]).sum(1)
    v = a**pow_p
    return y, v / v.sum(1, keepdims=True)


def cases(reference, name):
    """Return the reference cases of one test."""
    return [case for case in reference if case["test"] == name]


def test_mcnemar_equals_the_reference(reference_statistics):
    """Exact and mid-p values equal the reference, and p is 1 where two models never disagree."""
    for case in cases(reference_statistics, "mcnemar"):
        assert pytest.approx(case["exact_p"]["value"], rel=1e-9) == mcnemar_p_value(case["b"], case["c"])
        assert pytest.approx(case["mid_p"], rel=1e-9) == mcnemar_p_value(case["b"], case["c"], "mid-p")


def test_the_counts_of_mcnemar_come_out_of_the_generator(reference_statistics):
    """The reference's rows give the counts that its McNemar case names."""
    case = cases(reference_statistics, "mcnemar")[0]
    y, p = generated(21, 2000, 4, 3, 4)
    other = generated(22, 2000, 4, 3, 4)[1]
    swap = np.random.Generator(np.random.PCG64(23)).integers(0, 10, 2000) < 3
    a = p.argmax(1)
    b = np.where(swap, other.argmax(1), a)

    assert (case["b"], case["c"]) == (int(((a == y) & (b != y)).sum()), int(((a != y) & (b == y)).sum()))


def test_wilson_equals_the_reference(reference_statistics):
    """Wilson's ends equal the reference, also where all or none succeed."""
    for case in cases(reference_statistics, "wilson95"):
        low, high = wilson_interval(case["k"], case["n"])

        assert pytest.approx((case["low"]["value"], case["high"]["value"]), abs=1e-12) == (low, high)


def test_the_combined_f_equals_the_reference(reference_statistics):
    """The 5x2cv F and its p-value equal the reference."""
    for case in cases(reference_statistics, "5x2cv_F_Alpaydin"):
        result = five_by_two_f_test(case["diffs_rep_by_fold"])

        assert pytest.approx((case["F"], case["p_F_10_5"])) == (result.statistic, result.p_value)


def test_delong_equals_the_reference(reference_statistics):
    """Areas, variance, z and p of DeLong's test equal the reference."""
    case = cases(reference_statistics, "delong")[0]
    y, p = generated(31, 400, 2, 1, 1)
    first = p[:, 1]
    second = np.round((first + generated(32, 400, 2, 1, 1)[1][:, 1]) / 2, 6)
    result = delong_test(y, first, second)

    assert pytest.approx((case["auc1"], case["auc2"])) == (result.first.value, result.second.value)
    assert pytest.approx(case["abs_z"]["value"]) == abs(result.z)
    assert pytest.approx(case["p"]["value"]) == result.p_value
    assert pytest.approx(case["var_auc1"]["value"]) == auc(y, first).variance
