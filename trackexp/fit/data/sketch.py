"""Which rows a training saw, as far as a small sketch tells: what later says whether a test set was among them."""

from __future__ import annotations

import logging
import math
from typing import Any

import numpy as np

from trackexp.fit.data.samples import in_memory, spread
from trackexp.fit.nested import flatten
from trackexp.record.facts import SketchFacts
from trackexp.stats import RowSketch
from trackexp.stats.digests import Digests, input_digests

# Values of the rows that are digested at once: a second's work or less, a small part of one pass of training over them.
MAX_VALUES = 1 << 28
MAX_WIDTH = 1 << 20  # values of a row
_STRETCHES = 64  # into which the rows are divided of which not all are digested
_log = logging.getLogger("trackexp")


class SketchedRows:
    """The sketch of rows that come batch by batch."""

    def __init__(self) -> None:
        self._sketch: RowSketch | None = None
        self._room = MAX_VALUES
        self._whole = True

    @property
    def sketch(self) -> RowSketch | None:
        """Of the rows so far; None where there were none, or they have no digests."""
        return self._sketch

    def add(self, x: Any) -> None:
        """Take a batch of inputs, nested numpy arrays; beyond the bounds it is left out, which is noted."""
        arrays = flatten(x)
        size = sum(int(getattr(part, "size", 0)) for part in arrays)
        if not self._whole or not arrays or size > self._room or not all(map(_has_digests, arrays)):
            self._whole = False
            return
        self._room -= size
        found = RowSketch.of(input_digests(x))
        self._sketch = found if self._sketch is None else self._sketch.merge(found)

    def facts(self, *, whole: bool = True) -> SketchFacts | None:
        """Return the sketch as facts.

        Args:
            whole: Whether every row of the training was given.
        """
        return None if self._sketch is None else _facts(self._sketch, whole=whole and self._whole)


def sketch_facts(x: Any, stop: int | None = None) -> SketchFacts | None:
    """Return the sketch of the rows up to `stop` of arrays in memory; None for what lies elsewhere, or is no number."""
    try:
        views = _views(x, stop)
        if views is None:
            return None
        rows = len(flatten(views)[0])
        width = sum(math.prod(part.shape[1:]) for part in flatten(views))
        room = max(1, MAX_VALUES // max(1, width))
        if rows <= room:
            return _facts(RowSketch.of(input_digests(views)), whole=True)
        return _facts(RowSketch.of(_spread_digests(views, rows, room)), whole=False)
    except Exception as error:  # an array-like of any make: what it refuses is not worth a training
        _log.debug("the rows have no sketch: %s", error)
        return None


def _spread_digests(views: Any, rows: int, room: int) -> Digests:
    size = max(1, room // _STRETCHES)
    starts = spread(rows - size + 1, min(_STRETCHES, rows - size + 1))
    return np.concatenate([input_digests(_cut(views, int(start), int(start) + size)) for start in starts])


def _facts(sketch: RowSketch, *, whole: bool) -> SketchFacts:
    told = sketch.to_dict()
    return SketchFacts(size=told["size"], n=told["n"], smallest=told["smallest"], whole=whole)


def _views(x: Any, stop: int | None) -> Any:
    """Return the arrays as numpy without a copy, in their structure; None where one of them has no digests."""
    if isinstance(x, dict):
        found = {key: _views(value, stop) for key, value in x.items()}
        return None if any(value is None for value in found.values()) else found
    if isinstance(x, list | tuple):
        parts = [_views(value, stop) for value in x] if x and hasattr(x[0], "shape") else [None]
        return None if any(value is None for value in parts) else parts
    array = in_memory(x)
    return None if array is None or not array.ndim or not _has_digests(array) else array[:stop]


def _cut(views: Any, start: int, stop: int) -> Any:
    if isinstance(views, dict):
        return {key: _cut(value, start, stop) for key, value in views.items()}
    return [_cut(value, start, stop) for value in views] if isinstance(views, list) else views[start:stop]


def _has_digests(array: Any) -> bool:
    return isinstance(array, np.ndarray) and array.dtype.kind in "biuf" and array[:1].size <= MAX_WIDTH
