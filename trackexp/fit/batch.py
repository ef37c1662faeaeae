"""The one batch that all probes of a fit use: rows of the arrays, or the first batch that training drew itself."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.samples import spread
from trackexp.fit.nested import flatten, map_arrays

ROWS = 256
MAX_BYTES = 64 << 20  # of the rows: a batch of large images gets fewer


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in the user's own nesting, as numpy; what the fit does not have is None."""

    x: Any
    y: Any
    sample_weight: Any
    rows: int
    whole: bool = False  # the model takes these rows together or not at all

    def first(self, rows: int) -> Batch:
        """Return a part of it, `rows` at most, evenly spread."""
        if rows >= self.rows or self.whole:
            return self
        chosen = spread(self.rows, rows)
        x, y, weight = (_at(part, chosen) for part in (self.x, self.y, self.sample_weight))
        return Batch(x, y, weight, rows)


def batch_of(
    x: Any, y: Any, sample_weight: Any = None, *, stop: int | None = None, together: int | None = None
) -> Batch | None:
    """Return at most 256 rows of arrays, evenly spread; None where they are no dense numbers.

    Args:
        x: Inputs, nested or not.
        y: Targets likewise, or None.
        sample_weight: As fit takes it.
        stop: Rows from here on are validation's.
        together: Use exactly this many rows, the first ones: the model accepts only that batch size, because its input
            fixes it, or because the training has all rows in one batch (a graph of them).
    """
    total = stop if stop is not None else _rows(x)
    if not total:
        return None
    per_row = _bytes(x) / max(1, _rows(x) or total)
    wanted = int(min(ROWS, total, max(1.0, MAX_BYTES / max(1.0, per_row))))
    whole = together is not None and together <= total
    if together is not None and (not whole or together * per_row > MAX_BYTES):
        return None
    if whole:
        wanted = together or 0
    chosen = spread(total, wanted) if total > wanted and not whole else np.arange(wanted)
    batch = Batch(_at(x, chosen), _at(y, chosen), _at(sample_weight, chosen), len(chosen), whole)
    if not _numbers(batch.x) or not all(part is None or _numbers(part) for part in (batch.y, batch.sample_weight)):
        return None
    return batch


def _at(part: Any, chosen: NDArray[np.int64]) -> Any:
    return map_arrays(lambda array: _taken(array, chosen), part)


def _taken(array: Any, chosen: NDArray[np.int64]) -> Any:
    if hasattr(array, "iloc"):
        values = array.iloc[chosen].to_numpy()
    elif type(array).__module__.split(".", 1)[0] == "tensorflow":
        values = sys.modules["tensorflow"].gather(array, chosen).numpy()
    else:
        values = array[chosen]
        values = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    # as Keras's adapters do: its float is float32
    return values.astype(np.float32) if values.dtype == np.float64 else values


def _rows(part: Any) -> int | None:
    return next((len(array) for array in flatten(part) if getattr(array, "shape", None)), None)


def _bytes(part: Any) -> int:
    return sum(int(np.prod(array.shape)) * 8 for array in flatten(part) if hasattr(array, "shape"))


def _numbers(part: Any) -> bool:
    found = flatten(part)
    return bool(found) and all(isinstance(array, np.ndarray) and array.dtype.kind in "fiub" for array in found)
