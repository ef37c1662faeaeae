from __future__ import annotations

import numpy as np
import pytest

from trackexp.evaluation import evaluate
from trackexp.evaluation import result as module

RNG = np.random.default_rng(5)
Y = RNG.integers(0, 4, 400)
P = RNG.dirichlet([1, 1, 1, 1], 400) * 0.5 + 0.5 * np.eye(4)[Y]


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [1, 2, 3, 0]])
def test_exchanged_columns_are_remarked(order):
    """Two of them or all; the remark says what would be right, and stands in the page and the JSON."""
    result = evaluate(Y, P[:, order])

    assert "taken for one another" in result.notes[0]
    assert [*result.notes] == result.to_dict()["notes"]
    assert "taken for one another" in repr(result)


def test_scores_of_the_other_class_are_remarked():
    """An area far below one half is no bad luck."""
    positive = Y == 1

    assert "far below 0.5" in evaluate(positive, 1 - P[:, 1]).notes[0]


@pytest.mark.parametrize("seed", range(5))
def test_bad_models_are_not_suspected(seed):
    """Guesses, one class for all, few rows, and a good model that confuses two classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 60)
    guesses = rng.dirichlet([1, 1, 1, 1], 60)
    one = np.full((60, 4), 0.1) + np.array([0.6, 0, 0, 0])
    confused = np.where(rng.random(400)[:, None] < 0.5, P[:, [1, 0, 2, 3]], P)

    assert () == evaluate(y, guesses).notes == evaluate(y, one).notes == evaluate(Y, confused).notes
    assert () == evaluate(y[:8] == 1, guesses[:8, 0]).notes == evaluate(y == 1, guesses[:, 0]).notes


def test_intervals_are_computed_once(monkeypatch, tmp_path):
    """A page, a table and JSON of one evaluation share them."""
    calls = []
    real = module.intervals_of_rows
    monkeypatch.setattr(module, "intervals_of_rows", lambda *given: calls.append(given) or real(*given))
    result = evaluate(Y, P)
    result.intervals()
    result.to_html(tmp_path / "page.html")

    assert 1 == len(calls)
    assert result.intervals(0.9) != result.intervals()
