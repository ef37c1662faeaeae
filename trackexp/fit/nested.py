"""Arrays in nested mappings, lists and tuples, without the help of a framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def map_arrays(change: Callable[[Any], Any], structure: Any) -> Any:
    """Return the structure with every array changed; tuples become lists, and None stays None.

    >>> map_arrays(lambda value: value * 2, {"a": (1, 2), "b": None})
    {'a': [2, 4], 'b': None}
    """
    if structure is None:
        return None
    if isinstance(structure, Mapping):
        return {key: map_arrays(change, value) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        return [map_arrays(change, value) for value in structure]
    return change(structure)


def flatten(structure: Any) -> list[Any]:
    """Return the arrays of a structure, None left out, in the order in which they stand.

    >>> flatten({"b": [1, None], "a": 2})
    [1, 2]
    """
    found: list[Any] = []
    map_arrays(found.append, structure)
    return found


def named_arrays(structure: Any, name: str | None = None) -> Iterator[tuple[str | None, Any]]:
    """Yield the arrays of a structure in Keras's order, each with its key in the innermost mapping.

    A list of numbers or words is one array, not many.

    >>> [name for name, _ in named_arrays({"b": [1, 2], "a": [3, 4]})]
    ['a', 'b']
    """
    if structure is None:
        return
    if isinstance(structure, Mapping):
        for key in sorted(structure, key=str):
            yield from named_arrays(structure[key], str(key))
    elif isinstance(structure, list | tuple) and any(_is_array_or_nested(item) for item in structure[:1]):
        for item in structure:
            yield from named_arrays(item, name)
    else:
        yield name, structure


def _is_array_or_nested(item: Any) -> bool:
    return item is None or isinstance(item, Mapping) or bool(getattr(item, "shape", ())) or hasattr(item, "iloc")
