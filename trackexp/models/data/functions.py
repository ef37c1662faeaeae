"""Data that Python code gives: a function of the user's, or a dataset that Keras knows by name."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.arrays import as_array
from trackexp.models.data.source import ArraySource, Batch, DataOptions, DataSource, scaled
from trackexp.models.python_code import find_object

_PATIENCE = 20.0  # seconds until a stream that does not say its length is taken for endless
_LIMIT = "say how much of it to take: --max-batches N, or 0 for all if it does end"

KERAS_DATASETS = ("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist",
                  "reuters")  # fmt: skip


@dataclass(eq=False)
class StreamSource:
    """Batches of (x, y) as a generator, a `tf.data` set or a data loader gives them; they are seen once."""

    name: str
    stream: Any
    options: DataOptions
    n: int | None = None
    class_names: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)

    def batches(self, size: int) -> Iterator[Batch]:  # noqa: ARG002 - the stream's own batches are what they are
        """Yield the stream's batches, of its own sizes.

        Raises:
            UsageError: A batch is not (x, y), or the stream of unknown length has no end in sight.
        """
        most = self.options.max_batches
        known = _length(self.name, self.stream, most)
        began, seen = time.monotonic(), 0
        first: bytes | None = None
        for number, batch in enumerate(islice(self.stream, most or known)):
            if not isinstance(batch, tuple | list) or len(batch) < 2:
                raise UsageError(f"{self.name} gives {type(batch).__name__} as batch {number}; expected (x, y).")
            inputs, targets = as_array(batch[0], "x"), as_array(batch[1], "y")
            if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
                raise UsageError(
                    f"{self.name}: batch {number} has inputs {inputs.shape} and answers {targets.shape}; "
                    "expected one target per row."
                )
            if most is None and known is None:
                digest = hashlib.blake2b(np.ascontiguousarray(inputs).tobytes()).digest()
                if digest == first or time.monotonic() - began > _PATIENCE:
                    why = (
                        f"begins again after {seen:,} rows" if digest == first else f"has not ended after {seen:,} rows"
                    )
                    raise UsageError(f"{self.name} {why}, and does not say its length; {_LIMIT}.")
                first = first or digest
            seen += len(targets)
            yield Batch(scaled(inputs, self.options.scale), targets)

    def take(self, rows: NDArray[np.intp]) -> Any:  # noqa: ARG002 - the interface's
        """Return None: a stream is gone through once."""
        return None


def _length(name: str, stream: Any, most: int | None) -> int | None:
    """Return the batches of a stream that says how many it has; None for others.

    Raises:
        UsageError: It says that it has no end.
    """
    cardinality = getattr(stream, "cardinality", None)  # of tf.data: -1 is endless, -2 unknown
    said = int(cardinality()) if callable(cardinality) else None
    if said == -1 and not most:
        raise UsageError(f"{name} repeats without end; {_LIMIT}.")
    if said is not None and said >= 0:
        return said
    try:
        return len(stream)
    except (TypeError, AttributeError, NotImplementedError):
        return None


def open_function(place: str, options: DataOptions) -> DataSource:
    """Return the rows that `package.module:function` gives: (x, y), a mapping with x and y, or batches of (x, y).

    Raises:
        UsageError: There is no such function, or it gives something else.
    """
    found = find_object(place)
    return rows_from(place, found() if callable(found) else found, options)


def rows_from(name: str, given: Any, options: DataOptions) -> DataSource:
    """Return what a function gave as a source of rows."""
    if isinstance(given, Mapping):
        missing = [key for key in ("x", "y") if key not in given]
        if missing:
            raise UsageError(f"{name} gives a mapping of {', '.join(map(str, given))}; expected x and y.")
        extras = {key: np.asarray(given[key]) for key in ("ids", "groups") if given.get(key) is not None}
        names = given.get("class_names")
        return _arrays(name, given["x"], given["y"], options, extras, None if names is None else tuple(names))
    if isinstance(given, tuple | list) and len(given) == 2 and hasattr(given[1], "__len__"):
        return _arrays(name, given[0], given[1], options, {}, None)
    if hasattr(given, "__iter__") or hasattr(given, "__getitem__"):
        return StreamSource(name, given, options)
    raise UsageError(f"{name} gives {type(given).__name__}; expected (x, y), a mapping of them, or batches of (x, y).")


def open_keras_dataset(name: str, options: DataOptions) -> ArraySource:
    """Return one part of a dataset that Keras downloads and keeps under `~/.keras`; by default the test part.

    Raises:
        UsageError: The part is none of it, or it cannot be downloaded.
    """
    parts = ("train", "test")
    part = options.part or "test"
    if part not in parts:
        raise UsageError(f"keras.datasets.{name} has the parts train and test, not {part!r}.")
    try:
        loaded = import_module(f"keras.datasets.{name}").load_data()
    except Exception as error:  # Keras raises bare Exception for a download that failed
        raise UsageError(
            f"keras.datasets.{name} is not on this machine and cannot be downloaded: {error}. "
            f"Give the rows as a file: --data {name}.npz"
        ) from error
    x, y = loaded[parts.index(part)]
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    return ArraySource(f"keras.datasets.{name} {part}", x, y, scale=options.scale)


def _arrays(
    name: str, x: Any, y: Any, options: DataOptions, extras: Mapping[str, NDArray[Any]], names: tuple[str, ...] | None
) -> ArraySource:
    inputs = x if hasattr(x, "iloc") else as_array(x, "x")
    targets = as_array(y, "y")
    if targets.ndim == 0 or len(inputs) != len(targets) or len(targets) == 0:
        shape = getattr(inputs, "shape", (len(inputs),))
        raise UsageError(f"{name} gives inputs {shape} and answers {targets.shape}; expected one target per row.")
    ids, groups = extras.get("ids"), extras.get("groups")
    return ArraySource(name, inputs, targets, ids, groups, names, options.scale)
