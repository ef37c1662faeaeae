"""Where the rows of a training come from, told by what the object is; no framework is imported to find out."""

from __future__ import annotations

import logging
import types
from typing import Any, Literal

Source = Literal["arrays", "tf.data", "pydataset", "generator", "dataloader", "unknown"]

_log = logging.getLogger("trackexp")
_DATASETS = ("DatasetV2", "DistributedDataset", "DistributedDatasetsFromFunction")


def source_of(x: Any) -> Source:
    """Return what kind of data source `x` is, as the data adapters of Keras tell them apart."""
    if isinstance(x, types.GeneratorType):
        return "generator"
    for owner in getattr(x, "__class__", type(x)).__mro__:
        root = owner.__module__.split(".", 1)[0]
        if owner.__name__ == "PyDataset" and root == "keras":
            return "pydataset"
        if owner.__name__ in _DATASETS and root == "tensorflow":
            return "tf.data"
        if owner.__name__ == "DataLoader" and owner.__module__.startswith("torch.utils.data"):
            return "dataloader"
    if x is not None and (hasattr(x, "shape") or isinstance(x, list | tuple | dict)):
        return "arrays"
    return "unknown"


def batches_of(x: Any) -> int | None:
    """Return how many batches one pass over a stream has; None when it does not say or has no end."""
    source = source_of(x)
    try:
        if source == "pydataset":
            return None if x.num_batches is None else int(x.num_batches)
        if source == "tf.data":
            found = x.cardinality
            found = int(found() if callable(found) else found)
            return found if found >= 0 else None
        return len(x) if source == "dataloader" else None
    except Exception as error:  # a user's own length may do anything; the framework asks it again and lets it speak
        _log.debug("the stream does not say its length: %s", error)
        return None


def rows_of(x: Any) -> int | None:
    """Return the number of rows of arrays, nested or not; None when it cannot be told."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, list | tuple):
        return (rows_of(x[0]) or (len(x) if not hasattr(x[0], "shape") else None)) if x else 0
    shape = getattr(x, "shape", None)
    try:
        return int(shape[0]) if shape is not None and len(shape) else None
    except (TypeError, ValueError):
        return None
