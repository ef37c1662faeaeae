"""History as it grows: one column of steps and one of values for every metric that is a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.nested import load_value
from trackexp.record import History, Series

_NUMBER = frozenset(b"-0123456789NI")  # how a number in JSON begins; NaN and Infinity are W&B's own
MOST_NAMES = 20_000  # metrics that are read of one run; W&B advises to log no more than 10,000
_INT64 = range(-(1 << 63), 1 << 63)

Item = tuple[tuple[str, ...], bytes]
Places = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """The numbers of the rows that the fast pass could read.

    Args:
        rows: Records of the batch that are such rows, rising.
        steps: The step of each of them.
        record: Of each number, which record it is of; rising.
        name: Index into `names`.
        value: The number.
    """

    rows: Places
    steps: Places
    record: Places
    name: Places
    value: Values
    names: list[str]


class Columns:
    """What `History` is built from; text, lists and media are no numbers and are left out.

    Rows come one by one, or many as cells; those of one batch become columns when it is closed.
    """

    def __init__(self) -> None:
        self._steps: dict[str, list[Places]] = {}
        self._values: dict[str, list[Values]] = {}
        self._added: list[tuple[int, int, dict[str, float]]] = []
        self._rows = 0
        self.left_out = False

    def add(self, items: Iterable[Item], step: int | None, *, place: int | None = None, before: int = 0) -> None:
        """Add one row; its step is the `_step` item, then `step`, then the number of the row.

        Args:
            items: Key and JSON text of each.
            step: The record's own step, where it has one.
            place: Which record of the batch it is.
            before: How many rows of the same batch stand before it and come as cells.
        """
        items = list(items)
        media = {path[:-1] for path, _ in items if path[-1] == "_type"}
        numbers: dict[str, float] = {}
        for path, text in items:
            if path == ("_step",):
                step = _whole(text, step)
            elif not media or not any(path[:depth] in media for depth in range(1, len(path))):
                numbers.update(numbers_in(".".join(path), text))
        step = self._rows + len(self._added) + before if step is None else step
        self._added.append((len(self._added) if place is None else place, step, numbers))

    def close_batch(self, cells: Cells | None = None) -> None:
        """Make columns of the rows added since the last time, and of the cells of the same batch."""
        cells = _with_added(cells, self._added) if self._added else cells
        self._added.clear()
        if cells is None or not len(cells.rows):
            return
        self._rows += len(cells.rows)
        steps = np.empty(int(cells.rows[-1]) + 1, np.int64)
        steps[cells.rows] = cells.steps
        for name, chosen in _by_name(cells):
            if name not in self._steps and len(self._steps) >= MOST_NAMES:
                self.left_out = True
                continue
            record = cells.record[chosen]
            again = record[1:] == record[:-1]
            if again.any():  # of a key that a row has twice the last one counts
                kept = np.append(~again, True)
                record, chosen = record[kept], chosen[kept]
            whole = len(record) == len(cells.rows)
            self._steps.setdefault(name, []).append(cells.steps if whole else steps[record])
            self._values.setdefault(name, []).append(cells.value[chosen])

    def finish(self, *, keep: bool = False) -> History:
        """Return the columns, each by rising step; rows of the same step stay in the order they were written in.

        Metrics that were logged together share one array of steps.

        Args:
            keep: Hold the columns for rows that are still to come; else their memory is given away.
        """
        self.close_batch()
        shared: dict[tuple[int, ...], tuple[Places, Places | None]] = {}
        series: dict[str, Series] = {}
        for name, chunks in self._steps.items():
            parts = tuple(map(id, chunks))
            if parts not in shared:
                shared[parts] = _in_order(np.concatenate(chunks))
            steps, order = shared[parts]
            values = np.concatenate(self._values.pop(name))
            series[name] = Series(name, steps, values if order is None else values[order])
        self._steps.clear()
        if keep:
            self._steps = {name: [column.steps] for name, column in series.items()}
            self._values = {name: [column.values] for name, column in series.items()}
        return History(series)


def _with_added(cells: Cells | None, added: list[tuple[int, int, dict[str, float]]]) -> Cells:
    """Return the cells and the rows that came one by one, in the order in which they were written."""
    flat = [(place, name, value) for place, _, numbers in added for name, value in numbers.items()]
    known = {name: index for index, name in enumerate(dict.fromkeys(name for _, name, _ in flat))}
    own = Cells(
        np.array([place for place, _, _ in added], np.int64),
        np.array([step for _, step, _ in added], np.int64),
        np.array([place for place, _, _ in flat], np.int64),
        np.array([known[name] for _, name, _ in flat], np.int64),
        np.array([value for _, _, value in flat], np.float64),
        list(known),
    )
    if cells is None:
        return own
    rows = np.argsort(np.concatenate([cells.rows, own.rows]))
    order = np.argsort(np.concatenate([cells.record, own.record]), kind="stable")
    return Cells(
        np.concatenate([cells.rows, own.rows])[rows],
        np.concatenate([cells.steps, own.steps])[rows],
        np.concatenate([cells.record, own.record])[order],
        np.concatenate([cells.name, own.name + len(cells.names)])[order],
        np.concatenate([cells.value, own.value])[order],
        cells.names + own.names,
    )


def _by_name(cells: Cells) -> Iterator[tuple[str, Places]]:
    """Yield each name, in the order of first appearance, with the places of its numbers, rising."""
    unique = {name: index for index, name in enumerate(dict.fromkeys(cells.names))}
    place = np.array([unique[name] for name in cells.names], np.min_scalar_type(len(cells.names)))[cells.name]
    order = np.argsort(place, kind="stable")
    stops = np.cumsum(np.bincount(place, minlength=len(unique)))
    groups = [
        (name, order[start:stop])
        for name, start, stop in zip(unique, [0, *stops[:-1].tolist()], stops.tolist(), strict=False)
        if stop > start
    ]
    return iter(sorted(groups, key=lambda group: int(group[1][0])))


def _in_order(steps: Places) -> tuple[Places, Places | None]:
    """Return rising steps, and the order that makes them so where they were not."""
    if not (np.diff(steps) < 0).any():
        return steps, None
    order = np.argsort(steps, kind="stable")
    return steps[order], order


def _whole(text: bytes, default: int | None) -> int | None:
    if not text.lstrip(b"-").isdigit() or len(text) > 20 or int(text) not in _INT64:
        return default
    return int(text)


def numbers_in(name: str, text: bytes) -> dict[str, float]:
    """Return the numbers in the JSON text of one item: itself, or those of a mapping; nothing for anything else."""
    if text[:1] and text[0] in _NUMBER:
        return {name: float(text)}
    if text in (b"true", b"false"):
        return {name: float(text == b"true")}
    return flattened(name, load_value(text)) if text.startswith(b"{") else {}


def flattened(name: str, value: object) -> dict[str, float]:
    """Return the numbers of a mapping under dotted names, as newer clients write them one by one."""
    if isinstance(value, dict) and "_type" not in value:
        parts = [flattened(f"{name}.{key}", child) for key, child in value.items()]
        return {key: number for part in parts for key, number in part.items()}
    return {name: float(value)} if isinstance(value, int | float) else {}
