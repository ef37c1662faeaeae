from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp.keras.probes.gradients import norm_of, recorded


def test_norms_are_those_of_the_derivative() -> None:
    """Of a sum of w·x the derivative by w is x, and what takes no part has none."""
    weight, idle = keras.Variable(np.array([1.0, 2.0], "float32")), keras.Variable(np.zeros(3, "float32"))
    with recorded() as gradients_of:
        total = keras.ops.sum(weight * np.array([3.0, 4.0], "float32"))
        norms = [norm_of(gradient) for gradient in gradients_of(total, [weight, idle])]

    assert [pytest.approx(5.0), None] == norms


def test_rows_of_an_embedding_count() -> None:
    """Its sparse gradient is taken by its values."""
    layer = kl.Embedding(10, 2)
    layer.build((None, 1))
    with recorded() as gradients_of:
        (gradient,) = gradients_of(keras.ops.sum(layer(np.array([[3]]))), layer.trainable_variables)

    assert pytest.approx(np.sqrt(2.0)) == norm_of(gradient)
