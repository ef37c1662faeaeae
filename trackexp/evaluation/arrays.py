"""Arrays as people hold them (tensors of any framework, frames, sparse and nullable columns), turned into NumPy's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, first_line, nearest

PREFIXES = ("p_", "prob_", "proba_", "probability_", "score_")  # before class names in the columns of a table
_SHORT_FLOATS = ("bfloat", "float8_", "float6_", "float4_")  # of ml_dtypes; NumPy cannot compute with them


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Return values as an array of NumPy; missing numbers become NaN.

    Takes tensors of PyTorch (with gradients, bfloat16, sparse), TensorFlow and JAX, frames and series of pandas
    (nullable, Arrow, categorical, sparse) and Polars, tables of Arrow, sparse matrices of SciPy, and nested lists.

    Args:
        values: The values.
        name: What an error calls them.

    Raises:
        UsageError: They do not become an array.
    """
    try:
        return _plain(_array(values))
    except MemoryError:
        raise
    except Exception as error:  # of any library that the values come from
        raise UsageError(
            f"{name} is {type(values).__module__}.{type(values).__qualname__}, which does not become an array "
            f"({type(error).__name__}: {first_line(error)}); expected an array, a tensor, a frame or lists of numbers."
        ) from error


def _array(values: Any) -> Any:
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), np.nan) if np.ma.is_masked(values) else values.data
    if isinstance(values, np.ndarray):
        return values
    if isinstance(values, list | tuple):
        tensors = bool(values) and hasattr(values[0], "detach")
        return np.stack([np.asarray(_array(one)) for one in values]) if tensors else np.asarray(values)
    if hasattr(values, "detach"):
        return _from_torch(values)
    if hasattr(values, "toarray"):  # SciPy's sparse matrices
        return values.toarray()
    if hasattr(values, "dense_shape") and hasattr(values, "indices"):  # TensorFlow's
        dense = np.zeros(tuple(np.asarray(values.dense_shape)), dtype=np.asarray(values.values).dtype)
        dense[tuple(np.asarray(values.indices).T)] = np.asarray(values.values)
        return dense
    if hasattr(values, "to_pandas") and not hasattr(values, "iloc") and type(values).__module__.startswith("pyarrow"):
        values = values.to_pandas()
    if isinstance(values, pd.DataFrame):
        return _from_frame(values)
    if isinstance(values, pd.Series | pd.Index):
        return _from_series(values)
    return values.to_numpy() if type(values).__module__.startswith("polars") else np.asarray(values)


def _from_torch(tensor: Any) -> Any:
    tensor = tensor.detach()
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    if not str(tensor.layout).endswith("strided"):
        tensor = tensor.to_dense()
    if str(tensor.dtype).removeprefix("torch.").startswith(_SHORT_FLOATS):
        tensor = tensor.float()
    return tensor.cpu().resolve_conj().resolve_neg().numpy()


def _from_series(series: Any) -> NDArray[Any]:
    """Return a column; of pandas's own and Arrow's numbers what is missing becomes NaN."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype | pd.CategoricalDtype):
        return np.asarray(series)
    if isinstance(dtype, pd.SparseDtype):
        return np.asarray(series.sparse.to_dense() if hasattr(series, "sparse") else series)
    if pd.api.types.is_numeric_dtype(dtype):
        if series.isna().any():
            return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
        narrow: Any = getattr(dtype, "numpy_dtype", None)
        return np.asarray(series.to_numpy(dtype=narrow if isinstance(narrow, np.dtype) else None))
    return np.asarray(series.astype(object))


def _from_frame(frame: pd.DataFrame) -> NDArray[Any]:
    if all(isinstance(dtype, np.dtype) for dtype in frame.dtypes):
        return np.asarray(frame)
    if frame.shape[1] == 0:
        return np.empty(frame.shape)
    return np.column_stack([_from_series(frame.iloc[:, place]) for place in range(frame.shape[1])])


def _plain(array: Any) -> NDArray[Any]:
    array = np.asarray(array)
    short: NDArray[Any] = array.astype(np.float32) if array.dtype.name.startswith(_SHORT_FLOATS) else array
    return short


def column_names(values: Any) -> list[str] | None:
    """Return the names of a frame's columns as text; None where there are none, or where pandas made them up.

    >>> column_names(pd.DataFrame([[1, 2]], columns=["a", "b"])), column_names(pd.DataFrame([[1, 2]]))
    (['a', 'b'], None)
    """
    columns = getattr(values, "columns", None)
    if hasattr(values, "column_names"):  # Arrow's tables, whose `columns` are the data
        columns = values.column_names
    if columns is None or isinstance(columns, pd.MultiIndex):
        return None
    if isinstance(columns, pd.RangeIndex) and (columns.start, columns.step) == (0, 1):
        return None
    return [str(name) for name in columns]


def without_affixes(names: Sequence[str]) -> list[str]:
    """Return names without a prefix that tables usually have, or else without what all begin and end with.

    >>> without_affixes(["p_cat", "p_dog"]), without_affixes(["class 0 (%)", "class 1 (%)"])
    (['cat', 'dog'], ['0', '1'])
    """
    for prefix in PREFIXES:
        if all(name.startswith(prefix) and len(name) > len(prefix) for name in names):
            return [name.removeprefix(prefix) for name in names]
    before = _shared_start(names)
    after = _shared_start([name[before:][::-1] for name in names])
    short = [name[before : len(name) - after] for name in names]
    return short if all(short) else list(names)


def _shared_start(texts: Sequence[str]) -> int:
    """Return with how many characters all texts begin; one text alone shares nothing."""
    pair = min(texts), max(texts)
    same = (n for n, (a, b) in enumerate(zip(*pair, strict=False)) if a != b)
    return next(same, min(map(len, pair))) if len(texts) > 1 else 0


def match_columns(
    held: Sequence[str], wanted: Sequence[str] | None, labels: frozenset[str]
) -> tuple[list[int], tuple[str, ...]]:
    """Return the places of a frame's columns in the order of the classes, and the names of the classes.

    Args:
        held: Names of the columns, with or without a prefix.
        wanted: Names of the classes as the caller gave them; None: the columns name them.
        labels: Every label that occurs, as text; empty where labels are no classes.

    Raises:
        UsageError: The columns bear other names than the caller's classes, or than the labels.

    >>> match_columns(["p_dog", "p_cat"], ["cat", "dog"], frozenset())
    ([1, 0], ('cat', 'dog'))
    >>> match_columns(["1", "0"], None, frozenset({"0", "1"}))
    ([1, 0], ('0', '1'))
    """
    if len(set(held)) < len(held):
        twice = sorted({name for name in held if list(held).count(name) > 1})
        raise UsageError(f"columns of y_prob share a name: {', '.join(twice[:5])}; expected one column per class.")
    spellings = [list(held), without_affixes(held)]
    numbers = [str(k) for k in range(len(held))]
    if wanted is not None:
        for names in spellings:
            if set(names) == set(wanted):
                return [names.index(name) for name in wanted], tuple(wanted)
    else:
        for names in spellings:
            if labels and labels <= set(names) and set(names) != set(numbers):
                return list(range(len(held))), tuple(names)
    for names in spellings:
        if set(names) == set(numbers):
            return [names.index(number) for number in numbers], tuple(numbers if wanted is None else wanted)
    if wanted is None and labels <= set(numbers):
        return list(range(len(held))), tuple(spellings[1])
    raise _contradiction(held, wanted, labels)


def _contradiction(held: Sequence[str], wanted: Sequence[str] | None, labels: frozenset[str]) -> UsageError:
    if wanted is not None:
        strange = next((name for name in held if name not in wanted), held[0])
        return UsageError(
            f"the columns of y_prob are {_listed(held)}, class_names {_listed(wanted)}: {strange!r} is no class"
            f"{nearest(strange, wanted)}. Give both the same names, or pass y_prob.to_numpy() to go by position."
        )
    short = without_affixes(held)
    strange = min(labels - set(short))
    return UsageError(
        f"y_true holds {strange!r}, and the columns of y_prob are {_listed(held)}{nearest(strange, short)}; "
        "expected a column for every class. Pass y_prob.to_numpy() and class_names= to go by position."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
