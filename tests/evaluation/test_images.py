from __future__ import annotations

import numpy as np
import pytest

from trackexp.evaluation.images import image_of


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        (np.linspace(0, 1, 64).reshape(8, 8, 1), 0, 255),
        (np.linspace(0, 255, 64).reshape(8, 8), 0, 255),
        (np.linspace(-1, 1, 64).reshape(8, 8), 0, 255),
        (np.linspace(0, 16, 64).reshape(1, 8, 8), 0, 255),
        (np.full((8, 8, 3), 7, np.uint8), 7, 7),
        (np.full((8, 8), np.nan), 0, 0),
    ],
)
def test_pictures_become_bytes(row, low, high):
    """Whatever range they were in, and whichever side their channels are on."""
    found = image_of(row)

    assert found is not None
    assert (np.uint8, low, high) == (found.dtype, found.min(), found.max())
    assert found.shape[:2] == (8, 8)


@pytest.mark.parametrize("row", [np.zeros(64), np.zeros((2, 64)), "a.png", np.zeros((8, 8, 7)), 3.0])
def test_other_inputs_are_no_pictures(row):
    """Features, texts and numbers."""
    assert image_of(row) is None
