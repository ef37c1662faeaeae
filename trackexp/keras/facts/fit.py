"""Facts of the arguments of fit, as the user passed them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

from trackexp.fit.data.sources import Source, batches_of, rows_of, source_of
from trackexp.fit.plain import number, plain
from trackexp.record.facts import CallbackFacts, FitFacts, LoaderFacts

KERAS_BATCH_SIZE = 32
MAX_CALLBACKS = 64
_NOT_ARGUMENTS = frozenset(  # what a callback keeps for itself while it works
    {
        "model", "params", "validation_data", "history", "epoch", "best", "best_epoch", "best_weights", "wait",
        "stopped_epoch", "monitor_op", "cooldown_counter", "seen",
    }
)  # fmt: skip


def fit_facts(arguments: Mapping[str, Any], index: int = 0) -> FitFacts:
    """Return the facts of one call of fit.

    Args:
        arguments: The bound arguments of `model.fit` by name; absent ones have Keras's default.
        index: Which fit of the run it is, from 0.
    """
    source = source_of(arguments.get("x"))
    size = plain(arguments.get("batch_size"))
    weights = arguments.get("class_weight")
    facts = FitFacts(
        index=index,
        source=source,
        batch_size=(size or KERAS_BATCH_SIZE) if source == "arrays" else size,
        epochs=_integer(arguments.get("epochs"), 1),
        initial_epoch=_integer(arguments.get("initial_epoch"), 0),
        steps_per_epoch=plain(arguments.get("steps_per_epoch")),
        shuffle=bool(arguments.get("shuffle", True)) if source in ("arrays", "pydataset") else None,
        validation=_validation(arguments),
        validation_split=number(arguments.get("validation_split")) or 0.0,
        validation_freq=_frequency(arguments.get("validation_freq", 1)),
        validation_steps=plain(arguments.get("validation_steps")),
        class_weight={str(plain(key)): number(value) or 0.0 for key, value in weights.items()} if weights else None,
        sample_weight=arguments.get("sample_weight") is not None,
        callbacks=callback_facts(arguments.get("callbacks")),
    )
    facts["batches"] = _batches(arguments, facts, source)
    facts["loader"] = loader_facts(arguments.get("x"), facts)
    return facts


def loader_facts(x: Any, facts: FitFacts) -> LoaderFacts:
    """Return what hands out the batches: Keras itself for arrays, else the PyDataset, DataLoader or stream.

    Args:
        x: As it was passed to fit.
        facts: Of the other arguments.
    """
    if facts["source"] == "arrays":
        rows = rows_of(x)
        return LoaderFacts(batch_size=facts["batch_size"], drop_last=False, workers=0, rows=rows)
    found = LoaderFacts(batch_size=_whole(getattr(x, "batch_size", facts["batch_size"])), rows=_length(x))
    workers = _whole(getattr(x, "num_workers", getattr(x, "workers", None)))  # of a DataLoader, of a PyDataset
    if workers is not None:
        found["workers"] = workers
    if facts["source"] == "dataloader":
        found["sampler"] = type(getattr(x, "sampler", None)).__name__
        found["drop_last"] = bool(getattr(x, "drop_last", False))
    return found


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _length(x: Any) -> int | None:
    try:
        return len(x.dataset)
    except (AttributeError, TypeError):  # no DataLoader, or one of a stream
        return None


def callback_facts(callbacks: Any) -> list[CallbackFacts]:
    """Return class name and plain arguments of the user's callbacks; trackexp's own are left out."""
    callbacks = getattr(callbacks, "callbacks", callbacks)
    if callbacks is None:
        return []
    found = callbacks if isinstance(callbacks, list | tuple) else [callbacks]
    users = [callback for callback in found if not type(callback).__module__.startswith("trackexp.")]
    return [CallbackFacts(callback=type(item).__name__, config=_arguments(item)) for item in users[:MAX_CALLBACKS]]


def _arguments(callback: Any) -> dict[str, Any]:
    config = {}
    for name, value in getattr(callback, "__dict__", {}).items():
        if not name.startswith("_") and name not in _NOT_ARGUMENTS and isinstance(value, str | int | float | None):
            config[name] = plain(value)
    schedule = getattr(callback, "schedule", None)
    if callable(schedule):
        config["schedule"] = plain(schedule)
    return config


def _integer(value: Any, default: int) -> int:
    found = number(value)
    return default if found is None else int(found)


def _frequency(value: Any) -> int | None:
    found = number(value)  # None for a list of epochs
    return None if found is None else int(found)


def _validation(arguments: Mapping[str, Any]) -> Literal["none", "split", "arrays", "stream"]:
    given = arguments.get("validation_data")
    if given is None:
        return "split" if arguments.get("validation_split") else "none"
    first = given[0] if isinstance(given, tuple | list) and given else given
    return "arrays" if source_of(first) == "arrays" else "stream"


def _batches(arguments: Mapping[str, Any], facts: FitFacts, source: Source) -> int | None:
    if facts["steps_per_epoch"]:
        return facts["steps_per_epoch"]
    if source != "arrays":
        return batches_of(arguments.get("x"))
    rows = rows_of(arguments.get("x"))
    if rows is None:
        return None
    rows = math.floor(rows * (1 - facts["validation_split"])) if facts["validation"] == "split" else rows
    return math.ceil(rows / (facts["batch_size"] or KERAS_BATCH_SIZE))
