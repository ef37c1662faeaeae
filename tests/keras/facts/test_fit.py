from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from trackexp.keras.facts import fit_facts


class Rows(keras.utils.PyDataset):
    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> Any:
        raise AssertionError("must not be drawn")


def batches() -> Iterator[Any]:
    """Fail when a batch is drawn."""
    raise AssertionError("must not be drawn")
    yield


def test_defaults_are_those_of_keras() -> None:
    """Arguments that were not passed read as Keras's defaults, the number of batches as it follows from them."""
    facts = fit_facts({"x": np.zeros((100, 2)), "y": np.zeros(100)}, 3)

    assert {
        "index": 3,
        "source": "arrays",
        "batch_size": 32,
        "epochs": 1,
        "initial_epoch": 0,
        "steps_per_epoch": None,
        "batches": 4,
        "shuffle": True,
        "validation": "none",
        "validation_split": 0.0,
        "validation_freq": 1,
        "validation_steps": None,
        "class_weight": None,
        "sample_weight": False,
        "callbacks": [],
        "loader": {"batch_size": 32, "drop_last": False, "workers": 0, "rows": 100},
    } == facts


@pytest.mark.parametrize(
    ("make", "source", "count"),
    [
        (lambda: np.zeros((64, 2)), "arrays", 2),
        (lambda: {"a": np.zeros((33, 2))}, "arrays", 2),
        (lambda: [np.zeros((64, 2)), np.zeros((64, 3))], "arrays", 2),
        (lambda: Rows(), "pydataset", 5),
        (batches, "generator", None),
        (object, "unknown", None),
        (lambda: None, "unknown", None),
    ],
)
def test_the_source_is_told_without_drawing_from_it(make: Any, source: str, count: int | None) -> None:
    """A stream is named and asked for its length, and not a batch is taken."""
    facts = fit_facts({"x": make()}, 0)

    assert (source, count) == (facts["source"], facts["batches"])


@pytest.mark.parametrize(
    ("arguments", "validation", "count"),
    [
        ({"validation_split": 0.25}, "split", 3),
        ({"validation_data": (np.zeros((5, 2)), np.zeros(5)), "validation_split": 0.25}, "arrays", 4),
        ({"validation_data": Rows()}, "stream", 4),
        ({"validation_data": np.zeros((5, 2))}, "arrays", 4),
        ({"steps_per_epoch": 7}, "none", 7),
    ],
)
def test_validation_is_told(arguments: dict[str, Any], validation: str, count: int) -> None:
    """A split, arrays and streams are told apart; a split leaves fewer batches."""
    facts = fit_facts({"x": np.zeros((100, 2)), "y": np.zeros(100), **arguments}, 0)

    assert (validation, count) == (facts["validation"], facts["batches"])


def test_weights_and_frequency_are_plain() -> None:
    """Class weights with numpy keys, a list of validation epochs and sample weights end as JSON."""
    facts = fit_facts(
        {
            "x": np.zeros((4, 2)),
            "class_weight": {np.int64(0): np.float32(0.5), 1: 2},
            "sample_weight": np.ones(4),
            "validation_freq": [1, 2],
        },
        0,
    )
    json.dumps(facts, allow_nan=False)

    assert ({"0": 0.5, "1": 2.0}, True, None) == (
        facts["class_weight"],
        facts["sample_weight"],
        facts["validation_freq"],
    )


def test_callbacks_are_told_by_their_arguments() -> None:
    """What was passed to a callback is there, what it keeps for itself is not, functions are names."""

    def warm_up(epoch: int, rate: float) -> float:
        return rate

    callbacks = [
        keras.callbacks.EarlyStopping(monitor="val_loss", mode="max", patience=1),
        keras.callbacks.LearningRateScheduler(warm_up),
        keras.callbacks.TerminateOnNaN(),
    ]
    early, rate, nan = fit_facts({"x": None, "callbacks": callbacks}, 0)["callbacks"]

    assert ("EarlyStopping", "val_loss", "max", 1, False) == (
        early["callback"],
        early["config"]["monitor"],
        early["config"]["mode"],
        early["config"]["patience"],
        "wait" in early["config"],
    )
    assert ("warm_up", "TerminateOnNaN") == (rate["config"]["schedule"], nan["callback"])


def test_one_callback_and_a_callback_list_are_understood() -> None:
    """Keras takes both, so do the facts."""
    single = keras.callbacks.TerminateOnNaN()
    several = keras.callbacks.CallbackList([single])

    assert [["TerminateOnNaN"], ["TerminateOnNaN"]] == [
        [item["callback"] for item in fit_facts({"x": None, "callbacks": given}, 0)["callbacks"]]
        for given in (single, several)
    ]
