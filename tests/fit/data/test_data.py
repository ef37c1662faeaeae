from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from trackexp.fit.data import data_facts


class Refusing:
    """Claims to be an array and refuses everything else."""

    shape = (10, 2)
    dtype = "float32"

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "x",
    [
        None,
        np.zeros((0, 3)),
        np.float32(1),
        np.zeros((10, 2)),
        [np.zeros((10, 2)), np.zeros((10, 3))],
        {"b": np.zeros(10), "a": [np.zeros(10)]},
        [[1, 2], [3, 4]],
        [[1], [2, 3]],
        [],
        {},
        ["a", "b"],
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
        pd.Series(["a", None]),
        pd.Series(pd.Categorical(["a", "b"])),
        sparse.eye(5).tocsr(),
        keras.ops.ones((3, 2)),
        Refusing(),
        object(),
        iter([1]),
        "text",
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_fit_is_given_is_profiled_without_an_error(x: Any) -> None:
    """What can be said is said in JSON; nothing is raised."""
    facts = data_facts(x, x, x, (x, x))

    assert facts == json.loads(json.dumps(facts, allow_nan=False))


def test_an_array_that_refuses_is_told_by_what_it_says_of_itself() -> None:
    """Shape and dtype remain where the values cannot be had."""
    (found,) = data_facts(Refusing())["inputs"]

    assert ([10, 2], "float32", 0) == (found["shape"], found["dtype"], found["sampled_rows"])


def test_several_inputs_come_in_keras_order_with_their_names() -> None:
    """A mapping is sorted by its keys, as Keras flattens it."""
    facts = data_facts({"b": np.zeros((4, 1)), "a": np.ones((4, 2))}, [np.zeros(4), np.ones(4)])

    assert [("a", [4, 2]), ("b", [4, 1])] == [(found["name"], found["shape"]) for found in facts["inputs"]]
    assert [0.0, 1.0] == [found["mean"] for found in facts["targets"]]


def test_a_batch_of_a_stream_has_no_length() -> None:
    """The first axis of a batch says nothing about the data, its size is the sample."""
    facts = data_facts(np.zeros((32, 3)), np.zeros(32), stream=True)

    assert ([None, 3], [None], None, 32) == (
        facts["inputs"][0]["shape"],
        facts["targets"][0]["shape"],
        facts["rows"],
        facts["inputs"][0]["sampled_rows"],
    )


def test_a_stream_is_not_touched() -> None:
    """A generator is left where it stands."""

    def batches() -> Any:
        yield 1

    stream = batches()
    facts = data_facts(stream, None, None, stream)

    assert ([], 1) == (facts["inputs"], next(stream))


def test_sample_weights_are_profiled() -> None:
    """Weights are an array like any other."""
    found = data_facts(np.zeros((4, 1)), np.zeros(4), np.array([0.0, 1, 1, 2]))["sample_weight"]

    assert found is not None
    assert (0.0, 2.0) == (found["minimum"], found["maximum"])


def test_inputs_that_are_their_own_targets_share_a_hash() -> None:
    """An autoencoder is recognised by its hashes."""
    x = np.arange(30_000.0).reshape(-1, 3)
    facts = data_facts(x, x.copy())

    assert facts["inputs"][0]["hash"] == facts["targets"][0]["hash"]


def test_no_random_stream_is_touched() -> None:
    """The user's next random numbers are what they would have been."""
    import random

    random.seed(1)
    keras.utils.set_random_seed(1)
    before = (random.getstate(), np.random.get_state()[1].tolist())
    data_facts(np.zeros((9_000, 3)), np.zeros(9_000), None, (np.zeros((9, 3)), np.zeros(9)))

    assert before == (random.getstate(), np.random.get_state()[1].tolist())


def test_data_are_left_as_they_are() -> None:
    """Arrays that must not be written to can be profiled, and none is changed."""
    x = np.random.default_rng(0).normal(size=(5_000, 4))
    copy = x.copy()
    x.flags.writeable = False
    data_facts(x, x[:, 0], validation_split=0.1)

    assert np.array_equal(copy, x)


def test_when_time_is_up_arrays_are_named_no_longer_profiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget bounds what many arrays can cost; shape and dtype remain."""
    monkeypatch.setattr("trackexp.fit.data.BUDGET", 0.0)
    facts = data_facts({"a": np.zeros((5, 2)), "b": np.zeros(5)}, np.zeros(5), validation_split=0.4)

    assert [([3, 2], 0), ([3], 0)] == [(found["shape"], found["sampled_rows"]) for found in facts["inputs"]]


def test_extreme_values_warn_nobody() -> None:
    """Overflow, gaps and infinities are facts, not warnings on the user's screen."""
    x = np.array([[1e308, np.nan, 0.0], [-1e308, 1.0, np.inf]] * 20)
    facts = data_facts(x, x[:, 0], None, (x, x[:, 0]))

    assert facts == json.loads(json.dumps(facts, allow_nan=False))
