from __future__ import annotations

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.stats import adversarial_validation


def clustered(rng: np.random.Generator, groups: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of groups that resemble each other, and their groups."""
    group = np.repeat(np.arange(groups), rows)
    return rng.normal(size=(groups, 4))[group] + 0.3 * rng.normal(size=(len(group), 4)), group


@pytest.mark.heavy
@pytest.mark.parametrize("grouped", [False, True])
def test_sets_that_do_not_differ_are_rarely_told_apart(grouped: bool):
    """An interval above 0.5 comes in 2.5 % of cases: at most 9 of 120, one chance in a thousand; below likewise."""
    above = below = 0
    for seed in range(120):
        rng = np.random.default_rng([seed, 1])
        if grouped:
            (a, ga), (b, gb) = clustered(rng, 20, 10), clustered(rng, 20, 10)
            found = adversarial_validation(a, b, groups=(ga, gb), seed=seed)
        else:
            found = adversarial_validation(rng.normal(size=(150, 4)), rng.normal(size=(150, 4)), seed=seed)
        above += found.interval().low > 0.5
        below += found.interval().high < 0.5

    assert above <= 9
    assert below <= 9


def test_a_shift_is_seen_and_its_feature_leads():
    """Two standard deviations in one of five features."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(200, 5)), rng.normal(size=(200, 5))
    second[:, 3] += 2
    found = adversarial_validation(first, second)

    assert found.interval().low > 0.8
    assert found.p_value < 1e-6
    assert 3 == found.leading[0][0]


def test_gaps_are_features_too():
    """A column that is missing in one set tells the sets apart."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(100, 2)), rng.normal(size=(100, 2))
    second[::2, 0] = np.nan

    assert adversarial_validation(first, second).area > 0.6


def test_what_cannot_be_compared_is_refused():
    """Too few rows, too few groups, other columns."""
    rows = np.zeros((30, 2))
    with pytest.raises(UsageError, match="at least 10"):
        adversarial_validation(rows[:5], rows)
    with pytest.raises(UsageError, match="columns"):
        adversarial_validation(rows, rows[:, :1])
    with pytest.raises(UsageError, match="at least four"):
        adversarial_validation(rows, rows, groups=(np.zeros(30), np.arange(30)))
