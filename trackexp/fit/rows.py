"""The rows of a training: one an epoch on the axis `epoch`, and every batch where that is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trackexp.fit.monitor import DirectionOf, run_key
from trackexp.record.metric_names import Direction
from trackexp.tracking import Run
from trackexp.tracking.batch_log import BatchLog

# A metric may be a vector, one value a class; more than these are no curves that anyone reads.
_MAX_VECTOR = 100
_WITHOUT_DIRECTION = frozenset({"learning_rate", "epoch_seconds", "examples_per_second"})


class EpochAxis:
    """Maps the epoch of one fit to the run's; a fit that would go back over logged epochs is moved behind them."""

    def __init__(self, run: Run) -> None:
        self._state = run.state
        self._offset: int | None = None

    def begin_fit(self) -> None:
        """Forget the fit before."""
        self._offset = None

    def begin_epoch(self, epoch: int) -> None:
        """See the first epoch of the fit, which only its own callbacks are told."""
        if self._offset is None:
            self._offset = max(0, self._state.next_epoch - epoch)

    def run_epoch(self, epoch: int) -> int:
        """Return the run's epoch of the fit's."""
        self.begin_epoch(epoch)
        return epoch + (self._offset or 0)

    def end_epoch(self, epoch: int) -> int:
        """Return the run's epoch of the fit's, and note that the run has it now."""
        axis = self.run_epoch(epoch)
        self._state.next_epoch = max(self._state.next_epoch, axis + 1)
        return axis


class EpochRows:
    """Logs the metrics of every epoch: `train/…` and `val/…`, the learning rate, seconds and examples per second.

    Args:
        run: Where they go.
        direction_of: Which way a metric is better, by its name without `val_`.
    """

    def __init__(self, run: Run, direction_of: DirectionOf) -> None:
        self._run = run
        self._direction_of = direction_of
        self._axis = EpochAxis(run)
        self._began = self._trained = 0.0
        self._directions: dict[str, Direction | None] = {}

    def begin_epoch(self, epoch: int) -> None:
        """Take the time."""
        self._axis.begin_epoch(epoch)
        self._began, self._trained = time.perf_counter(), 0.0

    def begin_validation(self) -> None:
        """Take the time at which the training part of the epoch was over."""
        self._trained = self._trained or time.perf_counter()

    def end_epoch(
        self,
        epoch: int,
        logs: Mapping[str, Any],
        *,
        extra: Mapping[str, float],
        examples: int | None,
        learning_rate: float | None,
        probing: float,
    ) -> None:
        """Log the epoch as one row.

        Args:
            epoch: Of the fit, from 0.
            logs: Numbers and vectors by name.
            extra: What else belongs into the row, by its final key.
            examples: How many rows the epoch trained on; None where it cannot be known.
            learning_rate: Of the next update.
            probing: Seconds since the epoch's end that were not training.
        """
        ended = time.perf_counter() - probing
        axis = self._axis.end_epoch(epoch)
        row: dict[str, float] = {"epoch": axis, **dict(_numbers(logs)), **extra}
        if learning_rate is not None:
            row.setdefault("train/learning_rate", learning_rate)
        row["train/epoch_seconds"] = ended - self._began
        if examples:
            row["train/examples_per_second"] = examples / max((self._trained or ended) - self._began, 1e-9)
        for key in row:
            # The best values are kept here: W&B's own minimum is NaN for good after one NaN.
            summary = "none" if self._direction(key) else None
            self._run.define(key, axis=None if key == "epoch" else "epoch", summary=summary)
        self._run.log_epoch(row)
        self._keep_best(row, axis)

    def _direction(self, key: str) -> Direction | None:
        """Return which way a metric is better; looked up once a fit, because Keras walks all layers for it."""
        if key not in self._directions:
            part, _, name = key.partition("/")
            has_one = part in ("train", "val") and name not in _WITHOUT_DIRECTION
            self._directions[key] = self._direction_of(name) if has_one else None
        return self._directions[key]

    def _keep_best(self, row: Mapping[str, float], axis: int) -> None:
        """Put every metric's best value, in W&B's own form for it, and the epoch of it into the summary."""
        best = self._run.state.best_values
        better: dict[str, Any] = {}
        for key, value in row.items():
            direction = self._direction(key)
            if direction is None:
                continue
            if np.isnan(value):
                better.update({} if key in best else {key: value})
            elif key not in best or (value < best[key][0] if direction == "min" else value > best[key][0]):
                best[key] = (value, axis)
                better[key] = {direction: value}
        if better:
            better["best_epoch"] = {key: epoch for key, (_, epoch) in best.items()}
            self._run.wandb_run.summary.update(better)


def _numbers(logs: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in logs.items():
        numbers = np.asarray(value, dtype=np.float64).ravel()
        if numbers.size == 1:
            yield run_key(key), float(numbers[0])
        else:
            yield from ((f"{run_key(key)}_{i}", float(number)) for i, number in enumerate(numbers[:_MAX_VECTOR]))


class BatchRows:
    """Keeps what is reported of every batch under `batch/…`, on the axis `batch/step` that counts over all fits.

    Args:
        run: Where it goes.
        window: How many batches a mean of the dashboard's stands for at least; the run's file has every batch.
    """

    def __init__(self, run: Run, window: int = 1) -> None:
        self._run = run
        self._axis = EpochAxis(run)
        if run.state.batch_log is None:
            run.state.batch_log = BatchLog(run, window)
        self._log = run.state.batch_log
        self._epoch = 0
        self._first = self._next = run.state.next_batch

    def begin_epoch(self, epoch: int) -> None:
        """Begin to count the batches of the epoch."""
        self._first, self._epoch = self._next, self._axis.run_epoch(epoch)

    def end_batch(self, batch: int, logs: Mapping[str, Any]) -> None:
        """Keep the batch's metrics; cheap enough for every batch, and safe in a thread of the framework's."""
        step = self._first + batch
        self._next = max(self._next, step + 1)
        self._log.add(step, self._epoch, logs)

    def end_epoch(self) -> None:
        """Note how far the batches have come, for the next fit."""
        self._run.state.next_batch = self._next

    def end_fit(self) -> None:
        """Write what the fit has left."""
        self.end_epoch()
        self._log.flush()
