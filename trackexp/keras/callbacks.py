"""The callbacks for those who pass them by hand: thin shells over the parts that `autolog` uses by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from trackexp.fit import FitSession, Part, current_fit
from trackexp.fit.best_model import BestModelKeeper
from trackexp.fit.rows import BatchRows, EpochRows
from trackexp.keras.trainee import KerasTrainee
from trackexp.tracking import Run


class BestModel(keras.callbacks.Callback):
    """Keeps the best model in the run's files, and logs it once, at the end of the run, as its artifact.

    `autolog` does so in every fit by itself; pass it by hand with `track(autolog=False)`. The best is the best of the
    run, also over several fits. Without validation data it watches `loss`, and says so once.

    Args:
        run: The run of `track`.
        monitor: The metric to watch, `val_loss` or `val/loss`.
        mode: `"min"`, `"max"`, or `"auto"` to ask the metric.
        baseline: The value that must be passed before a model is kept.
        min_delta: By how much a value must pass the best one, ≥ 0.
        filename: The file's name; `.h5`, `.keras` or `.weights.h5`.

    Raises:
        UsageError: The file name or the mode cannot be right.
    """

    def __init__(
        self,
        run: Run,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0.0,
        filename: str = "model-best.h5",
    ) -> None:
        super().__init__()
        self.run = run
        self.monitor, self.mode, self.baseline, self.min_delta = monitor, mode, baseline, min_delta
        self._keeper = BestModelKeeper(run, monitor, mode, baseline, min_delta, filename)

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a fit: the best value is that of the run so far.

        Raises:
            UnknownMonitorError: Nothing that this training reports has that name.
        """
        fit = current_fit()
        trainee = fit.trainee if fit is not None else KerasTrainee(self.run, self.model, {})
        self._keeper.begin_fit(trainee, has_validation=fit is not None and fit.plan.has_validation)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note where the epoch lies on the run's axis."""
        self._keeper.begin_epoch(epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the model if the epoch was the best so far."""
        if not self.run.recording or not logs:
            return
        fit = current_fit()
        index = fit.index if fit is not None else max(0, self.run.state.fits - 1)
        with self.run.failures.guard("keeping the best model"):
            self._keeper.end_epoch(epoch, logs, fit=index, rows=fit.facts.check_rows if fit is not None else None)


class TrackMetrics(keras.callbacks.Callback):
    """Logs the metrics of every epoch: `train/…` and `val/…`, the learning rate, seconds and examples per second.

    `autolog` does so in every fit by itself; pass it by hand with `track(autolog=False)`.

    Args:
        run: The run of `track`.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self._fit: FitSession | None = None
        self._rows: EpochRows | None = None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a fit; without `autolog`, also record what can be seen of it from inside."""
        self._fit = self._rows = None
        if not self.run.recording:
            return
        around = current_fit()
        if around is not None:  # it does the rest, this callback logs the rows
            self._rows = EpochRows(self.run, around.trainee.direction)
            return
        self._fit = FitSession(self.run, KerasTrainee(self.run, self.model, {}), without=frozenset(Part) - {Part.ROWS})
        self._fit.begin()
        self._fit.begin_updates((self.params or {}).get("steps"))

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take the time."""
        for part in (self._fit, self._rows):
            if part is not None:
                part.begin_epoch(epoch)

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the time at which the training part of the epoch was over."""
        for part in (self._fit, self._rows):
            if part is not None:
                part.begin_validation()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the epoch as one row."""
        around = current_fit()
        if self._fit is not None:
            self._fit.end_epoch(epoch, logs)
        elif self._rows is not None and around is not None:
            with self.run.failures.guard("logging the epoch"):
                around.log_row(self._rows, epoch, logs or {})

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Diagnose the curves of a fit that nothing else of ours watches."""
        if self._fit is not None:
            self._fit.end()


class TrackBatches(keras.callbacks.Callback):
    """Keeps what Keras reports of every batch under `batch/…`, on the axis `batch/step` that counts over all fits.

    As Keras gives them, the values are means since the beginning of the epoch. `track(log_freq="batch")` does so in
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
        self._rows: BatchRows | None = None

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a fit, behind the batches of the fits before."""
        self._rows = None
        if self.run.recording:
            with self.run.failures.guard("recording the batches"):
                self._rows = BatchRows(self.run, self._window)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Begin to count the batches of the epoch."""
        if self._rows is not None:
            self._rows.begin_epoch(epoch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Keep the batch's metrics."""
        if self._rows is not None:
            self._rows.end_batch(batch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note how far the batches have come, for the next fit."""
        if self._rows is not None:
            self._rows.end_epoch()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Write what the fit has left."""
        if self._rows is not None:
            self._rows.end_fit()
