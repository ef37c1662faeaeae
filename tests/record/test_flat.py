from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trackexp.record.flat import dotted

names = st.text(st.characters(exclude_characters=".", codec="utf-8"), min_size=1, max_size=3)
nested = st.recursive(
    st.integers() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(names, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(names, nested, max_size=4))
def test_every_leaf_is_found_under_its_dotted_key(values: dict[str, object]) -> None:
    """Walking down the parts of a key gives its value, and no value is lost."""
    flat = dotted(values)

    for key, leaf in flat.items():
        node: object = values
        for name in key.split("."):
            assert isinstance(node, dict)
            node = node[name]
        assert leaf == node
    assert all(not isinstance(leaf, dict) for leaf in flat.values())


def test_lists_and_empty_mappings_are_leaves() -> None:
    """An empty mapping does not vanish."""
    assert {"a": [1, {"b": 2}], "c": {}, "d.e": {}} == dotted({"a": [1, {"b": 2}], "c": {}, "d": {"e": {}}})
