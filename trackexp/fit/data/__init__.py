"""Profiles of the data that fit was given, from samples that cost a bounded time."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

from trackexp.fit.data.arrays import array_facts
from trackexp.fit.data.relations import Rows, relations
from trackexp.fit.data.samples import Sample, take_sample
from trackexp.fit.data.sketch import sketch_facts
from trackexp.fit.data.sources import rows_of, source_of
from trackexp.fit.nested import named_arrays
from trackexp.record.facts import ArrayFacts, DataFacts

__all__ = ["data_facts"]

BUDGET = 0.15  # seconds after which arrays are named, no longer profiled
_log = logging.getLogger("trackexp")


def data_facts(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    validation_data: Any = None,
    *,
    validation_split: float = 0.0,
    stream: bool = False,
    sketch: bool = True,
) -> DataFacts:
    """Return the profiles of what fit is given; arrays are sampled, and a stream is not touched.

    Args:
        x: Arrays, nested or not, or a stream.
        y: Targets, nested or not.
        sample_weight: As fit takes it.
        validation_data: As fit takes it: `(x, y)`, `(x, y, sample_weight)` or a stream, which is left alone.
        validation_split: Share of the rows, the last ones, that Keras splits off when there is no validation_data.
        stream: x, y and sample_weight are the first batch of a stream: the length of the first axis says nothing.
        sketch: Whether x is all that is trained on: then its rows are sketched.
    """
    profiler = _Profiler()
    facts = DataFacts(inputs=[], targets=[], sample_weight=None, validation_inputs=[], validation_targets=[], rows=None)
    if source_of(x) != "arrays":
        return facts
    rows = rows_of(x)
    stop, end = rows, None
    if validation_split and validation_data is None and rows is not None and not stream:
        stop, end = math.floor(rows * (1 - validation_split)), rows
    inputs, targets = profiler.profile(x, 0, stop), profiler.profile(y, 0, stop, target=True)
    weights = profiler.profile(sample_weight, 0, stop)
    if end is not None and stop is not None:
        validation = profiler.profile(x, stop, end), profiler.profile(y, stop, end, target=True)
    else:
        validation = profiler.validation(validation_data)
    facts["inputs"], facts["targets"] = [found for found, _ in inputs], [found for found, _ in targets]
    facts["sample_weight"] = weights[0][0] if weights else None
    facts["validation_inputs"] = [found for found, _ in validation[0]]
    facts["validation_targets"] = [found for found, _ in validation[1]]
    facts["rows"] = None if stream else stop
    if stream:
        for found in (*facts["inputs"], *facts["targets"]):
            found["shape"] = [None, *found["shape"][1:]]
    if profiler.in_time:
        facts.update(_related(_rows_in(inputs), _rows_in(targets), _rows_in(validation[0])))
    if sketch and not stream:
        facts["rows_sketch"] = sketch_facts(x, stop)
    facts["seconds"] = round(time.perf_counter() - profiler.started, 4)
    return facts


_Profile = tuple[ArrayFacts, Sample | None]


class _Profiler:
    """Profiles arrays one after the other, as long as there is time."""

    def __init__(self) -> None:
        self.started = time.perf_counter()

    @property
    def in_time(self) -> bool:
        return time.perf_counter() - self.started < BUDGET

    def profile(self, arrays: Any, start: int, stop: int | None, *, target: bool = False) -> list[_Profile]:
        return [self._one(name, array, start, stop, target) for name, array in named_arrays(arrays)]

    def validation(self, given: Any) -> tuple[list[_Profile], list[_Profile]]:
        if given is None or source_of(given) not in ("arrays", "unknown"):
            return [], []
        parts = [*given, None] if isinstance(given, tuple | list) else [given, None]
        if source_of(parts[0]) != "arrays":
            return [], []
        return self.profile(parts[0], 0, None), self.profile(parts[1], 0, None, target=True)

    def _one(self, name: str | None, array: Any, start: int, stop: int | None, target: bool) -> _Profile:
        try:
            if self.in_time:
                sample = take_sample(array, start, stop)
                return array_facts(sample, name, target=target), sample
        except Exception as error:  # an array-like of any make: what it refuses is not worth a training
            _log.debug("an array of type %s could not be profiled: %s", type(array).__name__, error)
        return _outline(name, array, start, stop), None


def _outline(name: str | None, array: Any, start: int, stop: int | None) -> ArrayFacts:
    """Return what an array says of itself, its values unseen."""
    shape = [size if isinstance(size, int) else None for size in getattr(array, "shape", None) or ()]
    if shape and stop is not None:
        shape[0] = stop - start
    return ArrayFacts(name=name, shape=shape, dtype=str(getattr(array, "dtype", type(array).__name__)), sampled_rows=0)


def _related(inputs: list[Rows], targets: list[Rows], validation: list[Rows]) -> DataFacts:
    try:
        return relations(inputs, targets, validation)
    except Exception as error:  # as above
        _log.debug("inputs, targets and validation could not be compared: %s", error)
        return DataFacts()


def _rows_in(profiles: list[_Profile]) -> list[Rows]:
    return [
        Rows(sample.values, sample.shape[0], sample.indices, sample.memory)
        for _, sample in profiles
        if sample is not None and sample.layout == "dense" and sample.shape
    ]
