"""A few rows of any array-like, taken without reading or copying the rest."""

from __future__ import annotations

import math
import mmap
import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 4_096
MAX_VALUES = 1 << 20  # 8 MB as float64
MAX_BYTES = 16 << 20
_BLOCKS = 32  # reads of what lies on a disk or a device: each costs about a millisecond

Layout = Literal["dense", "sparse", "ragged"]


@dataclass(frozen=True, slots=True)
class Sample:
    """Some rows of an array, in their order.

    Args:
        values: Shape (sampled rows, …); for ragged and sparse arrays some of the values, shape (n,).
        shape: Of the whole array; None where an axis has no fixed length.
        dtype: Of the whole array, by its own name.
        layout: How the array keeps its values.
        indices: Row numbers of the sample, shape (sampled rows,); None when it is all rows.
        memory: All rows as a view, where they are in memory; else None.
    """

    values: NDArray[Any]
    shape: list[int | None]
    dtype: str
    layout: Layout = "dense"
    indices: NDArray[np.int64] | None = None
    memory: NDArray[Any] | None = None


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
    """Return how many rows of that shape a sample takes: at most 4,096, a million values and 16 MB.

    >>> wanted_rows((60_000, 28, 28), 8), wanted_rows((10**7, 20), 4)
    (1337, 4096)
    """
    per_row = max(1, math.prod(shape[1:]))
    return max(1, min(MAX_ROWS, MAX_VALUES // per_row, MAX_BYTES // (per_row * max(1, itemsize))))


def take_sample(array: Any, start: int = 0, stop: int | None = None) -> Sample:
    """Return a sample of rows `start` to `stop` of any array-like; AttributeError or TypeError for what has no rows."""
    name = type(array).__name__
    if name == "RaggedTensor":
        return _ragged(array)
    if name == "SparseTensor" or (hasattr(array, "tocsr") and hasattr(array, "nnz")):
        return _sparse(array)
    if isinstance(array, list | tuple):
        return _from_list(array, start, stop)
    shape = tuple(int(size) for size in array.shape)
    if not shape:
        return Sample(np.asarray(array).reshape(1), [], dtype_name(array))
    stop = shape[0] if stop is None else stop
    shape = (stop - start, *shape[1:])
    wanted = wanted_rows(shape, _itemsize(array))
    indices = None if shape[0] <= wanted else spread(shape[0], wanted)
    memory = in_memory(array)
    if memory is not None:
        memory = memory[start:stop]
        values = memory if indices is None else memory[indices]
    else:
        values = _fetched(array, start, stop, indices)
    return Sample(_bounded(values), [*shape], dtype_name(array), "dense", indices, memory)


def dtype_name(array: Any) -> str:
    """Return the dtype by its own name; "mixed" for a table of several."""
    if hasattr(array, "dtypes") and not hasattr(array, "dtype"):
        kinds = {str(kind) for kind in array.dtypes}
        return kinds.pop() if len(kinds) == 1 else "mixed"
    dtype = array.dtype
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")


def _itemsize(array: Any) -> int:
    dtype = getattr(array, "dtype", None)
    size = getattr(dtype, "itemsize", None) or getattr(dtype, "size", 8)
    return size if isinstance(size, int) else 8


def _root(array: Any) -> str:
    return type(array).__module__.split(".", 1)[0]


def in_memory(array: Any) -> NDArray[Any] | None:
    """Return all rows as numpy, where that copies nothing, or at most 16 MB; None for what lies elsewhere."""
    if isinstance(array, np.ndarray):
        return None if _on_disk(array) else array
    root = _root(array)
    if root == "torch" and array.device.type == "cpu" and str(array.dtype) != "torch.bfloat16":
        return np.asarray(array.detach())
    if root in ("jax", "jaxlib") and all(device.platform == "cpu" for device in array.devices()):
        return np.asarray(array)
    small = math.prod(array.shape) * _itemsize(array) <= MAX_BYTES
    if small and (root == "tensorflow" or hasattr(array, "iloc")):
        return _from_pandas(array) if hasattr(array, "iloc") else np.asarray(array)
    return None


def _on_disk(array: Any) -> bool:
    while array is not None:
        if isinstance(array, np.memmap | mmap.mmap):
            return True
        array = getattr(array, "base", None)
    return False


def _fetched(array: Any, start: int, stop: int, indices: NDArray[np.int64] | None) -> NDArray[Any]:
    """Take rows by the array's own means, so that the rest stays where it is."""
    if hasattr(array, "iloc"):
        return _from_pandas(array.iloc[start:stop] if indices is None else array.iloc[indices + start])
    if _root(array) == "tensorflow" and indices is not None:
        return np.asarray(sys.modules["tensorflow"].gather(array, indices + start))
    if indices is None:
        return _as_numpy(array[start:stop])
    blocks = min(_BLOCKS, len(indices))
    size = len(indices) // blocks
    return np.concatenate(
        [_as_numpy(array[first : first + size]) for first in _block_starts(start, stop, blocks, size)]
    )


def _block_starts(start: int, stop: int, blocks: int, size: int) -> list[int]:
    return [int(first) for first in start + spread(stop - start - size + 1, blocks)]


def _as_numpy(part: Any) -> NDArray[Any]:
    if _root(part) == "torch":
        part = part.detach().cpu()
        part = part.float() if str(part.dtype) == "torch.bfloat16" else part
    return np.asarray(part)


def _from_pandas(part: Any) -> NDArray[Any]:
    values = np.asarray(part)
    if values.dtype.kind != "O":
        return values
    dtypes = list(part.dtypes) if getattr(part, "ndim", 1) == 2 else [part.dtype]
    if all(getattr(dtype, "kind", "O") in "biuf" for dtype in dtypes):  # nullable: pd.NA is no number
        return np.asarray(part.to_numpy(dtype="float64", na_value=np.nan))
    return values


def _bounded(values: NDArray[Any]) -> NDArray[Any]:
    """Thin out rows that are longer than the whole budget."""
    if values.size <= 2 * MAX_VALUES:
        return values
    return values.reshape(len(values), -1)[:, :: math.ceil(values.size / MAX_VALUES)]


def _from_list(array: Any, start: int, stop: int | None) -> Sample:
    rows = (len(array) if stop is None else stop) - start
    indices = None if rows <= MAX_ROWS else spread(rows, MAX_ROWS)
    part = [array[start + int(index)] for index in (range(rows) if indices is None else indices)]
    try:
        values = np.asarray(part)
    except ValueError:  # rows of different lengths
        values = np.empty(len(part), dtype=object)
        values[:] = part
    return Sample(_bounded(values), [rows, *values.shape[1:]], values.dtype.name, "dense", indices)


def _ragged(array: Any) -> Sample:
    values = array.flat_values
    shape = [None if size is None else int(size) for size in array.shape]
    return Sample(_flat(values), shape, dtype_name(values), "ragged")


def _sparse(array: Any) -> Sample:
    """Keep to what is stored: the zeros in between are known by the layout."""
    scipy = hasattr(array, "nnz")
    values = getattr(array, "data", None) if scipy else array.values
    sizes: Any = array.shape if scipy else array.dense_shape
    numeric = hasattr(values, "shape") and dtype_name(array) != "object"  # scipy's lists of lists keep objects
    flat = _flat(values) if numeric else np.zeros(0)
    return Sample(flat, [int(size) for size in sizes], dtype_name(array), "sparse")


def _flat(values: Any) -> NDArray[Any]:
    step = max(1, math.ceil(math.prod(int(size) for size in values.shape) / (MAX_VALUES // 4)))
    return np.asarray(values[::step]).reshape(-1)
