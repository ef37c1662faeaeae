from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import chi2, t
from statsmodels.stats.power import TTestIndPower, TTestPower

from trackexp.errors import UsageError
from trackexp.stats import hedges_g, nadeau_bengio_test, paired_g, repetitions_needed, t_power

values = st.lists(st.integers(-1000, 1000).map(lambda i: i / 64), min_size=2, max_size=20)
effects = st.floats(0.15, 4)


@given(effects, st.integers(2, 60), st.sampled_from([0.05, 0.01, 0.001]))
def test_power_equals_statsmodels(effect: float, n: int, alpha: float):
    """Of pairs and of two samples."""
    paired = TTestPower().power(effect, n, alpha)
    samples = TTestIndPower().power(effect, n, alpha)
    seen = t_power(effect * math.sqrt(n), n - 1, alpha), t_power(effect * math.sqrt(n / 2), 2 * n - 2, alpha)

    for expected, power in zip((paired, samples), seen, strict=True):
        assert 0 < power < 1 + 1e-9
        assert math.isnan(expected) or pytest.approx(expected, abs=1e-4) == power


@given(st.floats(0.5, 5), st.integers(2, 60))
def test_power_is_what_integrating_over_the_spread_gives(ratio: float, df: int):
    """Also where scipy's noncentral t has no answer."""
    critical = float(t.ppf(0.975, df))

    def found(s: float) -> float:
        return float(ndtr(ratio - critical * s) + ndtr(-ratio - critical * s))

    integral = quad(lambda s: chi2.pdf(df * s * s, df) * 2 * df * s * found(s), 0, 6)[0]

    assert pytest.approx(integral, abs=2e-3) == t_power(ratio, df)


def test_where_the_noncentral_t_has_no_answer_there_is_one():
    """Statsmodels says NaN here."""
    assert math.isnan(TTestPower().power(2.0, 14, 0.01))
    assert 0.9999 < t_power(2 * math.sqrt(14), 13, 0.01) < 1


@settings(max_examples=25)
@given(effects, st.booleans(), st.sampled_from([0.05, 0.005]))
def test_the_repetitions_are_those_of_statsmodels(effect: float, paired: bool, alpha: float):
    """The smallest whole number at which the power is reached."""
    oracle = TTestPower() if paired else TTestIndPower()
    needed = repetitions_needed(effect, paired=paired, alpha=alpha) or 0

    assert not oracle.power(effect, needed, alpha) < 0.8
    assert needed == 2 or not oracle.power(effect, needed - 1, alpha) >= 0.8


@given(effects, st.floats(1.05, 3), st.booleans())
def test_a_larger_effect_never_needs_more(effect: float, times: float, paired: bool):
    """And its sign plays no part."""
    few, many = (repetitions_needed(x, paired=paired) or math.inf for x in (effect * times, effect))

    assert few <= many
    assert repetitions_needed(-effect, paired=paired) == repetitions_needed(effect, paired=paired)


def test_an_infinite_effect_needs_two_and_none_at_all_never_enough():
    """A difference that does not vary is seen at once."""
    assert 2 == repetitions_needed(math.inf, paired=True)
    assert repetitions_needed(0.0, paired=False) is None
    assert repetitions_needed(math.nan, paired=True) is None


def test_repeating_folds_cannot_remove_what_they_share():
    """With 5 folds the variance never falls below a quarter of one fold's: an effect of 1 is out of reach."""
    assert repetitions_needed(1.0, paired=True, test_share=0.25) is None
    assert (repetitions_needed(2.0, paired=True, test_share=0.25) or 0) > (repetitions_needed(2.0, paired=True) or 0)


def test_the_power_for_folds_is_that_of_the_corrected_test():
    """Simulated: of 2,000 sets of folds with the correlation that the correction assumes, as many are found as said."""
    k, effect, share = 10, 2.0, 1 / 9
    rho = share / (1 + share)  # the correlation at which the corrected variance is the right one
    rng = np.random.default_rng(0)
    common = rng.normal(size=(2000, 1)) * math.sqrt(rho) + rng.normal(size=(2000, k)) * math.sqrt(1 - rho)
    sets = common + effect * math.sqrt(1 - rho)  # the sample variance of correlated folds estimates 1 - rho
    found = np.mean([nadeau_bengio_test(row, share).p_value < 0.05 for row in sets])

    assert pytest.approx(found, abs=0.03) == t_power(effect / math.sqrt(1 / k + share), k - 1)


@given(values, values)
def test_an_effect_mirrors(a: list[float], b: list[float]):
    """And it does not depend on the unit."""
    g = hedges_g(a, b)

    assert pytest.approx(-g, nan_ok=True) == hedges_g(b, a)
    assert pytest.approx(g, rel=1e-6, nan_ok=True) == hedges_g([8 * x for x in a], [8 * x for x in b])


def test_effects_by_hand():
    """(2 - 5) / 1 times 1 - 3 / 15; 0.2 / 0.1 times 1 - 3 / 7."""
    assert pytest.approx(-3 * 0.8) == hedges_g([1, 2, 3], [4, 5, 6])
    assert pytest.approx(2 * 4 / 7) == paired_g([0.1, 0.2, 0.3])


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (hedges_g([1.0, 1.0], [2.0, 2.0]), -math.inf),
        (hedges_g([1.0, 1.0], [1.0, 1.0]), 0.0),
        (hedges_g([1.0], [2.0]), math.nan),
        (paired_g([0.3]), math.nan),
        (paired_g([0.1, 0.1, 0.1]), math.inf),
    ],
)
def test_values_without_spread_have_an_effect(seen: float, expected: float):
    """None, or one without bound; from a single value nothing is known."""
    assert pytest.approx(expected, nan_ok=True) == seen


@pytest.mark.parametrize(
    "call",
    [
        lambda: hedges_g([], [1.0]),
        lambda: paired_g([math.nan, 1.0]),
        lambda: repetitions_needed(1.0, paired=True, alpha=0),
        lambda: repetitions_needed(1.0, paired=True, power=1),
    ],
)
def test_wrong_values_are_usage_errors(call):
    """Empty, not finite, or no probability."""
    with pytest.raises(UsageError):
        call()
