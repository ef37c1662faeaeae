"""What differs between the configs, data and environments of runs, and nothing that does not."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from trackexp.record import Facts, RunRecord, dotted
from trackexp.record.code import KEY as CODE_KEY


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


# What is of one run alone, or is told elsewhere: the code by its own differences, the arguments by the config.
_OF_THE_RUN = re.compile(
    r"startedAt|heartbeatAt|writerId|email|username|root|program\w*|codePath\w*|executable|args|git\b.*|commit|remote"
    r"|state|session.*|disk\b.*used|disk\b.*|slurm\b.*|trainium\b.*|.*[._](?:uuid|serial\w*)"
)
_MOST_BYTES = 4_000_000  # of a list of packages: one of 10,000 lines has 300 kB


def environment_differences(records: Iterable[RunRecord]) -> ByRun:
    """Return what differs among hardware, Python and packages, with the value by run id.

    A package that one run lacks counts, where both lists are known; what W&B did not note of a run does not.
    """
    records = list(records)
    machines = {record.id: dict(_machine(record)) for record in records}
    installed = {record.id: packages for record in records if (packages := packages_of(record))}
    named = {
        run: {f"packages.{name}": version for name, version in packages.items()} for run, packages in installed.items()
    }
    return {**differing_where_told(machines), **differing(named)}


def packages_of(record: RunRecord) -> dict[str, str]:
    """Return the versions of the installed packages by their names, as the run's `requirements.txt` lists them."""
    file = record.file("requirements.txt")
    if file is None or file.path is None:
        return {}
    try:
        with file.path.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read(_MOST_BYTES)
    except OSError:  # it vanished, or is not ours to read: then it is not known
        return {}
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)==(\S+)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def _machine(record: RunRecord) -> Iterator[tuple[str, Any]]:
    environment: Mapping[str, Any] = record.environment
    for key, value in dotted(environment).items():
        if not _OF_THE_RUN.fullmatch(key):
            yield key, value
    noted = record.config.get(CODE_KEY)  # versions and variables that trackexp noted beside the code
    if isinstance(noted, Mapping):
        for part in ("versions", "variables", "seeds"):
            yield from dotted(noted.get(part) or {}, f"{part}.").items()
    if record.facts:
        model = record.facts[-1].get("model", {})
        yield "keras", model.get("keras")
        yield "keras backend", model.get("backend")


ByRun = dict[str, dict[str, Any]]
"""Value by run id, by key; a run that lacks the key is left out of its values."""
_ABSENT = ("absent",)


def differing(by_run: Mapping[str, Mapping[str, Any]]) -> ByRun:
    """Return the keys whose value is not the same in every run, with the value by run id.

    >>> differing({"a": {"lr": 0.1, "epochs": 5}, "b": {"lr": 0.2, "epochs": 5.0}})
    {'lr': {'a': 0.1, 'b': 0.2}}
    """
    keys = dict.fromkeys(key for values in by_run.values() for key in values)
    found = {}
    for key in keys:
        if len({identity(values[key]) if key in values else _ABSENT for values in by_run.values()}) > 1:
            found[key] = {run: values[key] for run, values in by_run.items() if key in values}
    return found


def differing_where_told(by_run: Mapping[str, Mapping[str, Any]]) -> ByRun:
    """Return the keys whose value differs among the runs that say it: what was not seen is no difference.

    >>> differing_where_told({"a": {"hash": "x"}, "b": {"hash": None}, "c": {}})
    {}
    """
    keys = dict.fromkeys(key for values in by_run.values() for key in values)
    found = {}
    for key in keys:
        told = {run: values[key] for run, values in by_run.items() if values.get(key) is not None}
        if len({identity(value) for value in told.values()}) > 1:
            found[key] = told
    return found


def ratios(differences: Mapping[str, Mapping[str, Any]], reference: str) -> dict[str, dict[str, float]]:
    """Return how many times as large each number is as that of the reference run, for the keys that are numbers.

    >>> ratios({"lr": {"a": 0.1, "b": 0.3}, "arch": {"a": "x", "b": "y"}}, "a")
    {'lr': {'a': 1.0, 'b': 3.0}}
    """
    found = {}
    for key, values in differences.items():
        one = values.get(reference)
        if _is_number(one) and one and all(map(_is_number, values.values())):
            found[key] = {run: float(f"{value / one:.7g}") for run, value in values.items()}
    return found


def identity(value: Any) -> Hashable:
    """Return what makes two values the same: 1 and 1.0 are, 1 and true are not, and neither are 1 and "1"."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, int | float):
        return ("number", value if value == value else "NaN")
    if isinstance(value, Mapping):
        return ("mapping", *sorted((str(key), identity(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *map(identity, value))
    return (type(value).__name__, str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
