from __future__ import annotations

import math
from typing import Any

import pytest

from trackexp.diagnosis import Head
from trackexp.diagnosis.evidence.losses import constant_loss


@pytest.mark.parametrize(
    ("loss", "target", "expected"),
    [
        ("mean_squared_error", {"shape": [9, 1], "std": 3.0}, 9.0),
        ("mean_squared_error", {"shape": [9, 4], "std": 3.0}, None),
        ("sparse_categorical_crossentropy", {"shape": [9], "class_counts": {"0": 3, "1": 3, "2": 3}}, math.log(3)),
        ("binary_crossentropy", {"shape": [9], "zero_one": True, "class_counts": {"0": 4, "1": 4}}, math.log(2)),
        ("binary_crossentropy", {"shape": [9], "zero_one": False, "class_counts": {"1": 4, "2": 4}}, None),
        ("binary_crossentropy", {"shape": [9], "zero_one": True, "class_counts": {"0": 4}}, None),
        ("mean_absolute_error", {"shape": [9, 1], "std": 3.0}, None),
    ],
)
def test_the_loss_of_a_constant(loss: str, target: dict[str, Any], expected: float | None):
    """Entropy of the classes or variance of the targets, and nothing where neither is the answer."""
    head: Any = Head("", {"identifier": loss}, target, {})

    assert expected == pytest.approx(constant_loss(head)) if expected is not None else constant_loss(head) is None
