from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from trackexp.models.outputs import read_outputs

LOGITS = np.array([[2.0, -1.0, 0.5], [0.1, 0.2, 0.3]])
SHARES = softmax(LOGITS, axis=1)
Y = np.array([0, 2])


@pytest.mark.parametrize(
    ("outputs", "targets", "activation", "kind", "shared"),
    [
        (LOGITS, Y, "linear", "logits", True),
        (LOGITS, Y, None, "logits", True),
        (SHARES, Y, "softmax", "probabilities", True),
        (SHARES, Y, None, "probabilities", True),
        (SHARES, Y, "linear", "probabilities", True),  # a softmax behind the last layer
        (np.array([[0.2], [0.8]]), np.array([0, 1]), "linear", "logits", False),
        (np.array([[0.2], [0.8]]), np.array([0, 1]), "sigmoid", "probabilities", False),
        (np.array([[-2.0], [3.0]]), np.array([0, 1]), None, "logits", False),
        (np.array([[0.9, 0.8], [0.1, 0.7]]), np.array([[1, 1], [0, 1]]), "sigmoid", "probabilities", False),
        (np.array([[4.0, 0.8], [-1.0, 0.7]]), np.array([[1, 1], [0, 1]]), "linear", "logits", False),
        (np.array([[4.0], [1.5]]), np.array([4.1, 1.2]), "linear", "numbers", True),
        (np.array([[4.0], [1.5]]), np.array([30, 41]), "linear", "numbers", True),
        (np.array([[0.4], [0.5]]), np.array([1, 2]), "sigmoid", "probabilities", False),  # labels from 1: said later
    ],
)
def test_outputs_are_found_out(outputs, targets, activation, kind, shared):
    """The last activation tells, and where it is silent or contradicted by the values, they do."""
    found = read_outputs(outputs, targets, activation)

    assert (kind, shared) == (found.kind, found.shared)


def test_logits_become_what_the_frameworks_make_of_them():
    """Softmax over columns that share out 1, a sigmoid of each that stands alone; probabilities stay."""
    shared, alone = read_outputs(LOGITS, Y, "linear"), read_outputs(LOGITS, np.array([[1, 1, 0]] * 2), "linear")

    assert np.allclose(SHARES, shared.probabilities(LOGITS))
    assert np.allclose(1 / (1 + np.exp(-LOGITS)), alone.probabilities(LOGITS))
    assert SHARES is read_outputs(SHARES, Y, None).probabilities(SHARES)
