"""The array that a dataset of the user's cuts its batches from: its length tells whether an epoch comes to its end."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.sources import source_of

Bounds = tuple[int, int]


def bounds_of(array: Any) -> Bounds | None:
    """Return where a view lies in memory, its first and last byte; None for what owns its values."""
    if not isinstance(array, np.ndarray) or array.base is None or not array.size:
        return None
    return np.lib.array_utils.byte_bounds(array)


def rows_behind(dataset: Any, drawn: Bounds, row_shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return how many rows the array behind a PyDataset has, and up to which an epoch came; None if it is not known.

    Only an array that `__getitem__` itself names, of which the batches are views, counts: rows that are copied may be
    chosen, and a dataset that changes from epoch to epoch comes to the others later.

    Args:
        dataset: What fit is given.
        drawn: The memory that the batches of one whole epoch lie in.
        row_shape: Shape of one row of them.
    """
    if source_of(dataset) != "pydataset" or _changes_between_epochs(dataset):
        return None
    low, high = drawn
    for array in _named_arrays(dataset):
        if array.ndim < 1 or array.shape[1:] != row_shape or not array.size or array.strides[0] <= 0:
            continue
        first, last = np.lib.array_utils.byte_bounds(array)
        if first <= low and high <= last:
            return len(array), -(-(high - first) // array.strides[0])
    return None


def _changes_between_epochs(dataset: Any) -> bool:
    owner = next(owner for owner in type(dataset).__mro__ if "on_epoch_end" in vars(owner))
    return owner.__module__.split(".", 1)[0] != "keras"


def _named_arrays(dataset: Any) -> Iterator[NDArray[Any]]:
    """Yield the arrays that the dataset holds, and those that its `__getitem__` names."""
    found = list(vars(dataset).values())
    code = inspect.unwrap(type(dataset).__getitem__)
    if inspect.isfunction(code):
        found += inspect.getclosurevars(code).nonlocals.values()
        found += [code.__globals__[name] for name in code.__code__.co_names if name in code.__globals__]
    for value in found:
        if isinstance(value, np.ndarray):
            yield value
