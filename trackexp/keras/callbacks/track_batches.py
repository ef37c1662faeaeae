"""`TrackBatches`: the metrics of every batch, at full resolution, without slowing the training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from trackexp.keras.callbacks.epoch_axis import EpochAxis
from trackexp.tracking import Run
from trackexp.tracking.batch_log import BatchLog


class TrackBatches(keras.callbacks.Callback):
    """Keeps what Keras reports of every batch under `batch/…`, on the axis `batch/step` that counts over all fits.

    As Keras gives them, the values are means since the beginning of the epoch. `track(log_freq="batch")` adds it to
    every fit by itself; pass it by hand with `track(autolog=False)`.

    Args:
        run: The run of `track`.
        window: How many batches a mean of the dashboard's stands for at least; the run's file has every batch.
    """

    # What it does after a batch is an append: Keras may call it from its pool of threads, and need not wait for the
    # device before it goes on.
    async_safe = True

    def __init__(self, run: Run, window: int = 1) -> None:
        super().__init__()
        self.run = run
        self._window = window
        self._axis = EpochAxis(run)
        self._log: BatchLog | None = None
        self._epoch = self._first = self._next = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a fit, behind the batches of the fits before."""
        self._axis.begin_fit()
        if not self.run.recording:
            return
        with self.run.failures.guard("recording the batches"):
            if self.run.state.batch_log is None:
                self.run.state.batch_log = BatchLog(self.run, self._window)
            self._log, self._next = self.run.state.batch_log, self.run.state.next_batch

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to count the batches of the epoch."""
        self._first, self._epoch = self._next, self._axis.run_epoch(epoch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the batch's metrics."""
        if self._log is not None:
            step = self._first + batch
            self._next = max(self._next, step + 1)
            self._log.add(step, self._epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note how far the batches have come, for the next fit."""
        self.run.state.next_batch = self._next

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Write what the fit has left."""
        self.run.state.next_batch = self._next
        if self._log is not None:
            self._log.flush()
