"""A few rows of any array-like, taken without reading or copying the rest."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 4_096
MAX_VALUES = 2 << 20  # 16 MB as float64
MAX_BYTES = 16 << 20

Layout = Literal["dense", "sparse", "ragged"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of an array, in their order.

    Args:
        values: Shape (sampled rows, …); for ragged and sparse arrays some of the values, shape (n,).
        shape: Of the whole array; None where an axis has no fixed length.
        dtype: Of the whole array, by its own name.
        indices: Row numbers of the sample, shape (sampled rows,); None when it is all rows.
        whole: All values as they are, where they are small enough and in memory; else None.
    """

    values: NDArray[Any]
    shape: list[int | None]
    dtype: str
    layout: Layout = "dense"
    indices: NDArray[np.int64] | None = None
    whole: NDArray[Any] | None = None


def spread(rows: int, wanted: int) -> NDArray[np.int64]:
    """Return `wanted` of `rows` row numbers, rising, one from each of equally long stretches.

    Where in its stretch a row lies follows the golden ratio: a plain stride would see one class of ten when the
    classes alternate and ten divides the stride, and random numbers are not ours to draw.

    >>> spread(100, 5).tolist()
    [0, 32, 44, 77, 89]
    """
    steps = np.arange(wanted)
    return np.floor((steps + (steps * ((math.sqrt(5) - 1) / 2)) % 1.0) * (rows / wanted)).astype(np.int64)


def wanted_rows(shape: tuple[int, ...], itemsize: int) -> int:
    """Return how many rows of that shape a sample takes: at most 4,096, at most 16 MB, as float64 too."""
    per_row = max(1, math.prod(shape[1:]))
    return max(1, min(MAX_ROWS, MAX_VALUES // per_row, MAX_BYTES // (per_row * max(1, itemsize))))


def take_sample(array: Any, start: int = 0, stop: int | None = None) -> Sample:
    """Return a sample of rows `start` to `stop` of any array-like.

    Raises:
        TypeError: It is nothing with rows.
    """
    name = type(array).__name__
    if name == "RaggedTensor":
        return _ragged(array)
    if name == "SparseTensor" or (hasattr(array, "tocsr") and hasattr(array, "nnz")):
        return _sparse(array)
    if isinstance(array, list | tuple):
        return _from_list(array)
    shape = tuple(int(size) for size in array.shape)
    if not shape:
        return Sample(np.asarray(array).reshape(1), [], str(array.dtype))
    stop = shape[0] if stop is None else stop
    shape = (stop - start, *shape[1:])
    wanted = wanted_rows(shape, _itemsize(array))
    indices = None if shape[0] <= wanted else spread(shape[0], wanted)
    values = _rows(array, start, stop, indices)
    whole = _whole(array, start, stop, values) if indices is not None else values
    return Sample(_bounded(values), [*shape], _dtype(array), "dense", indices, whole)


def _itemsize(array: Any) -> int:
    size = getattr(getattr(array, "dtype", None), "itemsize", None) or getattr(getattr(array, "dtype", None), "size", 8)
    return size if isinstance(size, int) else 8


def _dtype(array: Any) -> str:
    if hasattr(array, "dtypes") and not hasattr(array, "dtype"):
        kinds = {str(kind) for kind in array.dtypes}
        return kinds.pop() if len(kinds) == 1 else "mixed"
    dtype = array.dtype
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def _rows(array: Any, start: int, stop: int, indices: NDArray[np.int64] | None) -> NDArray[Any]:
    """Take rows with the array's own means, so that what lies on disk or on a device stays there."""
    root = type(array).__module__.split(".", 1)[0]
    chosen = None if indices is None else indices + start
    if hasattr(array, "iloc"):
        return _from_pandas(array.iloc[start:stop] if chosen is None else array.iloc[chosen])
    if root == "tensorflow" and chosen is not None:
        return np.asarray(sys.modules["tensorflow"].gather(array, chosen))
    if root == "torch":
        part = array.detach()[start:stop] if chosen is None else array.detach()[chosen.tolist()]
        part = part.cpu()
        return np.asarray(part.float() if str(part.dtype) == "torch.bfloat16" else part)
    part = array[start:stop] if chosen is None else array[chosen]
    return np.asarray(part)


def _from_pandas(part: Any) -> NDArray[Any]:
    values = np.asarray(part)
    if values.dtype.kind != "O":
        return values
    dtypes = list(part.dtypes) if getattr(part, "ndim", 1) == 2 else [part.dtype]
    if all(getattr(dtype, "kind", "O") in "biuf" for dtype in dtypes):
        return np.asarray(part.to_numpy(dtype="float64", na_value=np.nan))
    return values


def _whole(array: Any, start: int, stop: int, values: NDArray[Any]) -> NDArray[Any] | None:
    """Return all rows as a view, where reading every one of them costs a few milliseconds."""
    in_memory = isinstance(array, np.ndarray) and not isinstance(array, np.memmap)
    if not in_memory or values.dtype.kind not in "biuf" or array.nbytes > MAX_BYTES:
        return None
    return np.asarray(array[start:stop])


def _bounded(values: NDArray[Any]) -> NDArray[Any]:
    """Thin out rows that are longer than the whole budget."""
    if values.size <= 2 * MAX_VALUES:
        return values
    flat = values.reshape(len(values), -1)
    return flat[:, :: math.ceil(values.size / MAX_VALUES)]


def _from_list(array: Any) -> Sample:
    rows = len(array)
    indices = None if rows <= MAX_ROWS else spread(rows, MAX_ROWS)
    part = list(array) if indices is None else [array[index] for index in indices]
    try:
        values = np.asarray(part)
    except ValueError:  # rows of different lengths
        values = np.empty(len(part), dtype=object)
        values[:] = part
    return Sample(_bounded(values), [rows, *values.shape[1:]], values.dtype.name, "dense", indices)


def _ragged(array: Any) -> Sample:
    values = array.flat_values
    shape = [None if size is None else int(size) for size in array.shape]
    return Sample(_flat(values), shape, _dtype(values), "ragged")


def _sparse(array: Any) -> Sample:
    """Keep to what is stored: the zeros in between are known by the layout."""
    values = array.values if hasattr(array, "values") and not callable(array.values) else getattr(array, "data", None)
    sizes: Any = array.shape if hasattr(array, "nnz") else array.dense_shape
    shape = [int(size) for size in sizes]
    flat = _flat(values) if hasattr(values, "shape") else np.zeros(0)
    return Sample(flat, [*shape], _dtype(array), "sparse")


def _flat(values: Any) -> NDArray[Any]:
    step = max(1, math.ceil(int(np.prod(values.shape)) / (MAX_VALUES // 8)))
    return np.asarray(values[::step]).reshape(-1)
