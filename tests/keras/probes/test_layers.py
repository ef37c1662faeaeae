from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp.keras.probes.layers import MAX_LAYERS, Observer, layer_values, watched_layers


def test_weights_and_activations_are_watched() -> None:
    """Dropout and reshaping are not; a recurrent layer stands for its cell, a nested model for its layers."""
    nested = keras.Sequential([keras.Input((4,)), kl.Dense(3, name="inside")])
    made = keras.Sequential(
        [
            keras.Input((5, 2)),
            kl.LSTM(4, name="lstm"),
            kl.Dropout(0.1),
            nested,
            kl.ReLU(name="relu"),
            kl.Dense(1, name="last"),
        ]
    )

    assert ["lstm", "inside", "relu", "last"] == [entry.name for entry in watched_layers(made)]


def test_of_many_layers_some_are_watched() -> None:
    """At most 64, the first and the last among them."""
    made = keras.Sequential([keras.Input((2,)), *(kl.Dense(2, name=f"d{i}") for i in range(100))])
    names = [entry.name for entry in watched_layers(made)]

    assert (MAX_LAYERS, "d0", "d99") == (len(names), names[0], names[-1])


@pytest.mark.parametrize(
    ("values", "activation", "dead", "saturated"),
    [
        ([[0.0, 0.0], [0.0, 2.0]], "relu", 0.5, None),
        ([[0.0, 0.99], [-1.0, 0.5]], "tanh", None, 0.5),
        ([[0.0, 0.5], [1.0, 0.98]], "sigmoid", None, 0.5),
        ([[0.0, 0.0], [0.0, 0.0]], "linear", None, None),
    ],
)
def test_shares_are_of_units_and_values(
    values: list[list[float]], activation: str, dead: float, saturated: float
) -> None:
    """A relu unit is dead when it is 0 on all rows; a value is saturated within 1 % of a bound."""
    found = layer_values(np.array(values, "float32"), activation)

    assert found is not None
    assert (dead, saturated) == (found.dead, found.saturated)


def test_augmentation_works_while_it_is_watched_for() -> None:
    """Random layers of Keras flip in inference mode too, and others do as they did."""
    made = keras.Sequential([keras.Input((4, 4, 1)), kl.RandomFlip("horizontal", seed=0), kl.Dropout(0.9)])
    images = np.random.default_rng(0).random((32, 4, 4, 1)).astype("float32")
    with Observer(()).watching():
        plain = np.array(made(images, training=False))
    with Observer((), augment=True).watching():
        flipped = np.array(made(images, training=False))

    np.testing.assert_array_equal(images, plain)
    assert not np.array_equal(images, flipped)
    np.testing.assert_allclose(np.sort(images, axis=2), np.sort(flipped, axis=2))
