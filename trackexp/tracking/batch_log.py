"""The metrics of every batch, on their way to the disk: appended by the training, written by a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import TrackexpError
from trackexp.reading.batch_history import FIRST, LATER, STEP
from trackexp.tracking.batch_table import BatchTable
from trackexp.tracking.run import Run

# Seconds between two looks at what has gathered: a killed process loses no more than that.
TICK = 0.5
# The dashboard gets up to five rows a tick, and half as often after each further thousand of rows: a training of a
# week then sends some fifty thousand rather than a million.
ROWS_A_SEND, ROWS_A_PACE, SLOWEST = 5, 1000, 64.0
# A metric of a batch may be a vector, one value a class; more than these are no curves that anyone reads.
_MAX_VECTOR = 100
# Batches that wait for a disk that takes nothing; they are some 100 MB.
MOST_KEPT = 200_000


_Ints = NDArray[np.int64]
_Columns = dict[str, NDArray[np.float64]]
_Chunk = tuple[_Ints, _Columns]


class BatchLog:
    """Takes the metrics of each batch and keeps all of them in one file of the run; the dashboard gets their means.

    Args:
        run: The run that they belong to.
        window: How many batches a mean of the dashboard's stands for at least.
    """

    def __init__(self, run: Run, window: int = 1) -> None:
        self._run = run
        self._window = window
        self._pending: list[tuple[int, int, Mapping[str, Any]]] = []
        self._unsent: list[_Chunk] = []
        self._sent_rows, self._sent_at = 0, time.monotonic()
        self._table: BatchTable | None = None
        self._error: TrackexpError | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, name="trackexp-batches", daemon=True)
        self._thread.start()

    def add(self, step: int, epoch: int, logs: Mapping[str, Any]) -> None:
        """Take the metrics of one batch; costs an append, also from several threads at once.

        Raises:
            TrackingError: The run is strict, and what came before could not be stored.
        """
        if self._error is not None:
            raise self._error
        self._pending.append((step, epoch, logs))

    def close(self) -> None:
        """Write what is left, and the last mean."""
        self._stopped.set()
        self._thread.join()
        with self._run.failures.guard("storing the metrics of the batches"), self._lock:
            self._flush(last=True)
        if self._table is not None:
            self._table.close()

    def flush(self) -> None:
        """Write what has gathered so far."""
        with self._run.failures.guard("storing the metrics of the batches"), self._lock:
            self._flush(last=False)

    def _drain(self) -> None:
        while not self._stopped.wait(TICK):
            try:
                self.flush()
            except TrackexpError as error:  # of a strict run: it is to end the training, not this thread
                self._error = error
                return

    def _flush(self, *, last: bool) -> None:
        count = len(self._pending)
        taken, self._pending[:count] = self._pending[:count], []
        if taken:
            taken.sort(key=lambda row: row[0])  # Keras calls from a pool of threads
            steps, epochs = (np.array([row[place] for row in taken], np.int64) for place in (0, 1))
            metrics = self._columns([row[2] for row in taken])
            self._unsent.append((steps, metrics))
            try:
                self._store(steps, epochs, metrics)
            except OSError:  # tried again with the next ones, as long as memory is no matter
                self._unsent.pop()
                self._pending[:0] = taken[-MOST_KEPT:]
                raise
        self._send(last=last)

    def _columns(self, logs: list[Mapping[str, Any]]) -> dict[str, NDArray[np.float64]]:
        """Return the metrics as columns under the run's names, NaN where a batch had none."""
        columns: dict[str, NDArray[np.float64]] = {}
        for key in dict.fromkeys(key for row in logs for key in row):
            values = _as_rows([row.get(key) for row in logs])
            name = f"batch/{key}"
            if values.shape[1] == 1:
                columns[self._run.state.keys(name)] = values[:, 0]
            else:
                columns.update({self._run.state.keys(f"{name}_{i}"): column for i, column in enumerate(values.T)})
        return columns

    def _store(self, steps: _Ints, epochs: _Ints, metrics: _Columns) -> None:
        if self._table is None:
            first = int(steps[0])
            path = self._run.files_folder / (FIRST if first == 0 else LATER.format(step=first))
            table = BatchTable(path)
            try:
                table.append(steps, epochs, metrics)
            except OSError:
                table.close()
                raise
            self._table = table
            self._run.wandb_run.save(str(path), base_path=str(path.parent), policy="end")
        else:
            self._table.append(steps, epochs, metrics)

    def _send(self, *, last: bool) -> None:
        """Give the dashboard the means that are due: windows of the batches asked for, at the end whatever is left."""
        pace = min(TICK * 2 ** (self._sent_rows // ROWS_A_PACE), SLOWEST)
        gathered = sum(len(steps) for steps, _ in self._unsent)
        windows = -(-gathered // self._window) if last else gathered // self._window
        rows = min(ROWS_A_SEND, windows)
        if rows == 0 or (not last and time.monotonic() - self._sent_at < pace * 0.9):
            return
        steps, metrics = _joined(self._unsent)
        self._unsent, self._sent_at, self._sent_rows = [], time.monotonic(), self._sent_rows + rows
        for name in (STEP, *metrics):
            self._run.define(name, axis=None if name == STEP else STEP)
        for window in np.array_split(np.arange(len(steps)), rows):
            means = {name: _mean(column[window]) for name, column in metrics.items()}
            self._run.wandb_run.log({STEP: int(steps[window[-1]]), **means})


def _as_rows(values: list[Any]) -> NDArray[np.float64]:
    """Return what the batches had of one metric, shape (batches, values); NaN where one had none, or no numbers."""
    flat = [_numbers(value) for value in values]
    rows = np.full((len(flat), max(1, *map(len, flat))), np.nan)
    for row, numbers in zip(rows, flat, strict=True):
        row[: len(numbers)] = numbers
    return rows


def _numbers(value: Any) -> NDArray[np.float64]:
    try:
        return np.ravel(np.asarray(value, np.float64))[:_MAX_VECTOR]
    except (TypeError, ValueError):
        return np.full(1, np.nan)


def _joined(chunks: list[_Chunk]) -> _Chunk:
    steps = np.concatenate([steps for steps, _ in chunks])
    names = dict.fromkeys(name for _, metrics in chunks for name in metrics)
    missing = [np.full(len(steps), np.nan) for steps, _ in chunks]
    columns = {
        name: np.concatenate([metrics.get(name, gap) for (_, metrics), gap in zip(chunks, missing, strict=True)])
        for name in names
    }
    return steps, columns


def _mean(values: NDArray[np.float64]) -> float:
    """Return the mean of the batches that had the metric; NaN where one of them was NaN itself, or none had it."""
    return float(values.mean())
