from __future__ import annotations

import json
from functools import partial
from typing import Any

import keras
import pytest
from keras import layers as kl

from trackexp.keras.facts import compile_facts


def compiled(units: int = 3, **arguments: Any) -> keras.Model:
    """Return a compiled model of one layer."""
    model = keras.Sequential([keras.Input((4,)), kl.Dense(units)])
    model.compile("sgd", **arguments)
    return model


def own_loss(y_true: Any, y_pred: Any) -> Any:
    """Stand for a user's own loss."""
    return keras.ops.mean(keras.ops.square(y_true - y_pred), axis=-1)


class OwnLoss(keras.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return own_loss(y_true, y_pred)


@pytest.mark.parametrize(
    ("loss", "identifier", "from_logits", "custom"),
    [
        ("mse", "mean_squared_error", None, False),
        ("bce", "binary_crossentropy", False, False),
        ("kld", "kl_divergence", None, False),
        ("KLDivergence", "kl_divergence", None, False),
        ("sparse_categorical_crossentropy", "sparse_categorical_crossentropy", False, False),
        ("CategoricalCrossentropy", "categorical_crossentropy", False, False),
        (keras.losses.categorical_crossentropy, "categorical_crossentropy", False, False),
        (partial(keras.losses.categorical_crossentropy, from_logits=True), "categorical_crossentropy", True, False),
        (keras.losses.BinaryCrossentropy(from_logits=True), "binary_crossentropy", True, False),
        (keras.losses.SparseCategoricalCrossentropy(), "sparse_categorical_crossentropy", False, False),
        (keras.losses.Huber(delta=2.0), "huber", None, False),
        (own_loss, "own_loss", None, True),
        (OwnLoss(), "own_loss", None, True),
        (lambda y, p: own_loss(y, p), "<lambda>", None, True),
    ],
)
def test_a_loss_is_named_whatever_form_it_has(
    loss: Any, identifier: str, from_logits: bool | None, custom: bool
) -> None:
    """A string, a function, an object and a user's own come out as one identifier, with what it says of logits."""
    facts = compile_facts(compiled(loss=loss))
    (found,) = facts["losses"]

    assert (identifier, from_logits, custom, identifier) == (
        found["identifier"],
        found["from_logits"],
        found["custom"],
        facts["loss"],
    )


@pytest.mark.parametrize(
    ("units", "target", "identifier"),
    [
        (1, [None, 1], "binary_crossentropy"),
        (3, [None], "sparse_categorical_crossentropy"),
        (3, [None, 1], "sparse_categorical_crossentropy"),
        (3, [None, 3], "categorical_crossentropy"),
        (3, None, "crossentropy"),
    ],
)
def test_crossentropy_is_resolved_as_keras_will(units: int, target: Any, identifier: str) -> None:
    """The shorthand becomes the loss that the shapes call for, and stays as it is while they are unknown."""
    facts = compile_facts(compiled(units, loss="crossentropy"), [target])

    assert identifier == facts["loss"]


def test_label_smoothing_and_reduction_are_told() -> None:
    """Arguments of a loss object are in its config."""
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1, reduction="sum")
    (found,) = compile_facts(compiled(loss=loss))["losses"]

    assert (0.1, "sum") == (found["config"]["label_smoothing"], found["config"]["reduction"])


def two_outputs(**arguments: Any) -> keras.Model:
    """Return a compiled model of two outputs."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [kl.Dense(1, name="flag")(inputs), kl.Dense(2, name="value")(inputs)])
    model.compile("adam", **arguments)
    return model


@pytest.mark.parametrize(
    ("loss", "weights", "expected"),
    [
        ("mse", None, [("flag", "mean_squared_error", None), ("value", "mean_squared_error", None)]),
        (["bce", "mse"], [0.5, 2.0], [("flag", "binary_crossentropy", 0.5), ("value", "mean_squared_error", 2.0)]),
        (
            {"value": "mse", "flag": "bce"},
            {"value": 2.0, "flag": 0.5},
            [("flag", "binary_crossentropy", 0.5), ("value", "mean_squared_error", 2.0)],
        ),
        (["bce", None], None, [("flag", "binary_crossentropy", None)]),
    ],
)
def test_each_output_has_its_loss_and_weight(loss: Any, weights: Any, expected: list[Any]) -> None:
    """One loss for all, a list and a mapping are told in the order of the outputs."""
    facts = compile_facts(two_outputs(loss=loss, loss_weights=weights))

    assert expected == [(found["output"], found["identifier"], found["weight"]) for found in facts["losses"]]


def test_a_model_that_is_not_compiled_says_nothing() -> None:
    """No compile, no facts."""
    assert {} == compile_facts(keras.Sequential([kl.Dense(1)]))


def test_a_model_without_loss_has_none() -> None:
    """Where the model adds its losses itself there is nothing to name."""
    facts = compile_facts(compiled())

    assert ("", []) == (facts["loss"], facts["losses"])


def test_how_it_runs_is_told() -> None:
    """Eager mode and steps per execution are plain values, all of it JSON."""
    facts = compile_facts(compiled(loss="mse", run_eagerly=True, steps_per_execution=4))
    json.dumps(facts, allow_nan=False)

    assert (True, 4, False) == (facts["run_eagerly"], facts["steps_per_execution"], facts["jit_compile"])


def test_nothing_of_keras_is_created() -> None:
    """The next loss and metric objects are called what they would have been called."""
    keras.utils.clear_session()
    model = compiled(loss="MeanSquaredError", metrics=["accuracy", "mae"])
    compile_facts(model, [[None]])

    assert ("mean_squared_error", "mean_absolute_error") == (
        keras.losses.MeanSquaredError().name,
        keras.metrics.MeanAbsoluteError().name,
    )
