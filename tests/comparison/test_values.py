from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.comparison.differences import differing, differing_where_told, ratios

leaves = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.text(max_size=2)
values = st.dictionaries(st.sampled_from("abcd"), leaves | st.lists(leaves, max_size=2), max_size=4)


@given(values)
def test_what_is_the_same_in_all_runs_is_no_difference(told: dict[str, Any]):
    """Whatever it is."""
    assert {} == differing({"one": told, "two": dict(reversed(told.items())), "three": told})


@given(st.permutations([("one", {"a": 1}), ("two", {"a": 2}), ("three", {})]))
def test_the_order_of_the_runs_changes_no_difference(runs: list[tuple[str, dict[str, Any]]]):
    """Only the order in which they are told."""
    assert {"a": {"one": 1, "two": 2}} == differing(dict(runs))


@given(values, values)
def test_what_a_run_does_not_say_is_no_difference_where_silence_says_nothing(one: dict[str, Any], two: dict[str, Any]):
    """Every key told has two values at least, and they are a part of what differs at all."""
    found = differing_where_told({"one": one, "two": two})

    assert found.keys() <= differing({"one": one, "two": two}).keys()
    assert all({"one", "two"} == told.keys() and None not in told.values() for told in found.values())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"a": 0.1, "b": 0.3}, {"a": 1.0, "b": 3.0}),
        ({"a": 0, "b": 3}, None),
        ({"a": 2, "b": True}, None),
        ({"a": 2, "b": "2"}, None),
        ({"b": 2}, None),
        ({"a": 2.0, "b": float("inf")}, None),
    ],
)
def test_only_numbers_have_a_ratio(told: dict[str, Any], expected: dict[str, float] | None):
    """To a reference that is there, and is not zero."""
    assert ({} if expected is None else {"x": expected}) == ratios({"x": told}, "a")
