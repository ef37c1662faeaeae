from __future__ import annotations

from typing import Any

import pytest

from trackexp.comparison.differences import data_hash, differences
from trackexp.testing import make_record


def differing(first: dict[str, Any], second: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what differs between two configs."""
    return differences([make_record("a", config=first), make_record("b", config=second)])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"lr": 0.1, "epochs": 5}, {"lr": 0.2, "epochs": 5}, {"lr": {"a": 0.1, "b": 0.2}}),
        (
            {"model": {"units": 8, "act": "relu"}},
            {"model": {"units": 16, "act": "relu"}},
            {"model.units": {"a": 8, "b": 16}},
        ),
        ({"lr": 0.1}, {}, {"lr": {"a": 0.1}}),
        ({"lr": None}, {}, {"lr": {"a": None}}),
        ({"flag": True}, {"flag": 1}, {"flag": {"a": True, "b": 1}}),
        ({"n": 1}, {"n": "1"}, {"n": {"a": 1, "b": "1"}}),
        ({"x": [1, 2]}, {"x": [2, 1]}, {"x": {"a": [1, 2], "b": [2, 1]}}),
        ({"x": 1}, {"x": {"y": 1}}, {"x": {"a": 1}, "x.y": {"b": 1}}),
    ],
)
def test_what_differs_is_told_by_dotted_key(
    first: dict[str, Any], second: dict[str, Any], expected: dict[str, dict[str, Any]]
):
    """Keys that a run lacks are left out of its values."""
    assert expected == differing(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, 1.0),
        (float("nan"), float("nan")),
        ([1, {"a": 2}], [1.0, {"a": 2}]),
        ((1, 2), [1, 2]),
        ({}, {}),
        (None, None),
    ],
)
def test_what_is_equal_is_no_difference(first: object, second: object):
    """Numbers compare by value, NaN is NaN, and a tuple is the list that JSON makes of it."""
    assert {} == differing({"x": first}, {"x": second})


def fit_with(loss: str = "mse", rate: float = 0.001, data: str = "h1") -> dict[str, Any]:
    """Return facts of a fit on whole arrays."""
    return {
        "compile": {"loss": loss, "optimizer": {"identifier": "adam", "learning_rate": rate}},
        "fit": {"source": "arrays"},
        "data": {"inputs": [{"shape": [10, 2], "hash": data}], "targets": [{"shape": [10], "hash": "t"}]},
    }


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"loss": "mae"}, "trackexp.compile.loss"),
        ({"rate": 0.1}, "trackexp.compile.optimizer.learning_rate"),
        ({"data": "h2"}, "trackexp.data.hash"),
    ],
)
def test_facts_that_change_a_training_count(change: dict[str, Any], key: str):
    """Under the key by which W&B filters them."""
    runs = [make_record("a", facts=fit_with()), make_record("b", facts=fit_with(**change))]

    assert [key] == list(differences(runs))


def test_a_run_without_facts_does_not_differ_by_them():
    """That trackexp did not record it says nothing of the training."""
    assert {} == differences([make_record("a", facts=fit_with()), make_record("b")])


@pytest.mark.parametrize(
    ("source", "shape", "value", "expected"),
    [
        ("arrays", [10, 2], "h", "h+t"),
        ("tf.data", [10, 2], "h", None),
        ("arrays", [None, 2], "h", None),
        ("arrays", [10, 2], None, None),
    ],
)
def test_only_whole_arrays_tell_the_data_apart(source: str, shape: list[Any], value: str | None, expected: str | None):
    """Of a stream one shuffled batch was seen: two of them differ though the data are the same."""
    facts: Any = fit_with()
    facts["fit"]["source"] = source
    facts["data"]["inputs"][0].update(shape=shape, hash=value)

    assert expected == data_hash(facts, "inputs", "targets")
