"""The prediction log: what was answered, in SQLite with a write-ahead log; its failures never reach a request.

One thread writes and commits each second, so that a kill loses at most that. The queue before it is bounded: what does
not fit is dropped and counted. A file that has grown to its share is closed and the next one begun; the oldest goes.
"""

from __future__ import annotations

import logging
import os
import queue
import random
import sqlite3
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from trackexp.errors import UsageError
from trackexp.record.prediction_log import COUNTS, CREATE, INSERT, LOG_SUFFIX
from trackexp.serving.prediction import Prediction

_LOGGER = logging.getLogger("trackexp")
_SECOND = 1.0
_QUEUED = 10_000  # rows
_REMEMBERED = 200_000  # requests whose rows may get targets without a look at the disk
_FILES = 4

_TARGET = "UPDATE predictions SET target = ?, target_at = ? WHERE request = ? AND row = ?"
_SHADOW = "UPDATE predictions SET shadow = ?, shadow_version = ? WHERE request = ? AND row = ?"


class PredictionLog:
    """A log of one server.

    Args:
        folder: Where its files lie; made if it is not there.
        inputs: Share of the requests whose inputs are kept, 0 to 1.
        most_bytes: Of all files together.
        dropped: Called with the number of rows that were lost.

    Raises:
        UsageError: The folder cannot be written to.
    """

    def __init__(
        self, folder: Path, *, inputs: float = 0.0, most_bytes: int = 1 << 30,
        dropped: Callable[[int], None] = lambda _rows: None,
    ) -> None:  # fmt: skip
        self.folder, self.inputs, self.most_bytes, self._dropped = folder, inputs, most_bytes, dropped
        self._queue: queue.Queue[tuple[str, Sequence[Any]] | None] = queue.Queue(_QUEUED)
        self._known: OrderedDict[str, int] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._failed = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._base = self._open()
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"--log {folder}: the log cannot be written there ({error}).") from error
        self._writer = threading.Thread(target=self._write, name="trackexp-log", daemon=True)
        self._writer.start()

    def add(self, request: str, prediction: Prediction, rows: Any, columns: Sequence[str]) -> None:
        """Note an answer; never raises, never waits."""
        kept = self.inputs > 0 and (self.inputs >= 1 or random.random() < self.inputs)
        given = (
            (rows.to_numpy() if hasattr(rows, "iloc") else rows).reshape(len(prediction), -1).tolist() if kept else ()
        )
        names = orjson.dumps(list(columns)).decode() if kept and columns else None
        classes = orjson.dumps(prediction.class_names).decode()
        now = time.time()
        for n in range(len(prediction)):
            prob = None if prediction.probabilities is None else prediction.probabilities[n].tolist()
            label = None if prob is None else prediction.classes[n]
            value = None if prob is not None else float(prediction.outputs.reshape(len(prediction), -1)[n, 0])
            self._put(
                INSERT,
                (request, n, now, prediction.model, prediction.version,
                 label if isinstance(label, str | None) else orjson.dumps(label).decode(),
                 None if prob is None else orjson.dumps(prob).decode(), classes, value,
                 orjson.dumps(list(prediction.outside_range[n])).decode() if prediction.outside_range[n] else None,
                 orjson.dumps(given[n]).decode() if kept else None, names),
            )  # fmt: skip
        with self._lock:
            self._counts["requests"] += 1
            self._known[request] = len(prediction)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def count(self, name: str) -> None:
        """Count what has no row: a refused request."""
        with self._lock:
            self._counts[name] += 1

    def shadowed(self, request: str, labels: Sequence[str], version: str) -> None:
        """Note what the shadow model said."""
        for n, label in enumerate(labels):
            self._put(_SHADOW, (label, version, request, n))

    def rows_of(self, request: str) -> int:
        """Return how many rows a request had; 0 where the log does not know it."""
        with self._lock:
            known = self._known.get(request)
        if known is not None:
            return known
        for path in self.files():
            found = _count(path, request)
            if found:
                return found
        return 0

    def label(self, request: str, targets: Sequence[Any]) -> None:
        """Note the true answers to the rows of a request."""
        now = time.time()
        for n, target in enumerate(targets):
            self._put(_TARGET, (str(target), now, request, n))

    def files(self) -> list[Path]:
        """Return the files of the log, the newest first."""
        return sorted(self.folder.glob(f"*{LOG_SUFFIX}"), reverse=True)

    def close(self) -> None:
        """Write what waits, and end."""
        self._queue.put(None)
        self._writer.join(timeout=10)

    def _put(self, sql: str, values: Sequence[Any]) -> None:
        try:
            self._queue.put_nowait((sql, values))
        except queue.Full:
            self._lost(1)

    def _lost(self, rows: int) -> None:
        self._dropped(rows)
        with self._lock:
            self._counts["lost"] += rows

    def _write(self) -> None:
        ended = False
        while not ended:
            time_left = time.monotonic() + _SECOND
            batch: list[tuple[str, Sequence[Any]]] = []
            while (left := time_left - time.monotonic()) > 0:
                try:
                    item = self._queue.get(timeout=left)
                except queue.Empty:
                    break
                if item is None:
                    ended = True
                    break
                batch.append(item)
            self._commit(batch)
        self._base.close()

    def _commit(self, batch: Sequence[tuple[str, Sequence[Any]]]) -> None:
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not batch and not counts:
            return
        now = time.time()
        try:
            with self._base:
                for sql, values in batch:
                    if self._base.execute(sql, values).rowcount == 0:
                        self._update_older(sql, values)
                self._base.executemany("INSERT INTO counts VALUES (?, ?, ?)", [(now, k, v) for k, v in counts.items()])
            self._failed = False
            self._rotate()
        except (sqlite3.Error, OSError) as error:
            self._lost(len(batch))
            if not self._failed:  # once, not each second
                _LOGGER.warning("the prediction log cannot be written, rows are lost: %s", error)
            self._failed = True
            self._reopen()

    def _update_older(self, sql: str, values: Sequence[Any]) -> None:
        """Give a row of an older file its target."""
        for path in self.files()[1:]:
            with sqlite3.connect(path) as base:
                found = base.execute(sql, values).rowcount
            base.close()
            if found:
                return

    def _rotate(self) -> None:
        if self._path.stat().st_size < self.most_bytes / _FILES:
            return
        self._base.close()
        self._base = self._open()
        for old in self.files()[_FILES:]:
            for suffix in ("", "-wal", "-shm"):
                old.with_name(old.name + suffix).unlink(missing_ok=True)

    def _reopen(self) -> None:
        try:
            self._base.close()
            self.folder.mkdir(parents=True, exist_ok=True)
            self._base = self._open()
        except (sqlite3.Error, OSError) as error:
            _LOGGER.debug("the prediction log stays closed: %s", error)

    def _open(self) -> sqlite3.Connection:
        """Begin a new file."""
        stamp = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{time.time_ns() % 10**9:09}-{os.getpid()}"
        self._path = self.folder / f"{stamp}{LOG_SUFFIX}"
        base = sqlite3.connect(self._path, check_same_thread=False)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=NORMAL")
        base.execute(CREATE)
        base.execute(COUNTS)
        base.commit()
        return base


def _count(path: Path, request: str) -> int:
    """Return how many rows of a request a file holds; 0 where it cannot be read."""
    try:
        base = sqlite3.connect(path)
    except sqlite3.Error:
        return 0
    try:
        (found,) = base.execute("SELECT COUNT(*) FROM predictions WHERE request = ?", (request,)).fetchone()
    except sqlite3.Error:
        return 0
    finally:
        base.close()
    return int(found)
