from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from trackexp.reading.wandb_file.nested import NestedValues

names = st.sampled_from("abc")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
paths = st.lists(names, min_size=1, max_size=3).map(tuple)


def set_plainly(root: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a nested value in the way that says itself."""
    for name in path[:-1]:
        if not isinstance(root.get(name), dict):
            root[name] = {}
        root = root[name]
    root[path[-1]] = value


def remove_plainly(root: Any, path: tuple[str, ...]) -> None:
    """Remove a nested value, if it is there."""
    for name in path[:-1]:
        root = root.get(name) if isinstance(root, dict) else None
    if isinstance(root, dict):
        root.pop(path[-1], None)


@given(st.lists(st.tuples(st.booleans(), paths, values), max_size=10))
def test_late_parsing_changes_nothing(changes: list[tuple[bool, tuple[str, ...], Any]]) -> None:
    """Updates and removals in any order give what they give on plain dictionaries."""
    late, plain = NestedValues(), {}
    for is_update, path, value in changes:
        if is_update:
            late.update(path, json.dumps(value).encode(), 0)
            set_plainly(plain, path, json.loads(json.dumps(value)))
        else:
            late.remove(path)
            remove_plainly(plain, path)

    assert (plain, []) == late.finish()


def test_a_malformed_value_is_left_out_and_told() -> None:
    """JSON that does not parse costs its own key only; the record it came with is named by its offset."""
    nested = NestedValues()
    nested.update(("good",), b"1", 10)
    nested.update(("bad",), b"{1", 20)
    nested.update(("deep",), b"[" * 100_000, 30)

    found, malformed = nested.finish()

    assert {"good": 1} == found
    assert [20, 30] == sorted(malformed)


def test_the_clients_own_entry_is_dropped() -> None:
    """`_wandb` holds the client's telemetry, not the user's values."""
    nested = NestedValues()
    nested.update(("_wandb", "runtime"), b"3", 0)
    nested.update(("lr",), b"0.1", 0)

    assert ({"lr": 0.1}, []) == nested.finish()
