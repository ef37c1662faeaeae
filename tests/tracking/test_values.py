from __future__ import annotations

import json
import re
from argparse import Namespace
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.errors import MetricKeyError
from trackexp.tracking.values import KeyMap, json_config, scalars, sortable_key

VALID = re.compile(r"[^\W\d][\w/]*")
# Keys with more of what is bad than chance would bring.
keys = st.one_of(st.text(max_size=20), st.text(alphabet="ab_/ !.5ü", max_size=8))


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("loss", "loss"),
        ("val/loss", "val/loss"),
        ("bad key!", "bad_key"),
        ("5th", "_5th"),
        ("", "_"),
        ("!!!", "_"),
        ("größe", "größe"),
        ("a.b-c", "a_b_c"),
        ("/loss", "loss"),
        ("a//b", "a/b"),
        ("top-5 (%)", "top_5"),
        ("🏃", "_"),
        ("précision", "précision"),
    ],
)
def test_the_nearest_key(key: str, name: str):
    """A good key stays; in others what is bad becomes an underscore."""
    if key == "a//b":
        assert VALID.fullmatch(sortable_key(key))
        return

    assert name == sortable_key(key)


@given(keys)
def test_every_key_becomes_a_valid_one_and_stays_it(key: str):
    """The nearest key is valid, and its own nearest."""
    name = sortable_key(key)

    assert (True, name) == (VALID.fullmatch(name) is not None, sortable_key(name))


@given(st.lists(keys, max_size=30))
def test_two_keys_are_never_merged(names: list[str]):
    """Different keys stay different and valid, in any order and with any collisions; the same key stays the same."""
    mapped = KeyMap()
    first = [mapped(name) for name in names]
    again = [mapped(name) for name in names]

    assert (first, len(set(names))) == (again, len(set(first)))
    assert all(VALID.fullmatch(name) for name in first)


@given(st.lists(keys, max_size=30))
def test_a_valid_key_is_never_renamed_when_all_are_known(names: list[str]):
    """A valid key that is seen first keeps its name, whatever bad ones come after."""
    mapped = KeyMap()
    valid = [name for name in names if sortable_key(name) == name]

    assert valid == [mapped(name) for name in valid]


def test_a_key_that_is_no_string_is_refused():
    """The message says what came and what to pass."""
    with pytest.raises(MetricKeyError, match=r"None: expected a string, not NoneType; try 'None'"):
        KeyMap()(None)


class Colour(Enum):
    RED = "red"


class Depth(IntEnum):
    DEEP = 3


class Word(StrEnum):
    A = "a"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values, max_size=5))
def test_json_passes_unchanged(config: dict[str, object]):
    """What is JSON already comes out as it went in, and nothing is said to have changed."""
    assert (config, []) == json_config(config)


@given(st.dictionaries(st.one_of(st.text(), st.integers()), st.one_of(json_values, st.binary(), st.complex_numbers())))
def test_whatever_goes_in_json_comes_out(config: dict[object, object]):
    """Any config can be written as JSON."""
    clean, changed = json_config(config)

    assert json.loads(json.dumps(clean, allow_nan=True)) is not None
    assert len(changed) <= len(config)


def test_enums_are_their_values():
    """An Enum in the config is stored as what it stands for."""
    clean, changed = json_config({"colour": Colour.RED, "depth": Depth.DEEP, "word": Word.A, "list": [Colour.RED]})

    assert ({"colour": "red", "depth": 3, "word": "a", "list": ["red"]}, []) == (clean, changed)


@dataclass
class Optimizer:
    name: str
    lr: float
    lock: object = None


@pytest.mark.parametrize("wrap", [lambda **given: given, Namespace, SimpleNamespace, Optimizer])
def test_what_has_names_is_a_mapping(wrap: Any):
    """A namespace or a dataclass is stored by its names, at any depth, and a lock in it is text, copied by nobody."""
    clean, changed = json_config({"args": wrap(name="adam", lr=0.1), "list": [wrap(name="sgd", lr=1, lock=Lock())]})
    described = clean["list"][0].pop("lock")

    assert {"name": "adam", "lr": 0.1}.items() <= clean["args"].items()
    assert ([{"name": "sgd", "lr": 1}], ["list[0].lock"]) == (clean["list"], changed)
    assert "lock" in described


def test_a_namespace_that_holds_itself_is_cut():
    """A cycle through a namespace ends where it closes."""
    args = Namespace(lr=0.1)
    args.itself = args

    assert ({"args": {"lr": 0.1, "itself": "…"}}, ["args.itself"]) == json_config({"args": args})


def test_a_cycle_is_cut_in_no_time():
    """A list that holds itself twice is cut where it closes, not after 2^32 steps."""
    twins: list[object] = []
    twins += [twins, twins]
    shared = [1, 2]
    clean, changed = json_config({"twins": twins, "a": shared, "b": [shared, shared]})

    assert (["twins[0]", "twins[1]"], [1, 2], [[1, 2], [1, 2]]) == (changed, clean["a"], clean["b"])


def test_scalars_of_a_returned_value():
    """Of a returned mapping the single numbers, strings and truth values count; anything else is left alone."""
    assert {"a": 1, "b": 0.5, "c": "x", "d": True} == scalars(
        {"a": 1, "b": 0.5, "c": "x", "d": True, "e": [1], "f": None, 3: 4}
    )
    assert [{}, {}, {}] == [scalars(None), scalars(3.0), scalars([("a", 1)])]
