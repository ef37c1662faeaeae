"""`BestModel`: the model of the best epoch, written when it is reached, and never a file that lies about it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from trackexp.keras.callbacks.check_rows import check_rows
from trackexp.keras.callbacks.epoch_axis import EpochAxis
from trackexp.keras.callbacks.model_writer import ModelWriter
from trackexp.keras.callbacks.monitor import Monitor, check_monitor, run_key
from trackexp.tracking import Run, model_file_name, one_of
from trackexp.tracking.options import MONITOR_MODES

# Keeping the outputs that `--verify` compares may cost this much an improvement, and beyond that only this share of
# the time since the last one.
_CHECK_SECONDS, _CHECK_SHARE = 0.01, 0.05


class BestModel(keras.callbacks.Callback):
    """Keeps the best model in the run's files, and logs it once, at the end of the run, as its artifact.

    `autolog` adds it to every fit by itself; pass it by hand with `track(autolog=False)`. The best is the best of the
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
        one_of("mode", mode, MONITOR_MODES)
        self.run = run
        self.monitor, self.mode, self.baseline, self.min_delta = monitor, mode, baseline, min_delta
        self._writer = ModelWriter(run.files_folder, model_file_name(filename), run.voice)
        self._axis = EpochAxis(run)
        self._monitor: Monitor | None = None
        self._check_seconds = self._checked = 0.0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin a fit: the best value is that of the run so far.

        Raises:
            UnknownMonitorError: Nothing that this training reports has that name.
        """
        self._axis.begin_fit()
        self._monitor = None
        recorder = self.run.state.recorder
        names = recorder.log_names() if recorder is not None else None
        if names is not None:
            check_monitor(self.monitor, names, validation=recorder.has_validation)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Note where the epoch lies on the run's axis."""
        self._axis.begin_epoch(epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Write the model if the epoch was the best so far."""
        if not self.run.recording or not logs:
            return
        axis = self._axis.end_epoch(epoch)
        with self.run.failures.guard("keeping the best model"):
            watched = self._watch(logs)
            if watched.key not in logs:
                return  # an epoch without validation, by validation_freq
            value = float(np.asarray(logs[watched.key]))
            if watched.improves(value):
                self._keep(run_key(watched.key), value, axis)

    def _watch(self, logs: Mapping[str, Any]) -> Monitor:
        if self._monitor is None:
            monitor = Monitor(self.monitor, self.mode, self.baseline, self.min_delta)
            said = monitor.choose(self.model, logs)
            best = self.run.state.best
            if best.get("metric") == run_key(monitor.key):
                monitor.best = best["value"]
            elif best and said:  # a substitute does not replace a model that was chosen by the metric asked for
                monitor.close()
                said = f"fit {self.run.state.fits - 1} reports no {best['metric']}: the best model of the run stays"
            if said:
                self.run.voice.say(said, topic=f"monitor {said[:12]}")
            self._monitor = monitor
        return self._monitor

    def _keep(self, metric: str, value: float, epoch: int) -> None:
        run = self.run
        path = self._writer.write(self.model)
        recorder = run.state.recorder
        fit = recorder.index if recorder is not None else max(0, run.state.fits - 1)
        best = {"metric": metric, "value": value, "epoch": epoch, "fit": fit, "file": path.name}
        self._register(path)
        run.improve(best, path)
        self._check(path, recorder.check_rows if recorder is not None else None)

    def _check(self, path: Path, rows: Any) -> None:
        """Keep what the model says of a few rows, as long as that costs little beside the training itself."""
        began = time.perf_counter()
        affordable = self._check_seconds <= max(_CHECK_SECONDS, _CHECK_SHARE * (began - self._checked))
        first, self._checked = not self._checked, began
        self.run.state.check = None  # that of an earlier improvement is wrong by now
        if rows is None or not affordable:
            return
        with self.run.failures.guard("keeping rows to check the best model by"):
            self.run.state.check = check_rows(self.model, rows)
            if not first:  # the first call of a model loads what the later ones reuse
                self._check_seconds = time.perf_counter() - began

    def _register(self, path: Path) -> None:
        """Put the file on the Files tab, once: W&B reads it at the end of the run."""
        if path != self.run.state.best_path and path.parent == self.run.files_folder:
            self.run.wandb_run.save(str(path), base_path=str(path.parent), policy="end")
