"""The summary after many updates: of every key only the last one is set."""

from __future__ import annotations

import numpy as np

from trackexp.reading.wandb_file.framing import Batch
from trackexp.reading.wandb_file.messages import SUMMARY, Bodies, Items, Path
from trackexp.reading.wandb_file.nested import NestedValues


class SummaryUpdates:
    """The summary records of one batch that the fast pass could read, applied to `values` up to a given record."""

    def __init__(self, bodies: Bodies, items: Items, batch: Batch, values: NestedValues) -> None:
        self._chosen = np.flatnonzero(bodies.kind[items.record] == SUMMARY)
        self._record = items.record[self._chosen]
        self._bodies, self._items, self._batch, self._values = bodies, items, batch, values
        self._done = 0

    def apply_before(self, place: int) -> None:
        """Apply the updates of the records before `place` that are still to be applied."""
        stop = int(np.searchsorted(self._record, place))
        chosen, self._done = self._chosen[self._done : stop], stop
        if not len(chosen):
            return
        key, paths = self._items.key[chosen], self._items.paths
        first, last = np.full(len(paths), -1), np.full(len(paths), -1)
        last[key], first[key[::-1]] = chosen, chosen[::-1]
        present = sorted(np.flatnonzero(last >= 0).tolist(), key=lambda index: int(first[index]))
        if _independent([paths[index] for index in present]):
            chosen = last[present]
        for item in chosen.tolist():
            text = self._bodies.buffer[self._items.start[item] : self._items.stop[item]]
            self._values.update(paths[self._items.key[item]], text, self._batch.offset(int(self._items.record[item])))


def _independent(paths: list[Path]) -> bool:
    """Return whether no key lies within another, so that each is what its last update says."""
    known = set(paths)
    return not any(path[:depth] in known for path in paths for depth in range(1, len(path)))
