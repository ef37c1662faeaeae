"""The profile of one array, from a sample of its rows."""

from __future__ import annotations

import hashlib
import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.samples import MAX_BYTES, Sample
from trackexp.fit.plain import number
from trackexp.record.facts import ArrayFacts, HistogramFacts

MAX_DISTINCT = 4_096
MAX_CLASSES = 1_000
MAX_POSITIONS = 1 << 16
_SORTED_VALUES = 1 << 18  # what is sorted, for percentiles and distinct values: some 10 ms
_SUM_TOLERANCE = 1e-5
_BINS = 20  # of a histogram

Kind = Literal["float", "integer", "boolean", "text", "object"]
_KINDS: dict[str, Kind] = {"b": "boolean", "i": "integer", "u": "integer", "f": "float", "U": "text", "S": "text"}


@np.errstate(all="ignore")  # NaN, infinities and overflow are what is looked for, not what to warn the user of
def array_facts(sample: Sample, name: str | None = None, *, target: bool = False) -> ArrayFacts:
    """Return the profile of an array.

    Args:
        sample: Rows of it.
        name: Its key in a mapping of arrays.
        target: Count classes and look at row sums too.
    """
    values = _standard(sample.values)
    kind = kind_of(values)
    facts = ArrayFacts(
        name=name,
        shape=sample.shape,
        dtype=sample.dtype,
        kind=kind,
        layout=sample.layout,
        sampled_rows=len(values),
        scanned_rows=len(scanned_rows(sample, values)),
        hash=content_hash(sample, values, kind),
    )
    if kind in ("float", "integer", "boolean") and values.size:
        facts.update(_numbers(values, sample))
        if sample.layout == "dense" and kind != "boolean":
            facts.update(_features(values))
        if target and sample.layout == "dense":
            facts.update(_classes(values, facts))
    elif kind == "text":
        facts.update(_words(values, target))
    return facts


def scanned_rows(sample: Sample, values: NDArray[Any]) -> NDArray[Any]:
    """Return the rows whose extremes are looked for: all of them where that costs a few milliseconds."""
    memory = sample.memory
    if memory is None or memory.dtype.kind not in "biuf" or memory.nbytes > MAX_BYTES:
        return values
    return memory


def _standard(values: NDArray[Any]) -> NDArray[Any]:
    """Bring extension types (bfloat16, float8) to float32 and numbers kept as objects to float64, where they are."""
    if values.dtype.kind == "V" and values.dtype.names is None:
        return values.astype(np.float32)
    if values.dtype.kind != "O" or not values.size:
        return values
    first = values.reshape(-1)[0]
    if isinstance(first, str | bytes):
        return values.astype(str) if all(isinstance(item, str | bytes) for item in values.flat) else values
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError):
        return values


def kind_of(values: NDArray[Any]) -> Kind:
    """Return the kind of an array's values.

    >>> kind_of(np.zeros(3)), kind_of(np.array(["a"])), kind_of(np.array([None]))
    ('float', 'text', 'object')
    """
    return _KINDS.get(values.dtype.kind, "object")


def content_hash(sample: Sample, values: NDArray[Any], kind: Kind) -> str | None:
    """Return blake2b over dtype, shape and the sampled rows; None for objects, which have no bytes of their own."""
    if kind == "object":
        return None
    digest = hashlib.blake2b(f"{sample.dtype}|{sample.shape}|".encode(), digest_size=16)
    if values.size:
        digest.update(np.ascontiguousarray(values).view(np.uint8).data)
    return digest.hexdigest()


def thinned(values: NDArray[Any], limit: int = _SORTED_VALUES) -> NDArray[Any]:
    """Return every k-th of the flattened values, k prime to the row length so that every column is met."""
    flat = values.reshape(-1)
    step = max(1, math.ceil(flat.size / limit))
    width = max(1, values.size // max(1, len(values)))
    while step > 1 and math.gcd(step, width) > 1:
        step += 1
    return flat[::step]


def _numbers(values: NDArray[Any], sample: Sample) -> ArrayFacts:
    low, high, missing, infinite = _extremes(scanned_rows(sample, values))
    some = thinned(values).astype(np.float64)
    finite = some[np.isfinite(some)]
    if not finite.size:
        return ArrayFacts(minimum=low, maximum=high, nan_share=missing, infinite_share=infinite)
    lowest, first, last, highest = np.percentile(finite, [0.1, 1, 99, 99.9])
    distinct = np.unique(finite).size
    return ArrayFacts(
        minimum=low,
        maximum=high,
        mean=number(finite.mean()),
        std=number(finite.std()),
        percentile_1=number(first),
        percentile_99=number(last),
        percentile_0_1=number(lowest),
        percentile_99_9=number(highest),
        histogram=_histogram(finite, float(lowest), float(highest)),
        absolute_percentile_99=number(np.percentile(np.abs(finite), 99)),
        nan_share=missing,
        infinite_share=infinite,
        integral=bool(np.all(finite == np.floor(finite))),
        zero_one=bool(np.all((finite == 0) | (finite == 1))) and low in (0, 1) and high in (0, 1),
        distinct=distinct if distinct <= MAX_DISTINCT else None,
    )


def _histogram(values: NDArray[np.float64], low: float, high: float) -> HistogramFacts | None:
    """Return what later data are held against; None for what has no spread that nine digits can divide."""
    largest = max(abs(low), abs(high))
    if not (high - low > 1e-300 and largest < 1e300 and high - low > 1e-6 * largest):
        return None
    counts, edges = np.histogram(np.clip(values, low, high), bins=_BINS, range=(low, high))
    return HistogramFacts(edges=[float(f"{edge:.9g}") for edge in edges], counts=counts.tolist())


def _extremes(values: NDArray[Any]) -> tuple[float | None, float | None, float, float]:
    """Return minimum and maximum of the finite values, the share of NaN, and that of infinities."""
    low, high = values.min(), values.max()
    if values.dtype.kind != "f" or (np.isfinite(low) and np.isfinite(high)):
        return number(low), number(high), 0.0, 0.0
    finite = np.isfinite(values)
    missing = int(np.isnan(values).sum())
    infinite = values.size - missing - int(finite.sum())
    if not finite.any():
        return None, None, missing / values.size, infinite / values.size
    kept = values[finite]
    return number(kept.min()), number(kept.max()), missing / values.size, infinite / values.size


def _features(values: NDArray[Any]) -> ArrayFacts:
    """Look at each value of a row as a feature of its own."""
    rows = values.reshape(len(values), -1)
    low, high = rows.min(axis=0), rows.max(axis=0)
    spread = rows.std(axis=0, dtype=np.float64)
    varying = spread[np.isfinite(spread) & (high > low)]
    return ArrayFacts(
        features=rows.shape[1],
        constant_features=int((low == high).sum()),
        feature_std_minimum=number(varying.min()) if varying.size else None,
        feature_std_maximum=number(varying.max()) if varying.size else None,
    )


def class_ids(values: NDArray[Any]) -> NDArray[Any] | None:
    """Return the class of each row: of whole numbers, or of one-hot rows; None for what names no classes."""
    if values.ndim == 1 or (values.ndim == 2 and values.shape[1] == 1):
        flat = values.reshape(-1)
        whole = values.dtype.kind in "biuUS" or bool(np.all(np.isfinite(flat)) and np.all(flat == np.floor(flat)))
        return flat if whole else None
    if values.ndim == 2 and values.dtype.kind in "biuf":
        one_hot = np.all((values == 0) | (values == 1)) and np.all(values.sum(axis=1) == 1)
        return values.argmax(axis=1) if one_hot else None
    return None


def _classes(values: NDArray[Any], facts: ArrayFacts) -> ArrayFacts:
    found = ArrayFacts(class_counts=None, change_rate=None, row_sums_one=None)
    ids = class_ids(values)
    if ids is not None:
        names, counts = np.unique(ids, return_counts=True)
        if len(names) <= MAX_CLASSES:
            found["class_counts"] = {_label(name): int(n) for name, n in zip(names, counts, strict=True)}
            found["change_rate"] = float((ids[1:] != ids[:-1]).mean()) if len(ids) > 1 else None
    if values.ndim > 2:
        found.update(_positions(values))
    if values.ndim == 2 and values.shape[1] > 1 and facts["kind"] != "boolean":
        sums = values.sum(axis=1, dtype=np.float64)
        found["row_sums_one"] = float((np.abs(sums - 1) <= _SUM_TOLERANCE).mean())
        found["row_sum_minimum"] = number(sums.min())
        found["row_sum_maximum"] = number(sums.max())
    return found


def _positions(values: NDArray[Any]) -> ArrayFacts:
    """Count the classes over all positions of sequences and masks: of whole numbers, or one-hot on the last axis."""
    last = values.reshape(-1, values.shape[-1])[:MAX_POSITIONS]
    ids = class_ids(last if values.shape[-1] > 1 else last.reshape(-1))
    if ids is None:
        return ArrayFacts()
    names, counts = np.unique(ids, return_counts=True)
    if len(names) > MAX_CLASSES:
        return ArrayFacts()
    return ArrayFacts(position_counts={_label(name): int(n) for name, n in zip(names, counts, strict=True)})


def _label(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool | int | float | np.number | np.bool_) else str(value)[:100]


def _words(values: NDArray[Any], target: bool) -> ArrayFacts:
    names, counts = np.unique(thinned(values, MAX_DISTINCT), return_counts=True)
    found = ArrayFacts(distinct=len(names))
    if target and len(names) <= MAX_CLASSES and (values.ndim == 1 or values.shape[1:] == (1,)):
        found["class_counts"] = {_label(name): int(n) for name, n in zip(names, counts, strict=True)}
    return found
