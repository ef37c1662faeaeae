"""The batches that training itself draws from a stream, shown to an observer as long as it wants more."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import wrapt

from trackexp.errors import DiagnosisError
from trackexp.fit.data.sources import batches_of, source_of
from trackexp.fit.data.stream import MAX_BATCHES

Batch = tuple[Any, Any, Any]
Observer = Callable[[Batch], "bool | None"]

_log = logging.getLogger("trackexp")


def observe_batches(x: Any, observer: Observer, limit: int | None = None) -> Any:
    """Return what stands in for the stream `x` and shows `observer` the batches that training draws from it first.

    No batch is drawn for it, nothing is drawn twice, and order, randomness, length and element types stay as they
    are. What cannot be watched without a trace (several processes or devices, ragged or sparse elements, unknown
    sources, arrays) is returned as it is. What the observer raises is logged and never reaches training, a
    DiagnosisError aside.

    Args:
        x: What fit is given as `x`.
        observer: Called with `(x, y, sample_weight)` as numpy arrays in the batch's own nesting; what the batch does
            not have is None. It is called again for the next batch while it returns True. Where it has a method
            `restart`, that is called when a pass is begun anew: Keras draws a batch to build a model, and throws the
            pass away.
        limit: How many batches a pass has, as far as it is known: what is fetched ahead of the next one is not shown.
    """
    source = source_of(x)
    shown = _Shown(observer, limit or batches_of(x))
    if source == "generator":
        return _watched(x, shown)
    if source == "pydataset":
        return x if x.use_multiprocessing else _ObservedPyDataset(x, shown)
    if source == "dataloader":
        return _ObservedLoader(x, shown)
    return _watched_dataset(x, shown) if source == "tf.data" else x


class _Shown:
    """Hands batches to the observer, until it wants no more."""

    def __init__(self, observer: Observer, limit: int | None) -> None:
        self._observer, self._limit, self._count = observer, limit, 0
        self._lock = threading.Lock()  # the workers of a PyDataset draw at the same time
        self.done = False

    def __call__(self, batch: Any) -> None:
        if self.done:
            return
        with self._lock:
            try:
                if not self.done:
                    self._count += 1
                    self.done = not self._observer(_unpacked(batch)) or self._count == self._limit
            except DiagnosisError:
                self.done = True
                raise  # asked for with fail_on: nothing is to be trained on this batch
            except Exception as error:
                self.done = True
                trace = _log.isEnabledFor(logging.DEBUG)
                _log.warning("a batch could not be looked at (%r); training goes on", error, exc_info=trace)

    def restart(self) -> None:
        """Begin a pass: what a pass before has shown, and not finished, is forgotten."""
        if self._count and not self.done:
            self._count = 0
            getattr(self._observer, "restart", lambda: None)()


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


def _watched(generator: Iterator[Any], shown: _Shown) -> Iterator[Any]:
    # no `yield from`: closing this one must leave the user's generator open, as Keras does
    for batch in generator:
        shown(batch)
        yield batch


class _ObservedPyDataset(wrapt.ObjectProxy[Any]):
    """A PyDataset in all but the first calls of `__getitem__`."""

    def __init__(self, wrapped: Any, shown: _Shown) -> None:
        super().__init__(wrapped)
        self._self_seen: set[Any] = set()  # an index that is asked for twice is one batch
        self._self_shown = shown

    def __getitem__(self, index: Any) -> Any:
        batch = self.__wrapped__[index]
        if index not in self._self_seen:
            self._self_seen.add(index)
            self._self_shown(batch)
        return batch


class _ObservedLoader(wrapt.ObjectProxy[Any]):
    """A DataLoader in all but the first batches of its first iterators."""

    def __init__(self, wrapped: Any, shown: _Shown) -> None:
        super().__init__(wrapped)
        self._self_shown = shown

    def __iter__(self) -> Iterator[Any]:
        batches = iter(self.__wrapped__)
        self._self_shown.restart()
        return batches if self._self_shown.done else _watched(batches, self._self_shown)


class _ObservedDataset(wrapt.ObjectProxy[Any]):
    """The watched pipeline until the batch is seen, then the bare one: a look costs some 50 µs at every element."""

    def __init__(self, wrapped: Any, bare: Any, shown: _Shown) -> None:
        super().__init__(wrapped)
        self._self_bare = bare
        self._self_shown = shown

    def __iter__(self) -> Iterator[Any]:
        return iter(self._self_bare if self._self_shown.done else self.__wrapped__)


def _watched_dataset(dataset: Any, shown: _Shown) -> Any:
    """Look at the first elements inside the pipeline: elements pass by untouched, so shapes and types stay known."""
    tf = sys.modules.get("tensorflow")
    if tf is None or not isinstance(dataset, tf.data.Dataset) or tf.distribute.has_strategy():
        return dataset
    specs = tf.nest.flatten(dataset.element_spec)
    if not all(isinstance(spec, tf.TensorSpec) for spec in specs):
        return dataset
    structure = dataset.element_spec

    def look(index: Any, *tensors: Any) -> None:
        if index.numpy() == 0:
            shown.restart()
        if not shown.done:
            shown(tf.nest.pack_sequence_as(structure, [tensor.numpy() for tensor in tensors]))

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def passing(index: Any, element: Any) -> Any:
        def show() -> Any:
            tf.py_function(look, [index, *tf.nest.flatten(element)], [])
            return True

        tf.cond(index < MAX_BATCHES, show, lambda: True)
        return element

    return _ObservedDataset(dataset.enumerate().map(passing), dataset, shown)
