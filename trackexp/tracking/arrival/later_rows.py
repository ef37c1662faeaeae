"""Rows for which W&B's own process is gone: written to a file of ours, so that only the dashboard lacks them."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trackexp.reading.places import LATER_ROWS

_RECENT = 1024  # rows before the end of that process, of which nobody knows which it had written
_log = logging.getLogger("trackexp")


class LaterRows:
    """Sees every record on its way to W&B's own process.

    Args:
        folder: Of the run.
        is_gone: Whether that process has ended; asked at every row, so it must be cheap.
        step: The step of a row that names none.
    """

    def __init__(self, folder: Path, is_gone: Callable[[], bool], step: Callable[[], int]) -> None:
        self._path = folder / LATER_ROWS
        self._is_gone, self._step = is_gone, step
        self._recent: deque[tuple[int, Any]] = deque(maxlen=_RECENT)

    def behind(self, mask: Callable[[Any], bool]) -> Callable[[Any], bool]:
        """Return a filter of records that masks first; a row that can only be kept here is not sent."""

        def passes(record: Any) -> bool:
            return mask(record) and not self._keeps(record)

        return passes

    def _keeps(self, record: Any) -> bool:
        """Note a row; once that process is gone, write all rows that are noted, and return whether this is one."""
        kind = record.WhichOneof("record_type")
        is_row = bool(kind == "request" and record.request.WhichOneof("request_type") == "partial_history")
        if is_row:
            row = record.request.partial_history
            self._recent.append((row.step.num if row.HasField("step") else self._step(), row))
        if not self._recent or not self._is_gone():
            return False
        try:
            self._write()
        except OSError:  # the disk is full: the rows wait, as many as there is room for
            _log.debug("%s cannot be written", self._path, exc_info=True)
        return is_row

    def _write(self) -> None:
        rows = list(self._recent)
        with self._path.open("a", encoding="utf-8") as file:
            for step, row in rows:
                items = {item.key or ".".join(item.nested_key): item.value_json for item in row.item}
                file.write(json.dumps({"step": step, "items": items}) + "\n")
        for _ in rows:  # those that came meanwhile, from another thread, stay
            self._recent.popleft()
