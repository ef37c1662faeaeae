from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp.keras.facts.initial import as_initialized, changed_share
from trackexp.keras.facts.model import model_facts


def frozen(layer: Any, shape: tuple[int | None, ...] = (None, 40)) -> Any:
    """Return the layer built and frozen."""
    layer.build(shape)
    layer.trainable = False
    return layer


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal", "lecun_uniform", "glorot_normal"])
def test_a_kernel_that_was_never_trained_is_recognised(initializer: str) -> None:
    """Dense and convolutional ones, by the shape of their distribution."""
    dense = frozen(
        kl.Dense(30, kernel_initializer=keras.initializers.get({"class_name": initializer, "config": {"seed": 1}}))
    )
    convolution = frozen(kl.Conv2D(8, 3, kernel_initializer=dense.kernel_initializer), (None, 8, 8, 4))

    assert as_initialized(dense) is True
    assert as_initialized(convolution) is True


def _trained_bias(layer: Any) -> None:
    layer.bias.assign(np.full(30, 0.01))


def _trained_kernel(layer: Any) -> None:
    layer.kernel.assign(np.random.default_rng(0).normal(size=(40, 30)) * 0.1)


def _pruned(layer: Any) -> None:
    layer.kernel.assign(np.array(layer.kernel) * (np.abs(layer.kernel) > 0.1))


@pytest.mark.parametrize("change", [_trained_bias, _trained_kernel, _pruned])
def test_one_that_something_happened_to_is_not(change: Any) -> None:
    """A bias that moved, another distribution, or weights cut out of it."""
    layer = frozen(kl.Dense(30, kernel_initializer=keras.initializers.GlorotUniform(seed=1)))
    change(layer)

    assert as_initialized(layer) is False


@pytest.mark.parametrize(
    "layer",
    [
        kl.Dense(30),
        frozen(kl.Dense(30, kernel_initializer="orthogonal")),
        frozen(kl.Dense(30), (None, 1)),
        frozen(kl.BatchNormalization()),
    ],
    ids=["trainable", "another scheme", "few weights", "no kernel"],
)
def test_what_cannot_be_told_is_none(layer: Any) -> None:
    """No guess where the scheme is not known."""
    assert as_initialized(layer) is None


def test_it_is_among_the_facts_of_the_layer() -> None:
    """Of frozen layers alone."""
    base = kl.Dense(20, trainable=False, kernel_initializer=keras.initializers.GlorotUniform(seed=1), name="base")
    made = keras.Sequential([keras.Input((30,)), base, kl.Dense(2, name="head")])

    assert {"base": True, "head": None} == {
        layer["name"]: layer.get("as_initialized") for layer in model_facts(made)["layers"] if layer["layer"] == "Dense"
    }


def test_a_model_that_was_trained_before_is_told_from_a_new_one() -> None:
    """By the share of its trainable kernels that are not as they were made; loaded weights count alike."""
    seeds = [keras.initializers.GlorotUniform(seed=seed) for seed in range(4)]
    made = keras.Sequential([keras.Input((40,)), *(kl.Dense(30, "relu", kernel_initializer=seed) for seed in seeds)])
    new = model_facts(made)["changed_weights"]
    made.set_weights([weight + np.random.default_rng(0).normal(size=weight.shape) for weight in made.get_weights()])

    assert (0.0, 1.0) == (new, model_facts(made)["changed_weights"])
    assert changed_share([kl.Flatten(), frozen(kl.Dense(30))]) is None
