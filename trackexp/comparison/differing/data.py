"""What differs between the data that runs were trained and validated on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trackexp.comparison.differing.config import data_hash
from trackexp.comparison.differing.values import ByRun, differing_where_told
from trackexp.record import Facts, RunRecord

_PARTS = {
    "inputs": "training inputs",
    "targets": "training targets",
    "validation_inputs": "validation inputs",
    "validation_targets": "validation targets",
}


def data_differences(records: Iterable[RunRecord]) -> ByRun:
    """Return what differs among what runs say of their data, by part and property, with the value by run id.

    Hash, shape, type and class counts of each array that `fit` was given, the rows trained on, and the versions of
    the dataset artifacts that were used. A run that does not say is no difference.
    """
    return differing_where_told({record.id: dict(_told(record)) for record in records})


def other_data(records: Sequence[RunRecord]) -> str:
    """Return the sentence that the runs were not trained on the same data; "" where nothing says so.

    >>> from trackexp.testing import make_record
    >>> data = [{"data": {"inputs": [{"shape": [9, 2], "hash": name}]}} for name in "ab"]
    >>> other_data([make_record("one", facts=data[0]), make_record("two", facts=data[1])])
    'these two were not trained on the same data'
    """
    trained = {hash_ for record in records if (hash_ := _trained_on(record)) is not None}
    if len(trained) < 2:
        return ""
    who = "these two were" if len(records) == 2 else f"these {len(records)} runs were"
    return f"{who} not trained on the same data"


def _trained_on(record: RunRecord) -> str | None:
    return data_hash(record.facts[-1], "inputs", "targets") if record.facts else None


def _told(record: RunRecord) -> Iterator[tuple[str, Any]]:
    if record.facts:
        yield from _of_arrays(record.facts[-1])
        yield "rows trained on", record.facts[-1].get("data", {}).get("rows")
    for artifact in record.artifacts:
        if artifact.used and artifact.type == "dataset":
            name, _, version = artifact.name.partition(":")
            yield f"dataset {name}", artifact.digest or version or None


def _of_arrays(facts: Facts) -> Iterator[tuple[str, Any]]:
    whole = facts.get("fit", {}).get("source", "arrays") == "arrays"
    for part, called in _PARTS.items():
        arrays: list[dict[str, Any]] = facts.get("data", {}).get(part, [])  # type: ignore[assignment]
        for index, array in enumerate(arrays):
            name = array.get("name") or (str(index) if len(arrays) > 1 else "")
            where = f"{called} {name}".rstrip()
            yield f"{where}: shape", array.get("shape")
            yield f"{where}: type", array.get("dtype")
            if whole:  # of a stream one shuffled batch was seen: two of them differ though the data are the same
                yield f"{where}: hash", array.get("hash")
                yield f"{where}: classes", array.get("class_counts")
