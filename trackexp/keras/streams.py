"""The first batch that training itself draws from a stream, shown to an observer."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import wrapt

from trackexp.errors import DiagnosisError
from trackexp.fit.data.sources import source_of

Batch = tuple[Any, Any, Any]
Observer = Callable[[Batch], None]

_log = logging.getLogger("trackexp")


def observe_first_batch(x: Any, observer: Observer) -> Any:
    """Return what stands in for the stream `x` and shows `observer` the first batch that training draws from it.

    No batch is drawn for it, nothing is drawn twice, and order, randomness, length and element types stay as they
    are. What cannot be watched without a trace (several processes or devices, ragged or sparse elements, unknown
    sources, arrays) is returned as it is. What the observer raises is logged and never reaches training, a
    DiagnosisError aside.

    Args:
        x: What fit is given as `x`.
        observer: Called once, with `(x, y, sample_weight)` as numpy arrays in the batch's own nesting; what the
            batch does not have is None.
    """
    source = source_of(x)
    once = _Once(observer)
    if source == "generator":
        return _watched(x, once)
    if source == "pydataset":
        return x if x.use_multiprocessing else _ObservedPyDataset(x, once)
    if source == "dataloader":
        return _ObservedLoader(x, once)
    return _watched_dataset(x, once) if source == "tf.data" else x


class _Once:
    """Hands the first batch to the observer, and no other."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.done = False

    def __call__(self, batch: Any) -> None:
        if self.done:
            return
        self.done = True
        try:
            self._observer(_unpacked(batch))
        except DiagnosisError:
            raise  # asked for with fail_on: nothing is to be trained on this batch
        except Exception as error:
            trace = _log.isEnabledFor(logging.DEBUG)
            _log.warning("the first batch could not be looked at (%r); training goes on", error, exc_info=trace)


def _unpacked(batch: Any) -> Batch:
    parts = list(batch) if isinstance(batch, list | tuple) else [batch]
    x, y, weight = [_as_numpy(part) for part in parts[:3]] + [None] * (3 - len(parts[:3]))
    return x, y, weight


def _as_numpy(part: Any) -> Any:
    return keras.tree.map_structure(_array, part, none_is_leaf=False)


def _array(part: Any) -> Any:
    if not hasattr(part, "__array__"):
        return part
    if hasattr(part, "detach"):
        part = part.detach().cpu()
    try:
        return np.asarray(part)
    except (TypeError, ValueError, RuntimeError):  # such as torch's bfloat16: the profile takes it as it is
        return part


def _watched(generator: Iterator[Any], once: _Once) -> Iterator[Any]:
    # no `yield from`: closing this one must leave the user's generator open, as Keras does
    for batch in generator:
        once(batch)
        yield batch


class _ObservedPyDataset(wrapt.ObjectProxy[Any]):
    """A PyDataset in all but the first `__getitem__`."""

    def __init__(self, wrapped: Any, once: _Once) -> None:
        super().__init__(wrapped)
        self._self_once = once

    def __getitem__(self, index: Any) -> Any:
        batch = self.__wrapped__[index]
        self._self_once(batch)
        return batch


class _ObservedLoader(wrapt.ObjectProxy[Any]):
    """A DataLoader in all but the first batch of its first iterator."""

    def __init__(self, wrapped: Any, once: _Once) -> None:
        super().__init__(wrapped)
        self._self_once = once

    def __iter__(self) -> Iterator[Any]:
        batches = iter(self.__wrapped__)
        return batches if self._self_once.done else _watched(batches, self._self_once)


class _ObservedDataset(wrapt.ObjectProxy[Any]):
    """The watched pipeline until the batch is seen, then the bare one: a look costs some 50 µs at every element."""

    def __init__(self, wrapped: Any, bare: Any, once: _Once) -> None:
        super().__init__(wrapped)
        self._self_bare = bare
        self._self_once = once

    def __iter__(self) -> Iterator[Any]:
        return iter(self._self_bare if self._self_once.done else self.__wrapped__)


def _watched_dataset(dataset: Any, once: _Once) -> Any:
    """Look at element 0 inside the pipeline: elements pass by untouched, so shapes and types stay known."""
    tf = sys.modules.get("tensorflow")
    if tf is None or not isinstance(dataset, tf.data.Dataset) or tf.distribute.has_strategy():
        return dataset
    specs = tf.nest.flatten(dataset.element_spec)
    if not all(isinstance(spec, tf.TensorSpec) for spec in specs):
        return dataset
    structure = dataset.element_spec

    def look(*tensors: Any) -> None:
        if not once.done:
            once(tf.nest.pack_sequence_as(structure, [tensor.numpy() for tensor in tensors]))

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def passing(index: Any, element: Any) -> Any:
        def show() -> Any:
            tf.py_function(look, tf.nest.flatten(element), [])
            return True

        tf.cond(index == 0, show, lambda: True)
        return element

    return _ObservedDataset(dataset.enumerate().map(passing), dataset, once)
