"""What differs between runs, and nothing that does not."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from trackexp.record import Facts, RunRecord, dotted

_ABSENT = ("absent",)


def differences(records: Iterable[RunRecord]) -> dict[str, dict[str, Any]]:
    """Return every config key that differs, dotted where nested, with its value by run id.

    A run that lacks a key is left out of its values. Of trackexp's own entry the few facts count that change a
    training, under the keys by which W&B filters them; there a run without facts says nothing, and is no difference.
    """
    records = list(records)
    settings = {record.id: dotted(record.settings) for record in records}
    told = {record.id: dict(_telling_facts(record.facts[-1])) for record in records if record.facts}
    return {
        **_differing(settings),
        **_differing(
            {run: {key: value for key, value in facts.items() if value is not None} for run, facts in told.items()}
        ),
    }


def data_hash(facts: Facts, *names: str) -> str | None:
    """Return one name for the arrays that fit was given, or None when one of them is unknown.

    Only whole arrays have a hash that means the data: of a stream only the first batch was seen, and shuffling
    changes that one.
    """
    arrays = [array for name in names for array in facts.get("data", {}).get(name, [])]  # type: ignore[attr-defined]
    hashes = [array.get("hash") for array in arrays]
    whole = all((array.get("shape") or [None])[0] is not None for array in arrays)
    if not hashes or not whole or None in hashes or facts.get("fit", {}).get("source", "arrays") != "arrays":
        return None
    return "+".join(hashes)


def _differing(by_run: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    keys = dict.fromkeys(key for values in by_run.values() for key in values)
    found = {}
    for key in keys:
        if len({_identity(values[key]) if key in values else _ABSENT for values in by_run.values()}) > 1:
            found[key] = {run: values[key] for run, values in by_run.items() if key in values}
    return found


def _telling_facts(facts: Facts) -> Iterator[tuple[str, Any]]:
    compiled, fit, model = facts.get("compile", {}), facts.get("fit", {}), facts.get("model", {})
    optimizer = compiled.get("optimizer") or {}
    yield "trackexp.compile.loss", compiled.get("loss")
    yield "trackexp.compile.optimizer.identifier", optimizer.get("identifier")
    yield "trackexp.compile.optimizer.learning_rate", optimizer.get("learning_rate")
    yield "trackexp.fit.batch_size", fit.get("batch_size")
    yield "trackexp.fit.epochs", fit.get("epochs")
    yield "trackexp.model.parameters", model.get("parameters")
    yield "trackexp.data.hash", data_hash(facts, "inputs", "targets")
    yield "trackexp.data.validation_hash", data_hash(facts, "validation_inputs", "validation_targets")


def _identity(value: Any) -> Hashable:
    """Return what makes two values the same: 1 and 1.0 are, 1 and true are not, and neither are 1 and "1"."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | float):
        return ("number", value if value == value else "NaN")
    if isinstance(value, Mapping):
        return ("mapping", *sorted((str(key), _identity(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *map(_identity, value))
    return (type(value).__name__, str(value))
