"""A training function on its way to another process: by name where that can import it, else whole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cloudpickle

from trackexp.errors import UsageError, first_line


@contextmanager
def carried_whole(train: Callable[..., Any], pickler: Any = cloudpickle) -> Iterator[None]:
    """Have the function pickled with its code in the block, where a fresh process could not import its module.

    Such are modules that a test runner, a notebook or `runpy` has loaded by a path.

    Args:
        train: The function.
        pickler: cloudpickle, or the one that Ray brings.
    """
    name = getattr(train, "__module__", None) or ""
    module = sys.modules.get(name)
    if module is None or name == "__main__" or _is_importable(name):
        yield
        return
    pickler.register_pickle_by_value(module)
    try:
        yield
    finally:
        pickler.unregister_pickle_by_value(module)


def _is_importable(name: str) -> bool:
    """Return whether a fresh process with the same paths finds the module."""
    parts, path = name.split("."), None
    for depth in range(len(parts)):
        full = ".".join(parts[: depth + 1])
        finders = (finder.find_spec for finder in sys.meta_path if hasattr(finder, "find_spec"))
        spec = next((found for find in finders if (found := find(full, path)) is not None), None)
        if spec is None:
            return False
        path = spec.submodule_search_locations
    return True


def check_carried(train: Callable[..., Any]) -> None:
    """Raise, before anything runs, where the function cannot be carried to another process.

    Raises:
        UsageError: It holds what cannot be pickled.
    """
    try:
        with carried_whole(train):
            cloudpickle.dumps(train)
    except Exception as error:
        name = getattr(train, "__name__", "train")
        raise UsageError(
            f"{name} cannot be carried to another process ({type(error).__name__}: {first_line(error)}); make what it "
            "holds (locks, open files, sessions, loaded models) inside of it, or use executor='here'."
        ) from error
