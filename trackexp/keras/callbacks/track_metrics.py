"""`TrackMetrics`: one row of metrics an epoch, under our names, on the axis `epoch`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from trackexp.keras.callbacks.epoch_axis import EpochAxis
from trackexp.keras.callbacks.learning_rate import learning_rate
from trackexp.keras.callbacks.monitor import metric_direction, run_key
from trackexp.keras.fit_recorder import FitRecorder
from trackexp.tracking import Run
from trackexp.tracking.live_diagnosis import look

# A metric may be a vector, one value a class; more than these are no curves that anyone reads.
_MAX_VECTOR = 100
_NOT_JUDGED = frozenset({"learning_rate", "epoch_seconds", "examples_per_second"})


class FactsCallback(keras.callbacks.Callback):
    """Completes the facts of a fit once Keras has built the model: before the first batch, or with it."""

    def __init__(self, recorder: FitRecorder) -> None:
        super().__init__()
        self._recorder = recorder

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Record the built model, its optimizer and its metrics."""
        self._recorder.train_begins()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Record a model that Keras built only for the first batch."""
        self._recorder.epoch_ends()


class JudgeCallback(keras.callbacks.Callback):
    """Lets the rules speak at the end of every epoch and of the fit; it comes last, when all is logged."""

    def __init__(self, recorder: FitRecorder) -> None:
        super().__init__()
        self._recorder = recorder

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Judge what has come so far."""
        self._recorder.progress.epoch_ends()

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Judge the whole fit."""
        self._recorder.progress.train_ends()


class TrackMetrics(keras.callbacks.Callback):
    """Logs the metrics of every epoch: `train/…` and `val/…`, the learning rate, seconds and examples per second.

    `autolog` adds it to every fit by itself; pass it by hand with `track(autolog=False)`.

    Args:
        run: The run of `track`.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run
        self._axis = EpochAxis(run)
        self._began = self._trained = 0.0
        self._directions: dict[str, str | None] = {}

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a fit; passed by hand, also record what can be seen of it from inside."""
        self._axis.begin_fit()
        self._directions = {}
        if self.run.recording and self.run.state.recorder is None:
            FitRecorder(self.run, self.model, {}).before_fit()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take the time."""
        self._axis.begin_epoch(epoch)
        self._began, self._trained = time.perf_counter(), 0.0

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the time at which the training part of the epoch was over."""
        self._trained = self._trained or time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the epoch as one row."""
        if not self.run.recording:
            return
        with self.run.failures.guard("logging the epoch"):
            probed = self.run.state.recorder.progress if self.run.state.recorder is not None else None
            ended = time.perf_counter() - (probed.seconds if probed is not None else 0.0)
            axis = self._axis.end_epoch(epoch)
            row: dict[str, float] = {"epoch": axis}
            row.update(self._metrics(logs or {}))
            row.update(probed.row if probed is not None else {})
            rate = learning_rate(self.model)
            if rate is not None:
                row.setdefault("train/learning_rate", rate)
            row["train/epoch_seconds"] = ended - self._began
            examples = self._examples()
            if examples:
                row["train/examples_per_second"] = examples / max((self._trained or ended) - self._began, 1e-9)
            for key in row:
                # The best values are kept here: W&B's own minimum is NaN for good after one NaN.
                summary = "none" if self._direction(key) else None
                self.run.define(key, axis=None if key == "epoch" else "epoch", summary=summary)
            self.run.log_epoch(row)
            self._keep_best(row, axis)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Diagnose the curves of a fit that nothing else of ours watches."""
        if self.run.recording and self.run.state.rows and self.run.state.recorder is None:
            look(self.run, self.run.state.next_epoch - 1)

    def _metrics(self, logs: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
        for key, value in logs.items():
            numbers = np.asarray(value, dtype=np.float64).ravel()
            if numbers.size == 1:
                yield run_key(key), float(numbers[0])
            else:
                yield from ((f"{run_key(key)}_{i}", float(number)) for i, number in enumerate(numbers[:_MAX_VECTOR]))

    def _examples(self) -> int | None:
        """Return how many examples the epoch had: the rows of arrays, or steps times the batch of a stream."""
        recorder = self.run.state.recorder
        steps = (self.params or {}).get("steps")
        if recorder is None:
            return None
        if recorder.rows:
            return int(recorder.rows)
        return steps * recorder.batch_rows if steps and recorder.batch_rows else None

    def _direction(self, key: str) -> str | None:
        """Return which way a metric is better; looked up once a fit, because Keras walks all layers for it."""
        if key not in self._directions:
            part, _, name = key.partition("/")
            has_one = part in ("train", "val") and name not in _NOT_JUDGED
            self._directions[key] = metric_direction(self.model, name) if has_one else None
        return self._directions[key]

    def _keep_best(self, row: Mapping[str, float], axis: int) -> None:
        """Put every metric's best value, in W&B's own form for it, and the epoch of it into the summary."""
        best = self.run.state.best_values
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
            self.run.wandb_run.summary.update(better)
