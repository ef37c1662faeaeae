from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers as kl

from trackexp.keras.facts.outputs import activation_of, is_graph, output_facts


def sequential(*layers: Any, built: bool = True) -> keras.Model:
    """Return a Sequential, with or without an Input."""
    return keras.Sequential([keras.Input((6,)), *layers] if built else list(layers))


def functional(make: Callable[[Any], Any]) -> keras.Model:
    """Return a functional model of six inputs."""
    inputs = keras.Input((6,))
    return keras.Model(inputs, make(inputs))


def shouting(x: Any) -> Any:
    """Stand for a user's own activation."""
    return x * 2


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize(
    ("tail", "activation", "chain"),
    [
        ([kl.Dense(3, "softmax")], "softmax", ["softmax"]),
        ([kl.Dense(3)], "linear", ["linear"]),
        ([kl.Dense(3), kl.Activation("softmax")], "softmax", ["softmax", "linear"]),
        ([kl.Dense(3), kl.Activation("linear"), kl.Softmax()], "softmax", ["softmax", "linear"]),
        ([kl.Dense(3, "softmax"), kl.Softmax()], "softmax", ["softmax", "softmax"]),
        ([kl.Dense(3, "relu"), kl.Activation("sigmoid")], "sigmoid", ["sigmoid", "relu"]),
        ([kl.Dense(3), kl.LeakyReLU()], "leaky_relu", ["leaky_relu", "linear"]),
        ([kl.Dense(3, kl.LeakyReLU())], "leaky_relu", ["leaky_relu"]),
        ([kl.Dense(3), kl.ReLU()], "relu", ["relu", "linear"]),
        (
            [kl.Dense(4, "sigmoid"), kl.Dropout(0.1), kl.Reshape((2, 2)), kl.Flatten(), kl.Identity()],
            "sigmoid",
            ["sigmoid"],
        ),
        ([kl.Dense(3, keras.activations.tanh), kl.Rescaling(2.0, 1.0)], "tanh", ["tanh"]),
        ([kl.Dense(3, "relu"), kl.BatchNormalization()], "linear", ["linear"]),
        ([kl.Dense(3, shouting)], None, [None]),
        ([kl.Dense(3, lambda x: x)], None, [None]),
        ([kl.Dense(3, "sigmoid"), kl.Lambda(shouting)], None, [None]),
        ([keras.Sequential([kl.Dense(3, "softmax")])], "softmax", ["softmax"]),
        ([keras.Sequential([kl.Dense(3, "softmax")]), keras.Sequential([kl.Flatten()])], "softmax", ["softmax"]),
        ([kl.Reshape((6, 1)), kl.LSTM(2)], "tanh", ["tanh"]),
        ([kl.Reshape((6, 1)), kl.Bidirectional(kl.GRU(2, return_sequences=True))], "tanh", ["tanh"]),
        ([kl.Reshape((6, 1)), kl.TimeDistributed(kl.Dense(2, "sigmoid"))], "sigmoid", ["sigmoid"]),
        ([kl.Reshape((3, 2)), kl.Dense(4, "sigmoid"), kl.GlobalAveragePooling1D()], "sigmoid", ["sigmoid"]),
    ],
)
def test_the_last_effective_activation_is_found_through_what_does_not_change_it(
    tail: list[Any], activation: str | None, chain: list[str | None], built: bool
) -> None:
    """Whether the model is built or not, the activation that shapes the output is named, and all before it."""
    rebuilt = [layer.__class__.from_config(layer.get_config()) if _plain(layer) else layer for layer in tail]
    (facts,) = output_facts(sequential(*rebuilt, built=built))

    assert (activation, chain) == (facts["activation"], facts["activations"])


def _plain(layer: Any) -> bool:
    return isinstance(layer, kl.Dropout | kl.Flatten | kl.Reshape)


def test_what_lies_between_output_and_head_is_told() -> None:
    """Scale and offset of a Rescaling, the classes passed and the layer with the weights are in the facts."""
    (facts,) = output_facts(sequential(kl.Dense(3, "tanh", name="head"), kl.Dropout(0.2), kl.Rescaling(2.0, 1.0)))

    assert ("head", ["Rescaling", "Dropout"], [[2.0, 1.0]], 3, [None, 3]) == (
        facts["head"],
        facts["passed"],
        facts["scales"],
        facts["units"],
        facts["shape"],
    )


def test_a_softmax_layer_tells_its_axis() -> None:
    """A softmax over the batch axis can be told from one over the classes."""
    (wrong,) = output_facts(sequential(kl.Dense(3), kl.Softmax(axis=0)))
    (right,) = output_facts(sequential(kl.Dense(3), kl.Softmax()))

    assert (0, -1) == (wrong["axis"], right["axis"])


@pytest.mark.parametrize(
    ("make", "activation"),
    [
        (lambda x: keras.ops.sigmoid(kl.Dense(2)(x)), "sigmoid"),
        (lambda x: keras.ops.softmax(kl.Dense(2)(x)), "softmax"),
        (lambda x: kl.Add()([kl.Dense(2)(x), kl.Dense(2)(x)]), "linear"),
        (lambda x: kl.Add()([kl.Dense(2, "sigmoid")(x), kl.Dense(2)(x)]), None),
        (lambda x: kl.Add()([kl.Dense(2, "sigmoid")(x), kl.Dense(2, "sigmoid")(x)]), None),
        (lambda x: kl.Concatenate()([kl.Dense(2, "sigmoid")(x), kl.Dense(1, "sigmoid")(x)]), "sigmoid"),
        (lambda x: kl.Concatenate()([kl.Dense(2, "sigmoid")(x), kl.Dense(1)(x)]), None),
        (lambda x: kl.Multiply()([kl.Dense(2, "sigmoid")(x), kl.Dense(2)(x)]), None),
        (lambda x: kl.Dense(2, "sigmoid")(x) * 3.0, None),
        (lambda x: keras.ops.reshape(kl.Dense(2, "sigmoid")(x), (-1, 1, 2)), "sigmoid"),
        (lambda x: kl.MultiHeadAttention(1, 2)(kl.Reshape((3, 2))(x), kl.Reshape((3, 2))(x)), "linear"),
        (lambda x: x, "linear"),
    ],
)
def test_operations_and_branches_are_followed(make: Callable[[Any], Any], activation: str | None) -> None:
    """What all branches agree on is said, and where they do not, nothing is."""
    (facts,) = output_facts(functional(make))

    assert activation == facts["activation"]


def test_a_nested_model_is_walked_into_and_out_of() -> None:
    """A nested model without weights hands the walk on to the layer that feeds it."""
    neutral = keras.Sequential([keras.Input((3,)), kl.Dropout(0.1)])
    two = functional(lambda x: [kl.Dense(2, "relu", name="first")(x), kl.Dense(3, "softmax", name="second")(x)])

    (through,) = output_facts(functional(lambda x: neutral(kl.Dense(3, "softmax", name="head")(x))))
    (second,) = output_facts(functional(lambda x: two(x)[1]))

    assert [("softmax", "head"), ("softmax", "second")] == [
        (facts["activation"], facts["head"]) for facts in (through, second)
    ]


def test_outputs_come_in_keras_order_with_their_names() -> None:
    """Several outputs are told one by one."""
    model = functional(lambda x: {"b": kl.Dense(2, "relu", name="b")(x), "a": kl.Dense(1, name="a")(x)})

    assert [(name, {"a": "linear", "b": "relu"}[name]) for name in model.output_names] == [
        (facts["name"], facts["activation"]) for facts in output_facts(model)
    ]


class Own(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.head = kl.Dense(2, "softmax")

    def call(self, x: Any) -> Any:
        return self.head(x)


class OwnDense(kl.Dense):
    def call(self, x: Any) -> Any:
        return keras.ops.relu(super().call(x))


class RenamedDense(kl.Dense):
    """Changes nothing."""


def test_what_a_users_own_call_hides_is_unknown() -> None:
    """A subclassed model has no outputs here, a layer with its own call no known activation."""
    own = output_facts(Own())
    hidden = output_facts(sequential(OwnDense(2, activation="softmax")))[0]["activation"]
    nested = output_facts(sequential(Own()))[0]["activation"]
    same = output_facts(sequential(RenamedDense(2, activation="softmax")))[0]["activation"]

    assert ([], None, None, "softmax") == (own, hidden, nested, same)


def test_a_ladder_of_sums_ends_the_walk_in_bounded_time() -> None:
    """Forty doublings would be 2⁴⁰ paths; the walk gives up and says so with None."""

    def ladder(x: Any) -> Any:
        x = kl.Dense(2)(x)
        for _ in range(40):
            x = kl.Add()([x, x])
        return x

    (facts,) = output_facts(functional(ladder))

    assert facts["activation"] is None


def test_graphs_are_told_from_code() -> None:
    """A subclass that only replaces train_step keeps its graph."""

    class Trained(keras.Model):
        def train_step(self, *args: Any) -> Any:
            return super().train_step(*args)

    inputs = keras.Input((2,))

    assert (True, False) == (is_graph(Trained(inputs, kl.Dense(1)(inputs))), is_graph(Own()))


def test_a_layer_without_activation_has_none() -> None:
    """Flatten applies nothing, Softmax applies itself."""
    assert (None, "softmax", "linear") == (
        activation_of(kl.Flatten()),
        activation_of(kl.Softmax()),
        activation_of(kl.Dense(1)),
    )
