from __future__ import annotations

import json

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import against_validation, evaluate


def part(name: str, seed: int, n: int = 400, shift: float = 0.0, flip: float = 0.0):
    """An underconfident classifier of two classes by its first feature, on rows of its own."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    p = 1 / (1 + np.exp(-x[:, 0]))
    y = (rng.random(n) < 1 / (1 + np.exp(-4 * x[:, 0]))) ^ (rng.random(n) < flip)
    x[:, 2] += shift
    return evaluate(y.astype(int), p, inputs=x, part=name, class_names=["good", "mouldy"])


def test_a_temperature_fitted_on_validation_gains_on_test():
    """Probabilities four times too flat are sharpened, and the gain's interval lies above 0."""
    found = against_validation(part("valid", 0), part("test", 1))

    assert found.temperature is not None
    assert 0.15 < found.temperature.temperature < 0.4
    assert found.temperature.helps
    assert "fitted on 400 rows of valid, checked on 400 rows of test" in "\n".join(found.lines())


def test_parts_of_one_kind_differ_by_noise():
    """Rows drawn alike are told apart no better than by chance."""
    found = against_validation(part("valid", 0), part("test", 1))

    assert ("noise", 0) == (found.difference.verdict, found.difference.shared_inputs)


def test_other_data_is_named_by_the_feature_that_moved():
    """A lower accuracy on rows whose third feature moved is other data, led by that feature."""
    found = against_validation(part("valid", 0), part("test", 1, shift=3.0, flip=0.3))

    assert "other data" == found.difference.verdict
    assert 2 == found.difference.leading_features[0][0]
    assert "leading features: 2 (" in "\n".join(found.lines())


def test_shared_rows_are_leakage_and_nothing_is_fitted():
    """A fit on rows that it is checked on is refused, with their number."""
    found = against_validation(part("valid", 0), part("test", 0))

    assert ("leakage", None) == (found.difference.verdict, found.temperature)
    assert "400 rows are in both parts" in found.refused
    assert "No temperature was fitted: 400 rows" in "\n".join(found.lines())


def test_the_threshold_of_validation_is_paid_for_on_test():
    """The money is that of the test rows at the threshold that validation chose."""
    valid, test = part("valid", 0), part("test", 1)
    costs = [one.profit(0.25, 1.5, units=1000, baseline=0.3) for one in (valid, test)]
    found = against_validation(valid, test, valid_profit=costs[0], test_profit=costs[1])

    assert costs[1].at(costs[0].best.threshold) == found.chosen
    assert found.chosen.average_cost >= costs[1].best.average_cost


def test_it_is_strict_json():
    """What is told can be stored."""
    found = json.loads(json.dumps(against_validation(part("valid", 0), part("test", 1)).to_dict(), allow_nan=False))

    assert {"difference", "temperature", "refused", "chosen"} == set(found)
    assert {"low", "high", "level", "method"} == set(found["temperature"]["interval"])


def test_other_classes_are_refused():
    """Parts of other classes are no parts of one model's evaluation."""
    other = evaluate([0, 1], [0.2, 0.7], class_names=["a", "b"])
    with pytest.raises(UsageError, match="expected the same"):
        against_validation(other, part("test", 1))
