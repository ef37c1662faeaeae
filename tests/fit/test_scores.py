from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from trackexp.fit.scores import recomputed_loss, score_of

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(32, 4))
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
IDS = RNG.integers(0, 4, 32)
ONE_HOT = np.eye(4)[IDS]
NUMBERS = RNG.normal(size=(32, 4))


@pytest.mark.parametrize(
    ("name", "y_true", "y_pred", "logits"),
    [
        ("sparse_categorical_crossentropy", IDS, PROBABILITIES, False),
        ("sparse_categorical_crossentropy", IDS[:, None], LOGITS, True),
        ("categorical_crossentropy", ONE_HOT, PROBABILITIES, False),
        ("categorical_crossentropy", ONE_HOT, LOGITS, True),
        ("binary_crossentropy", ONE_HOT, PROBABILITIES, False),
        ("binary_crossentropy", ONE_HOT, LOGITS, True),
        ("mean_squared_error", NUMBERS, LOGITS, None),
        ("mean_absolute_error", NUMBERS, LOGITS, None),
        ("mean_absolute_error", NUMBERS[:, 0], LOGITS[:, :1], None),
    ],
)
def test_it_is_kerass_own_loss(name: str, y_true: Any, y_pred: Any, logits: bool | None) -> None:
    """The textbook's formula gives what Keras gives."""
    options = {} if logits is None else {"from_logits": logits}
    function = getattr(keras.losses, name)
    expected = float(np.mean(function(y_true.reshape(-1, 1) if y_true.ndim == 1 else y_true, y_pred, **options)))

    assert expected == pytest.approx(
        recomputed_loss({"identifier": name, "from_logits": logits}, y_true, y_pred), rel=1e-4
    )


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred"),
    [
        ({"identifier": "own", "custom": True}, NUMBERS, LOGITS),
        ({"identifier": "mean_squared_error"}, NUMBERS[:, :2], LOGITS),
        ({"identifier": "sparse_categorical_crossentropy"}, IDS + 4, PROBABILITIES),
        ({"identifier": "categorical_crossentropy", "config": {"label_smoothing": 0.1}}, ONE_HOT, PROBABILITIES),
    ],
    ids=["custom", "shapes", "range", "smoothing"],
)
def test_what_is_not_known_is_none(loss: Any, y_true: Any, y_pred: Any) -> None:
    """No number in place of a guess."""
    assert recomputed_loss(loss, y_true, y_pred) is None


@pytest.mark.parametrize(
    ("name", "activation", "y_true", "y_pred", "score"),
    [
        ("categorical_crossentropy", "softmax", ONE_HOT, ONE_HOT * 0.8 + 0.05, 1.0),
        ("binary_crossentropy", "sigmoid", np.array([0.0, 1.0, 1.0, 1.0]), np.full((4, 1), 0.9), 0.75),
        ("binary_crossentropy", "linear", np.array([0.0, 1.0]), np.array([[0.3], [0.4]]), 0.5),
        ("mean_squared_error", "linear", NUMBERS, NUMBERS, 1.0),
    ],
)
def test_a_score_is_the_share_of_right_answers_or_r2(
    name: str, activation: str, y_true: Any, y_pred: Any, score: float
) -> None:
    """Of classes and of numbers."""
    found = score_of({"identifier": name}, activation, y_true, y_pred)

    assert found is not None
    assert score == pytest.approx(found.score)


def test_mean_recall_sees_through_a_majority() -> None:
    """One answer for all is right three times of four, and half right by class."""
    found = score_of({"identifier": "binary_crossentropy"}, "sigmoid", np.array([0.0, 1, 1, 1]), np.full((4, 1), 0.9))

    assert found is not None
    assert (0.75, 0.5) == (found.score, found.balanced)
