from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from trackexp.keras.facts.metrics import metric_facts


def compiled(units: int = 3, loss: str = "mse", **arguments: Any) -> keras.Model:
    """Return a compiled model of one layer."""
    model = keras.Sequential([keras.Input((4,)), kl.Dense(units)])
    model.compile("sgd", loss, **arguments)
    return model


def own_score(y_true: Any, y_pred: Any) -> Any:
    """Stand for a user's own metric."""
    return keras.ops.mean(y_pred, axis=-1)


@pytest.mark.parametrize(
    ("metric", "identifier", "direction", "threshold"),
    [
        ("mae", "mean_absolute_error", "min", None),
        ("binary_accuracy", "binary_accuracy", "max", 0.5),
        ("AUC", "auc", "max", None),
        (keras.metrics.BinaryAccuracy(threshold=0.0), "binary_accuracy", "max", 0.0),
        (keras.metrics.Precision(thresholds=0.7), "precision", "max", 0.7),
        (keras.metrics.Precision(), "precision", "max", 0.5),
        ("precision", "precision", "max", 0.5),
        (keras.metrics.MeanSquaredError(), "mean_squared_error", "min", None),
        (keras.metrics.categorical_accuracy, "categorical_accuracy", "max", None),
        (own_score, "own_score", "max", None),
    ],
)
def test_a_metric_is_named_with_direction_and_threshold(
    metric: Any, identifier: str, direction: str | None, threshold: float | None
) -> None:
    """Strings, objects and functions come out alike."""
    (found,) = metric_facts(compiled(metrics=[metric]), [[None, 3]], [[None, 3]])

    assert (identifier, direction, threshold) == (found["identifier"], found["direction"], found["threshold"])


@pytest.mark.parametrize(
    ("units", "targets", "built"),
    [
        (1, (8,), "BinaryAccuracy"),
        (1, (8, 1), "BinaryAccuracy"),
        (3, (8,), "SparseCategoricalAccuracy"),
        (3, (8, 1), "SparseCategoricalAccuracy"),
        (3, (8, 3), "CategoricalAccuracy"),
    ],
)
def test_accuracy_is_what_keras_makes_of_it(units: int, targets: tuple[int, ...], built: str) -> None:
    """The resolved name is the class that Keras itself builds in fit."""
    model = compiled(units, "crossentropy", metrics=["acc"])
    (found,) = metric_facts(model, [[None, units]], [targets])
    model.fit(np.zeros((8, 4)), np.zeros(targets), verbose=0)
    (keras_own,) = model._compile_metrics.metrics

    assert (built, "acc") == (type(keras_own).__name__, found["name"])
    assert (
        found["identifier"]
        == {
            "BinaryAccuracy": "binary_accuracy",
            "CategoricalAccuracy": "categorical_accuracy",
            "SparseCategoricalAccuracy": "sparse_categorical_accuracy",
        }[built]
    )


def test_accuracy_stays_open_while_the_targets_are_unknown() -> None:
    """Over several units the shape of the targets decides; without it nothing is guessed."""
    (found,) = metric_facts(compiled(metrics=["accuracy"]), [[None, 3]], [])

    assert "accuracy" == found["identifier"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"metrics": ["mae", "mse"]},
        {"metrics": [["mae"], ["mse", "mae"]]},
        {"metrics": {"b": ["mae", keras.metrics.MeanSquaredError()], "a": "mse"}},
        {"metrics": {"a": ["mse"]}, "weighted_metrics": {"a": ["mse"], "b": ["mae"]}},
    ],
)
def test_names_are_those_of_the_logs(arguments: dict[str, Any]) -> None:
    """Prefixed by the output and told apart as in the history of a real fit."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, [kl.Dense(1, name="a")(inputs), kl.Dense(1, name="b")(inputs)])
    if isinstance(arguments["metrics"], list) and isinstance(arguments["metrics"][0], str):
        arguments = {"metrics": [arguments["metrics"], arguments["metrics"]]}
    model.compile("sgd", "mse", **arguments)
    names = [found["name"] for found in metric_facts(model, [], [])]
    logs = model.fit(np.zeros((4, 4)), [np.zeros((4, 1))] * 2, sample_weight=[np.ones(4)] * 2, verbose=0).history

    assert {key for key in logs if key not in ("loss", "a_loss", "b_loss")} == set(names)


def test_weighted_metrics_are_marked() -> None:
    """A metric that heeds sample weights is told from one that does not."""
    found = metric_facts(compiled(metrics=["mae"], weighted_metrics=["mse"]), [], [])

    assert [("mae", False), ("mse", True)] == [(metric["name"], metric["weighted"]) for metric in found]


def test_a_metric_on_logits_says_so() -> None:
    """from_logits of a metric is told where it has such an argument."""
    metrics = [keras.metrics.BinaryCrossentropy(from_logits=True), keras.metrics.AUC(from_logits=True), "mae"]

    assert [True, True, None] == [m["from_logits"] for m in metric_facts(compiled(1, metrics=metrics), [], [])]
