from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

from trackexp.fit.data.reference import reference_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5))
LABELS = (X[:, 0] > 0).astype(int)
NUMBERS = X @ np.array([1.0, 2.0, 0.0, 0.0, -1.0])


def test_classes_are_scored_by_right_answers() -> None:
    """What a line can part, ridge regression finds."""
    found = reference_of(X, LABELS)

    assert found is not None
    assert ("classes", 600) == (found["kind"], found["rows"])
    assert found["linear"] > 0.95 > found["chance"]
    assert found["balanced"] == pytest.approx(max(found["linear"], found["neighbours"]), abs=0.02)


def test_numbers_are_scored_by_r2() -> None:
    """A sum of the features is linear."""
    found = reference_of(X.astype("float32"), NUMBERS[:, None])

    assert found is not None
    assert "values" == found["kind"]
    assert found["linear"] == pytest.approx(1.0, abs=0.01)
    assert "shifted" not in found


def test_neighbours_find_what_no_line_does() -> None:
    """A ring around the middle."""
    found = reference_of(X[:, :2], (np.linalg.norm(X[:, :2], axis=1) > 1.2).astype(int))

    assert found is not None
    assert found["neighbours"] > 0.9 > found["linear"]


@pytest.mark.parametrize("offset", [1, -2])
def test_targets_of_other_rows_are_found_by_moving_them(offset: int) -> None:
    """The offset at which they fit again."""
    found = reference_of(X, np.roll(NUMBERS, offset))

    assert found is not None
    assert max(found["linear"], found["neighbours"]) < 0.1
    assert found["shifted"][str(offset)] > 0.9


def test_noise_is_found_nowhere() -> None:
    """Random targets are random at each offset."""
    found = reference_of(X, RNG.normal(size=600))

    assert found is not None
    assert max(found["shifted"].values()) < 0.2


def test_rows_of_the_validation_are_left_out() -> None:
    """Targets that only those rows hold change nothing."""
    spoilt = NUMBERS.copy()
    spoilt[400:] = 1e6

    assert reference_of(X, NUMBERS, 400) == reference_of(X, spoilt, 400)


def test_wide_rows_are_mixed_into_fewer() -> None:
    """Images are read too, and the same ones of inputs and targets."""
    images = RNG.normal(size=(300, 40, 40, 1)).astype("float32") * 0.1 + np.arange(300)[:, None, None, None] % 2
    found = reference_of(images, np.arange(300) % 2)

    assert found is not None
    assert found["neighbours"] > 0.95


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X[:50], LABELS[:50]),
        (X, np.zeros(600)),
        (X, RNG.normal(size=(600, 3))),
        (X, np.arange(600)),
        (np.array(["a"] * 600), LABELS),
        (scipy.sparse.csr_matrix(X), LABELS),
        (X.tolist(), LABELS.tolist()),
    ],
    ids=["few rows", "one value", "several columns", "an id each", "text", "sparse", "lists"],
)
def test_what_small_models_cannot_read_is_none(x: Any, y: Any) -> None:
    """No reference, in place of a wrong one; an id a row is a number."""
    found = reference_of(x, y)

    assert found is None or "values" == found["kind"]
