from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest
from keras import layers as L

from trackexp.keras.facts.outputs import activation_of, is_graph, output_facts


def sequential(*layers: Any, built: bool = True) -> keras.Model:
    return keras.Sequential([keras.Input((6,)), *layers] if built else list(layers))


def functional(make: Callable[[Any], Any]) -> keras.Model:
    inputs = keras.Input((6,))
    return keras.Model(inputs, make(inputs))


def shouting(x: Any) -> Any:
    return x * 2


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize(
    ("tail", "activation", "chain"),
    [
        ([L.Dense(3, "softmax")], "softmax", ["softmax"]),
        ([L.Dense(3)], "linear", ["linear"]),
        ([L.Dense(3), L.Activation("softmax")], "softmax", ["softmax", "linear"]),
        ([L.Dense(3), L.Activation("linear"), L.Softmax()], "softmax", ["softmax", "linear"]),
        ([L.Dense(3, "softmax"), L.Softmax()], "softmax", ["softmax", "softmax"]),
        ([L.Dense(3, "relu"), L.Activation("sigmoid")], "sigmoid", ["sigmoid", "relu"]),
        ([L.Dense(3), L.LeakyReLU()], "leaky_relu", ["leaky_relu", "linear"]),
        ([L.Dense(3, L.LeakyReLU())], "leaky_relu", ["leaky_relu"]),
        ([L.Dense(3), L.ReLU()], "relu", ["relu", "linear"]),
        ([L.Dense(4, "sigmoid"), L.Dropout(0.1), L.Reshape((2, 2)), L.Flatten(), L.Identity()], "sigmoid", ["sigmoid"]),
        ([L.Dense(3, keras.activations.tanh), L.Rescaling(2.0, 1.0)], "tanh", ["tanh"]),
        ([L.Dense(3, "relu"), L.BatchNormalization()], "linear", ["linear"]),
        ([L.Dense(3, shouting)], None, [None]),
        ([L.Dense(3, lambda x: x)], None, [None]),
        ([L.Dense(3, "sigmoid"), L.Lambda(shouting)], None, [None]),
        ([keras.Sequential([L.Dense(3, "softmax")])], "softmax", ["softmax"]),
        ([keras.Sequential([L.Dense(3, "softmax")]), keras.Sequential([L.Flatten()])], "softmax", ["softmax"]),
        ([L.Reshape((6, 1)), L.LSTM(2)], "tanh", ["tanh"]),
        ([L.Reshape((6, 1)), L.Bidirectional(L.GRU(2, return_sequences=True))], "tanh", ["tanh"]),
        ([L.Reshape((6, 1)), L.TimeDistributed(L.Dense(2, "sigmoid"))], "sigmoid", ["sigmoid"]),
        ([L.Reshape((3, 2)), L.Dense(4, "sigmoid"), L.GlobalAveragePooling1D()], "sigmoid", ["sigmoid"]),
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
    return isinstance(layer, L.Dropout | L.Flatten | L.Reshape)


def test_what_lies_between_output_and_head_is_told() -> None:
    """Scale and offset of a Rescaling, the classes passed and the layer with the weights are in the facts."""
    (facts,) = output_facts(sequential(L.Dense(3, "tanh", name="head"), L.Dropout(0.2), L.Rescaling(2.0, 1.0)))

    assert ("head", ["Rescaling", "Dropout"], [[2.0, 1.0]], 3, [None, 3]) == (
        facts["head"],
        facts["passed"],
        facts["scales"],
        facts["units"],
        facts["shape"],
    )


def test_a_softmax_layer_tells_its_axis() -> None:
    """A softmax over the batch axis can be told from one over the classes."""
    (wrong,) = output_facts(sequential(L.Dense(3), L.Softmax(axis=0)))
    (right,) = output_facts(sequential(L.Dense(3), L.Softmax()))

    assert (0, -1) == (wrong["axis"], right["axis"])


@pytest.mark.parametrize(
    ("make", "activation"),
    [
        (lambda x: keras.ops.sigmoid(L.Dense(2)(x)), "sigmoid"),
        (lambda x: keras.ops.softmax(L.Dense(2)(x)), "softmax"),
        (lambda x: L.Add()([L.Dense(2)(x), L.Dense(2)(x)]), "linear"),
        (lambda x: L.Add()([L.Dense(2, "sigmoid")(x), L.Dense(2)(x)]), None),
        (lambda x: L.Add()([L.Dense(2, "sigmoid")(x), L.Dense(2, "sigmoid")(x)]), None),
        (lambda x: L.Concatenate()([L.Dense(2, "sigmoid")(x), L.Dense(1, "sigmoid")(x)]), "sigmoid"),
        (lambda x: L.Concatenate()([L.Dense(2, "sigmoid")(x), L.Dense(1)(x)]), None),
        (lambda x: L.Multiply()([L.Dense(2, "sigmoid")(x), L.Dense(2)(x)]), None),
        (lambda x: L.Dense(2, "sigmoid")(x) * 3.0, None),
        (lambda x: keras.ops.reshape(L.Dense(2, "sigmoid")(x), (-1, 1, 2)), "sigmoid"),
        (lambda x: L.MultiHeadAttention(1, 2)(L.Reshape((3, 2))(x), L.Reshape((3, 2))(x)), "linear"),
        (lambda x: x, "linear"),
    ],
)
def test_operations_and_branches_are_followed(make: Callable[[Any], Any], activation: str | None) -> None:
    """What all branches agree on is said, and where they do not, nothing is."""
    (facts,) = output_facts(functional(make))

    assert activation == facts["activation"]


def test_a_nested_model_is_walked_into_and_out_of() -> None:
    """A nested model without weights hands the walk on to the layer that feeds it."""
    neutral = keras.Sequential([keras.Input((3,)), L.Dropout(0.1)])
    two = functional(lambda x: [L.Dense(2, "relu", name="first")(x), L.Dense(3, "softmax", name="second")(x)])

    (through,) = output_facts(functional(lambda x: neutral(L.Dense(3, "softmax", name="head")(x))))
    (second,) = output_facts(functional(lambda x: two(x)[1]))

    assert [("softmax", "head"), ("softmax", "second")] == [
        (facts["activation"], facts["head"]) for facts in (through, second)
    ]


def test_outputs_come_in_keras_order_with_their_names() -> None:
    """Several outputs are told one by one."""
    model = functional(lambda x: {"b": L.Dense(2, "relu", name="b")(x), "a": L.Dense(1, name="a")(x)})

    assert [(name, {"a": "linear", "b": "relu"}[name]) for name in model.output_names] == [
        (facts["name"], facts["activation"]) for facts in output_facts(model)
    ]


class Own(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.head = L.Dense(2, "softmax")

    def call(self, x: Any) -> Any:
        return self.head(x)


class OwnDense(L.Dense):
    def call(self, x: Any) -> Any:
        return keras.ops.relu(super().call(x))


class RenamedDense(L.Dense):
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
        x = L.Dense(2)(x)
        for _ in range(40):
            x = L.Add()([x, x])
        return x

    (facts,) = output_facts(functional(ladder))

    assert facts["activation"] is None


def test_graphs_are_told_from_code() -> None:
    """A subclass that only replaces train_step keeps its graph."""

    class Trained(keras.Model):
        def train_step(self, *args: Any) -> Any:
            return super().train_step(*args)

    inputs = keras.Input((2,))

    assert (True, False) == (is_graph(Trained(inputs, L.Dense(1)(inputs))), is_graph(Own()))


def test_a_layer_without_activation_has_none() -> None:
    """Flatten applies nothing, Softmax applies itself."""
    assert (None, "softmax", "linear") == (
        activation_of(L.Flatten()),
        activation_of(L.Softmax()),
        activation_of(L.Dense(1)),
    )
