"""A `.wandb` file that grows: what was appended is read, and never anything twice."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

from trackexp.errors import UnreadableRunError
from trackexp.reading.wandb_file.assembly import Assembly
from trackexp.reading.wandb_file.contents import is_open_end, moment, opened
from trackexp.reading.wandb_file.framing import BLOCK, LogReader
from trackexp.reading.wandb_file.nested import load_value
from trackexp.reading.wandb_file.wire import Span, decode, items
from trackexp.record import Damage, FileRecord, RunRecord

SystemCurves = dict[str, tuple[list[float], list[float]]]
"""Of each system metric of W&B: times in seconds since 1970, and values."""


class FollowedFile:
    """The file of one run, or of one session of it, and what was read of it so far.

    A file that is replaced, or becomes shorter than what was read, is begun again; `beginnings` counts that.

    Args:
        path: The `.wandb` file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.beginnings = 0
        self._identity: tuple[int, int] | None = None
        self._seen: tuple[int, int] = (-1, -1)
        self._begin()

    def _begin(self) -> None:
        self._log = LogReader(io.BytesIO())
        self._assembly = _FollowedAssembly(self._log)
        self._settled: list[Damage] = []
        self._resume = 0
        self.beginnings += 1

    @property
    def system(self) -> SystemCurves:
        """The system metrics over time."""
        return self._assembly.system

    def poll(self) -> bool:
        """Read what was appended since the last time; return whether there was anything.

        Raises:
            UnreadableRunError: It is no W&B run at all, or cannot be opened.
        """
        try:
            status = self.path.stat()
        except OSError as error:
            raise UnreadableRunError(f"{self.path} cannot be read: {error.strerror or error}") from error
        identity, stamp = (status.st_dev, status.st_ino), (status.st_size, status.st_mtime_ns)
        if stamp == self._seen and identity == self._identity:
            return False
        if self._identity is not None and (identity != self._identity or status.st_size < self._resume):
            self._begin()
        with opened(self.path) as file:
            file.seek(start := self._resume // BLOCK * BLOCK)
            log = LogReader(file, start, skip=self._resume - start)
            for batch in log.batches():
                self._assembly.take_many(batch)
        self._identity, self._seen = identity, stamp
        self._note(log)
        return True

    def _note(self, log: LogReader) -> None:
        """Keep what was damaged, and where to go on: at the record that the end of the file cuts off."""
        damage = list(log.damage)
        is_open = bool(damage) and is_open_end(damage[-1], log.end)
        self._settled += damage[:-1] if is_open else damage
        self._resume = damage[-1].offset if is_open else log.end
        self._log.damage = [*self._settled, *damage[-1:]] if is_open else list(self._settled)
        self._log.end = log.end

    def record(self) -> RunRecord:
        """Return the run as it was read so far, with the state by the evidence of this moment, without its files."""
        return self._assembly.finish(self.path, keep=True)

    def files(self) -> tuple[FileRecord, ...]:
        """Return the files of the run as they are on this disk now."""
        return self._assembly.files(self.path)


class _FollowedAssembly(Assembly):
    """An assembly that keeps the curves of the system metrics, not their peaks alone."""

    def __init__(self, log: LogReader) -> None:
        super().__init__(log)
        self.system: SystemCurves = {}

    def _take_stats(self, data: bytes, span: Span, offset: int) -> None:
        super()._take_stats(data, span, offset)
        sampled: datetime | None = moment(decode(data, span, "StatsRecord").get("timestamp"))
        if sampled is None:
            return
        for path, text in items(data, span, 3):
            value: Any = load_value(text)
            if isinstance(value, int | float) and not isinstance(value, bool):
                times, values = self.system.setdefault(path[-1], ([], []))
                times.append(sampled.timestamp())
                values.append(float(value))
