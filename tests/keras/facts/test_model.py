from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
from keras import layers as kl

from trackexp.keras.facts import model_facts
from trackexp.keras.facts.model import MAX_LAYERS


def layers_of(model: keras.Model) -> dict[str, Any]:
    """Return the facts of the layers by name."""
    return {layer["name"]: layer for layer in model_facts(model)["layers"]}


def test_a_sequential_model_is_told_whole() -> None:
    """Kind, counts, shapes and backend stand as Keras has them."""
    model = keras.Sequential(
        [keras.Input((8,), name="row"), kl.Dense(4, "relu"), kl.Dense(3, trainable=False)], name="net"
    )
    facts = model_facts(model)

    assert {
        "name": "net",
        "kind": "sequential",
        "model": "Sequential",
        "keras": keras.__version__,
        "backend": keras.config.backend(),
        "dtype_policy": "float32",
        "built": True,
        "parameters": model.count_params(),
        "trainable_parameters": 36,
        "inputs": [[None, 8]],
        "input_names": ["row"],
        "overrides": [],
    } == {key: value for key, value in facts.items() if key not in ("layers", "outputs")}


def test_an_unbuilt_model_stays_unbuilt() -> None:
    """Nothing is built for the facts: weights come into being when Keras makes them."""
    model = keras.Sequential([kl.Dense(4, "relu"), kl.Dense(3, "softmax")])
    facts = model_facts(model)

    assert (False, 0, [], None, 3) == (
        model.built,
        facts["parameters"],
        facts["inputs"],
        facts["outputs"][0]["shape"],
        facts["outputs"][0]["units"],
    )


def test_the_graph_is_in_the_layers() -> None:
    """Each layer names those that feed it, operations between layers among them, and how often it is used."""
    inputs = keras.Input((4,), name="in")
    shared = kl.Dense(4, name="shared")
    product = shared(shared(inputs)) * kl.Dense(4, "tanh", name="gate")(inputs)
    layers = layers_of(keras.Model(inputs, kl.Dense(1, name="out")(product)))
    (multiply,) = (layer for layer in layers.values() if layer["layer"] == "Multiply")

    assert (["in", "shared"], 2, {"shared", "gate"}, [multiply["name"]]) == (
        sorted(layers["shared"]["inputs"]),
        layers["shared"]["calls"],
        set(multiply["inputs"]),
        layers["out"]["inputs"],
    )


def test_nested_layers_follow_the_one_that_holds_them() -> None:
    """A nested model, and what a recurrent or attention layer is made of, stand one deeper."""
    inner = keras.Sequential([keras.Input((4, 2)), kl.LSTM(3, name="lstm")], name="inner")
    facts = model_facts(keras.Sequential([inner, kl.Dense(1, name="out")]))

    assert [("inner", 0), ("lstm", 1), ("out", 0)] == [
        (layer["name"], layer["depth"]) for layer in facts["layers"] if layer["name"] in ("inner", "lstm", "out")
    ]


def test_arguments_that_rules_read_are_in_config() -> None:
    """Rates, vocabulary sizes and unusual initializers are told, the layer's default initializer is not."""
    layers = layers_of(
        keras.Sequential(
            [
                keras.Input((5,)),
                kl.Embedding(30, 4, name="words"),
                kl.Dropout(0.5, name="drop"),
                kl.Dense(2, kernel_initializer=keras.initializers.Constant(0.1), kernel_regularizer="l2", name="dense"),
                kl.BatchNormalization(name="norm"),
            ]
        )
    )

    assert (30, 0.5, {"identifier": "constant", "value": 0.1}, {"identifier": "l2", "l2": 0.01}, 0.99, False) == (
        layers["words"]["config"]["input_dim"],
        layers["drop"]["config"]["rate"],
        layers["dense"]["config"]["kernel_initializer"],
        layers["dense"]["config"]["kernel_regularizer"],
        layers["norm"]["config"]["momentum"],
        "bias_initializer" in layers["dense"]["config"],
    )


class Own(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = [kl.Dense(3, "relu", name="hidden")]
        self.head = kl.Dense(1, name="head")

    def call(self, x: Any) -> Any:
        return self.head(self.hidden[0](x))

    def train_step(self, *args: Any) -> Any:
        return super().train_step(*args)


def test_a_subclassed_model_lists_its_layers() -> None:
    """Its layers and what it overrides are known, inputs and outputs are not."""
    facts = model_facts(Own())

    assert ("subclassed", {"hidden", "head"}, [], [], ["call", "train_step"]) == (
        facts["kind"],
        {layer["name"] for layer in facts["layers"]},
        facts["inputs"],
        facts["outputs"],
        facts["overrides"],
    )


def test_mixed_precision_and_several_inputs_are_told() -> None:
    """The dtype policy is that of the model, inputs stand in its order."""
    left, right = keras.Input((2,)), keras.Input((3,))
    model = keras.Model([left, right], kl.Concatenate(dtype="mixed_float16")([left, right]))

    assert [[None, 2], [None, 3]] == model_facts(model)["inputs"]


def test_very_many_layers_are_bounded() -> None:
    """Beyond two thousand, layers are counted, no longer listed; the rest stays JSON."""
    model = keras.Model()
    model.many = [kl.Identity() for _ in range(MAX_LAYERS + 7)]
    facts = model_facts(model)
    json.dumps(facts, allow_nan=False)

    assert (MAX_LAYERS, 7) == (len(facts["layers"]), facts["layers_omitted"])


def test_no_layer_name_is_used_up() -> None:
    """The next layer is called what it would have been called."""
    keras.utils.clear_session()
    model = keras.Sequential([keras.Input((2,)), kl.Dense(1)])
    model_facts(model)

    assert "dense_1" == kl.Dense(1).name


def test_counts_are_plain_numbers() -> None:
    """Everything survives JSON with numpy scalars among a layer's arguments."""
    model = keras.Sequential(
        [keras.Input((2,)), kl.Rescaling(np.float32(0.5)), kl.Dropout(np.float64(0.1)), kl.Dense(1)]
    )

    assert model_facts(model) == json.loads(json.dumps(model_facts(model), allow_nan=False))


class Adding(kl.Layer):
    """Adds to the loss by a method of its own."""

    def call(self, z: Any) -> Any:
        return self._penalised(z)

    def _penalised(self, z: Any) -> Any:
        self.add_loss(keras.ops.mean(z))
        return z


def test_losses_that_are_added_are_named() -> None:
    """Of a layer of the user's whose methods name `add_loss`, and of the model around it; of no other."""
    made = keras.Sequential([keras.Input((4,)), kl.Dense(2, activity_regularizer="l2"), Adding()])
    facts = model_facts(made)

    assert [None, True] == [layer.get("adds_loss") for layer in facts["layers"][-2:]]
    assert facts["adds_loss"]
    assert "adds_loss" not in model_facts(keras.Sequential([keras.Input((4,)), kl.Dense(2)]))
