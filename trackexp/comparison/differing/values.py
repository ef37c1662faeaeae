"""Values by key and run: which of them differ."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

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
