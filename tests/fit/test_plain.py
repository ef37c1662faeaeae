from __future__ import annotations

import json
from functools import partial
from typing import Any

import keras
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trackexp.fit.plain import described, is_own, name_of, number, plain

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.integers() | st.text(), inner),
    max_leaves=30,
)


@given(ANYTHING)
def test_anything_becomes_json(value: Any) -> None:
    """Whatever a script passes around, what is kept of it is strict JSON."""
    found = plain(value)

    assert found == json.loads(json.dumps(found, allow_nan=False))


def test_numpy_values_become_numbers() -> None:
    """Scalars and small arrays are numbers, NaN and infinities None."""
    given_ = {"a": np.int64(3), "b": np.float32(0.5), "c": np.array([1, 2]), "d": np.nan, "e": -np.inf}

    assert {"a": 3, "b": 0.5, "c": [1, 2], "d": None, "e": None} == plain(given_)


def test_functions_and_objects_become_names() -> None:
    """A function is its name, also inside partial; an object is its class."""
    assert ["plain", "plain", "dict", "Dropout"] == [
        name_of(value) for value in (plain, partial(plain, depth=1), dict, keras.layers.Dropout(0.1))
    ]


def test_a_number_is_finite_or_none() -> None:
    """What is no finite number is None."""
    assert [1.5, 2.0, None, None, None] == [number(value) for value in (1.5, np.int8(2), "x", None, float("inf"))]


def test_ours_and_theirs_are_told_apart() -> None:
    """Functions and objects know the package they come from."""
    assert (True, True, False, False) == (
        is_own(keras.losses.mean_squared_error, "keras"),
        is_own(partial(keras.losses.mean_squared_error), "keras"),
        is_own(lambda: None, "keras"),
        is_own(np.mean, "keras"),
    )


def test_a_configurable_object_is_described_with_its_arguments() -> None:
    """Seeds and names, which say nothing, are left out."""
    assert {"identifier": "random_normal", "mean": 0.0, "stddev": 8.0} == described(
        keras.initializers.RandomNormal(stddev=8.0, seed=3)
    )
