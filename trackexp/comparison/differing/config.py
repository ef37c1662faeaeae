"""What differs between the configs of runs, and nothing that does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from trackexp.comparison.differing.values import ByRun, differing, differing_where_told
from trackexp.record import Facts, RunRecord, dotted


def differences(records: Iterable[RunRecord]) -> ByRun:
    """Return every config key that differs, dotted where nested, with its value by run id.

    A run that lacks a key is left out of its values. Of trackexp's own entry the few facts count that change a
    training, under the keys by which W&B filters them; there a run without facts says nothing, and is no difference.
    """
    records = list(records)
    settings = {record.id: dotted(record.settings) for record in records}
    told = {record.id: dict(_telling_facts(record.facts[-1])) for record in records if record.facts}
    return {**differing(settings), **differing_where_told(told)}


def says_nothing(record: RunRecord) -> bool:
    """Return whether nothing is known of a run but its id, as when it was killed before anything was written.

    Then its config is unknown, which is not the same as empty.
    """
    told = (record.name, record.project, record.started_at, record.config, record.summary, record.history)
    return not any(told)


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
