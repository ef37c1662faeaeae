"""History as it grows: one column of steps and one of values for every metric that is a number."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable

import numpy as np

from trackexp.record import History, Series

_NUMBER = frozenset(b"-0123456789NI")  # how a number in JSON begins; NaN and Infinity are W&B's own
_INT64 = range(-(1 << 63), 1 << 63)

Item = tuple[tuple[str, ...], bytes]


class Columns:
    """What `History` is built from; text, lists and media are no numbers and are left out."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[array[int], array[float]]] = {}
        self._rows = 0

    def add(self, items: Iterable[Item], step: int | None) -> None:
        """Add one row; its step is the `_step` item, then `step`, then the number of the row."""
        items = list(items)
        media = {path[:-1] for path, _ in items if path[-1] == "_type"}
        numbers: dict[str, float] = {}
        for path, text in items:
            if path == ("_step",):
                step = _whole(text, step)
            elif not media or not any(path[:depth] in media for depth in range(1, len(path))):
                numbers.update(_numbers(".".join(path), text))
        step = self._rows if step is None else step
        self._rows += 1
        for name, number in numbers.items():
            steps, values = self._columns.setdefault(name, (array("q"), array("d")))
            steps.append(step)
            values.append(number)

    def finish(self) -> History:
        """Return the columns, each by rising step; rows of the same step stay in the order they were written in."""
        return History({name: _series(name, *column) for name, column in self._columns.items()})


def _series(name: str, steps: array[int], values: array[float]) -> Series:
    column = Series(name, np.array(steps, np.int64), np.array(values, np.float64))
    if len(column) > 1 and (np.diff(column.steps) < 0).any():
        order = np.argsort(column.steps, kind="stable")
        return Series(name, column.steps[order], column.values[order])
    return column


def _whole(text: bytes, default: int | None) -> int | None:
    if not text.lstrip(b"-").isdigit() or len(text) > 20 or int(text) not in _INT64:
        return default
    return int(text)


def _numbers(name: str, text: bytes) -> dict[str, float]:
    if text[:1] and text[0] in _NUMBER:
        return {name: float(text)}
    if text in (b"true", b"false"):
        return {name: float(text == b"true")}
    return _flattened(name, json.loads(text)) if text.startswith(b"{") else {}


def _flattened(name: str, value: object) -> dict[str, float]:
    """Return the numbers of a mapping under dotted names, as newer clients write them one by one."""
    if isinstance(value, dict) and "_type" not in value:
        parts = [_flattened(f"{name}.{key}", child) for key, child in value.items()]
        return {key: number for part in parts for key, number in part.items()}
    return {name: float(value)} if isinstance(value, int | float) else {}
