"""What a name in a filter, a column or an order stands for in a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from trackexp.errors import FilterError, nearest
from trackexp.record.metric_names import canonical_name, direction_of
from trackexp.record.run_record import RunRecord

_MISSING = object()


def _started(record: RunRecord) -> str | None:
    if record.started_at is None:
        return None
    return record.started_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


FIELDS: dict[str, Callable[[RunRecord], Any]] = {
    "id": lambda record: record.id,
    "name": lambda record: record.title,
    "project": lambda record: record.project,
    "entity": lambda record: record.entity,
    "group": lambda record: record.group,
    "job_type": lambda record: record.job_type,
    "tags": lambda record: list(record.tags),
    "notes": lambda record: record.notes,
    "state": lambda record: str(record.state),
    "exit_code": lambda record: record.exit_code,
    "started_at": _started,
    "runtime": lambda record: record.runtime,
    "script": lambda record: record.script,
    "argv": lambda record: record.argv,
    "command": lambda record: record.command,
    "path": lambda record: None if record.path is None else str(record.path),
    "damaged": lambda record: bool(record.damage),
    "findings": lambda record: [finding.code for finding in record.findings],
}
_PREFIXES = ("config.", "summary.")


def getter(name: str) -> Callable[[RunRecord], Any]:
    """Return what reads a name from a record: a field, `config.…`, `summary.…`, or a metric such as `val/loss`.

    The value is None where a record does not have it. A metric that the summary keeps as a mapping, `{"min": 0.2}`, is
    its best number, and is found under every name that it has in the dialects trackexp reads.

    >>> record = RunRecord("6tviu1ge", config={"opt": {"lr": 0.1}}, summary={"epoch/val_loss": {"min": 0.2}})
    >>> getter("config.opt.lr")(record), getter("val/loss")(record), getter("summary.val_loss")(record)
    (0.1, 0.2, 0.2)

    Raises:
        FilterError: No record has anything of this name.
    """
    if name in FIELDS:
        return FIELDS[name]
    kind, _, key = name.partition(".")
    if kind == "config" and key:
        return lambda record: nested(record.config, key)
    if kind == "summary" and key:
        return lambda record: summary_value(record, key)
    if "/" in name or ("/" in canonical_name(name) and direction_of(name)):  # `val_loss`, as Keras calls it
        return lambda record: summary_value(record, name)
    hint = nearest(name, FIELDS) or f"; a value of the config is config.{name}, one of the summary summary.{name}"
    raise FilterError(f"no run has {name!r}{hint}; there are {', '.join(FIELDS)}, config.…, summary.… and metrics")


def nested(values: Mapping[str, Any], key: str) -> Any:
    """Return the value at a dotted key, whatever of its dots are nesting and whatever are part of a name; or None."""
    found = _at(values, key)
    return None if found is _MISSING else found


def summary_value(record: RunRecord, key: str) -> Any:
    """Return a value of the summary by any of its names, the best one where W&B keeps several; None without one."""
    found = _at(record.summary, key)
    if found is _MISSING:
        own = record.summary_keys.key_of(key)
        found = None if own is None else record.summary[own]
    return flattened(found, key)


def flattened(value: Any, key: str) -> Any:
    """Return the number that a summary of `define_metric` stands for: the best by the metric's direction, or the last.

    >>> flattened({"min": 0.2, "max": 0.9}, "val/loss"), flattened({"mean": 3}, "x"), flattened(0.5, "x")
    (0.2, 3, 0.5)
    """
    if not isinstance(value, Mapping):
        return value
    for word in (direction_of(key), "best", "min", "max", "last", "first", "mean"):
        if word is not None and isinstance(value.get(word), int | float):
            return value[word]
    return value


def _at(values: Any, key: str) -> Any:
    if not isinstance(values, Mapping):
        return _MISSING
    if key in values:
        return values[key]
    place = key.find(".")
    while place >= 0:
        if key[:place] in values:
            found = _at(values[key[:place]], key[place + 1 :])
            if found is not _MISSING:
                return found
        place = key.find(".", place + 1)
    return _MISSING
