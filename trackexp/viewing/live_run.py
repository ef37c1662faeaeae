"""One run with all of its sessions, of which only what was appended is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import RLock
from typing import Any

from trackexp.errors import UnreadableRunError
from trackexp.reading.batch_history import is_batch_file, with_batches
from trackexp.reading.sessions import merged
from trackexp.reading.wandb_file.following import FollowedFile, SystemCurves
from trackexp.record import Damage, FileRecord, History, RunRecord, State

_RECENT = 5  # epochs that the pace is the median of


class LiveRun:
    """A run as it stands, however long it goes on; may be asked from several threads.

    Args:
        paths: The `.wandb` files of its sessions, oldest first.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._files = [FollowedFile(Path(path)) for path in paths]
        self._record: RunRecord | None = None
        self._batches: tuple[Any, History, tuple[Damage, ...]] | None = None
        self._lock = RLock()

    @property
    def beginnings(self) -> int:
        """How often a file of it was begun anew: what was read before is void then."""
        return sum(file.beginnings for file in self._files)

    def poll(self) -> bool:
        """Read what was appended; return whether there was anything, or the run's state changed.

        Raises:
            UnreadableRunError: None of its files is a run.
        """
        with self._lock:
            changed, failed = False, 0
            for file in self._files:
                try:
                    changed |= file.poll()
                except UnreadableRunError:
                    failed += 1
                    if failed == len(self._files):
                        raise
            if not changed and (self._record is None or self._record.state is not State.RUNNING):
                return self._record is None
            before, self._record = self._record, merged([file.record() for file in self._files])
            return changed or before is None or before.state is not self._record.state

    def record(self) -> RunRecord:
        """Return the run as of the last poll, without its files."""
        with self._lock:
            if self._record is None:
                self.poll()
            assert self._record is not None
            return self._record

    def whole(self) -> RunRecord:
        """Return the run as of the last poll, with its files and every batch that a table of its files has."""
        with self._lock:
            found: dict[str, FileRecord] = {}
            for file in (file for followed in self._files for file in followed.files()):
                if file.path is not None or file.name not in found:
                    found[file.name] = file
            record = replace(self.record(), files=tuple(found[name] for name in sorted(found)))
            return self._with_batches(record)

    def _with_batches(self, record: RunRecord) -> RunRecord:
        tables = [file for file in record.files if file.path is not None and is_batch_file(file.name)]
        if not tables:
            return record
        stamp = [(file.path, file.size) for file in tables]
        if self._batches is None or self._batches[0] != stamp:
            history, lost = with_batches(History(), [file.path for file in tables if file.path is not None])
            self._batches = (stamp, history, lost)
        _, history, lost = self._batches
        return replace(record, history=History({**record.history, **history}), damage=(*record.damage, *lost))

    def system(self) -> SystemCurves:
        """Return the system metrics of all sessions over time."""
        with self._lock:
            joined: SystemCurves = {}
            for file in self._files:
                for name, (times, values) in file.system.items():
                    known = joined.setdefault(name, ([], []))
                    known[0].extend(times)
                    known[1].extend(values)
            return joined


def progress_of(record: RunRecord) -> dict[str, float | int | None]:
    """Return how far a training has come, by what it logs itself.

    Returns:
        `epoch`, the epochs that are done; `epochs`, those that were asked for; `pace`, seconds an epoch, the median of
        the last five; `left`, seconds until the last one is done at that pace. None where it cannot be told.
    """
    key = record.history_keys.key_of("epoch")
    fit = record.facts[-1].get("fit", {}) if record.facts else {}
    asked = fit.get("epochs")
    first = fit.get("first_epoch", 0)
    total = first + asked - fit.get("initial_epoch", 0) if isinstance(asked, int) else None
    if key is None or not len(record.history[key]):
        return {"epoch": None, "epochs": total, "pace": None, "left": None}
    moments, numbers = _moments(record, key)
    done = round(max(numbers)) + 1 if numbers else None
    recent = sorted(b - a for a, b in pairwise(moments[-_RECENT - 1 :]) if b > a)
    pace = recent[len(recent) // 2] if recent else None
    left = max(total - done, 0) * pace if total is not None and done is not None and pace is not None else None
    return {"epoch": done, "epochs": total, "pace": pace, "left": left}


def _moments(record: RunRecord, key: str) -> tuple[list[float], list[float]]:
    """Return when each of the last epochs was over, in seconds, and their numbers."""
    epochs = record.history[key]
    times = record.history.get("_timestamp") or record.history.get("_runtime")
    moments: list[float] = []
    numbers: list[float] = []
    tail = slice(max(0, len(epochs) - 20 * _RECENT), None)
    for step, number in zip(epochs.steps[tail].tolist(), epochs.values[tail].tolist(), strict=True):
        if not math.isfinite(number):
            continue
        place = None if times is None else int(times.steps.searchsorted(step))
        moment = float(times.values[place]) if times is not None and place is not None and place < len(times) else None
        if numbers and numbers[-1] == number:
            if moment is not None and moments:
                moments[-1] = moment
            continue
        numbers.append(number)
        if moment is not None and math.isfinite(moment):
            moments.append(moment)
    return moments, numbers
