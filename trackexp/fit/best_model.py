"""The model of the best epoch: written when it is reached, and never a file that lies about it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from trackexp.fit.monitor import Monitor, check_monitor, keras_key, run_key
from trackexp.fit.protocols import Trainee
from trackexp.fit.rows import EpochAxis
from trackexp.fit.writer import ModelWriter, reason_of
from trackexp.tracking import Run, model_file_name, one_of
from trackexp.tracking.model_file import write_check
from trackexp.tracking.options import MONITOR_MODES

# Keeping the outputs that `--verify` compares may cost this much an improvement, and beyond that only this share of
# the time since the last one.
_CHECK_SECONDS, _CHECK_SHARE = 0.01, 0.05


class BestModelKeeper:
    """Keeps the best model of the run in its files; the best is the best of the run, also over several fits.

    Args:
        run: Where it is kept.
        monitor: The metric to watch, `val_loss` or `val/loss`.
        mode: `"min"`, `"max"`, or `"auto"` to ask the metric.
        baseline: The value that must be passed before a model is kept.
        min_delta: By how much a value must pass the best one, ≥ 0.
        filename: The file's name; its suffix is the format.

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
        one_of("mode", mode, MONITOR_MODES)
        self._run = run
        self._asked = monitor, mode, baseline, min_delta
        self._writer = ModelWriter(run.files_folder, model_file_name(filename), run.voice)
        self._axis = EpochAxis(run)
        self._monitor: Monitor | None = None
        self._check_seconds = self._checked = 0.0

    def begin_fit(self, trainee: Trainee, *, has_validation: bool) -> None:
        """Begin a fit: the best value is that of the run so far.

        Raises:
            UnknownMonitorError: Nothing that this training reports has that name.
        """
        self._trainee = trainee
        self._has_validation = has_validation
        self._axis.begin_fit()
        self._monitor = None
        names = trainee.metric_names()
        if names is not None:
            check_monitor(self._asked[0], names, validation=has_validation)

    def begin_epoch(self, epoch: int) -> None:
        """Note where the epoch lies on the run's axis."""
        self._axis.begin_epoch(epoch)

    def end_epoch(self, epoch: int, logs: Mapping[str, Any], *, fit: int, rows: Any) -> None:
        """Write the model if the epoch was the best so far.

        Args:
            epoch: Of the fit, from 0.
            logs: The metrics of the epoch.
            fit: Which fit of the run it is.
            rows: A few rows of inputs, to check a reloaded model by; None for none.
        """
        axis = self._axis.end_epoch(epoch)
        if not logs or self._awaits_validation(logs):
            return
        watched = self._watch(logs)
        if watched.key not in logs:
            return
        value = float(np.asarray(logs[watched.key]))
        if watched.improves(value):
            self._keep({"metric": run_key(watched.key), "value": value, "epoch": axis, "fit": fit}, rows)

    def _awaits_validation(self, logs: Mapping[str, Any]) -> bool:
        """Return whether the fit has validation data and this epoch, by validation_freq, had none of it."""
        expects = self._has_validation and keras_key(self._asked[0]).startswith("val_")
        return expects and not any(name.startswith("val_") for name in logs)

    def _watch(self, logs: Mapping[str, Any]) -> Monitor:
        if self._monitor is None:
            monitor = Monitor(*self._asked)
            said = monitor.choose(self._trainee.direction, logs)
            best = self._run.state.best
            if best.get("metric") == run_key(monitor.key):
                monitor.best = best["value"]
            elif best and said:  # a substitute does not replace a model that was chosen by the metric asked for
                monitor.close()
                said = f"a fit reports no {best['metric']}: the best model of the run stays"
            if said:
                self._run.voice.say(said)
            self._monitor = monitor
        return self._monitor

    def _keep(self, best: dict[str, Any], rows: Any) -> None:
        try:
            path = self._writer.write(self._trainee)
        except Exception as error:
            self._run.state.unsaved = reason_of(error)
            raise
        self._run.state.unsaved = ""
        self._register(path)
        self._run.improve({**best, "file": path.name}, path)
        self._check(path, rows)

    def _check(self, path: Path, rows: Any) -> None:
        """Keep what the model says of a few rows, as long as that costs little beside the training itself."""
        began = time.perf_counter()
        affordable = self._check_seconds <= max(_CHECK_SECONDS, _CHECK_SHARE * (began - self._checked))
        first, self._checked = not self._checked, began
        keeps = rows is not None and affordable
        with self._run.failures.guard("keeping rows to check the best model by"):
            write_check(path, _check_arrays(rows, self._trainee.outputs(rows)) if keeps else None)
        if keeps and not first:  # the first call of a model loads what the later ones reuse
            self._check_seconds = time.perf_counter() - began

    def _register(self, path: Path) -> None:
        """Put the file on the Files tab, once: W&B reads it at the end of the run."""
        if path != self._run.state.best_path and path.parent == self._run.files_folder:
            self._run.wandb_run.save(str(path), base_path=str(path.parent), policy="end")


def _check_arrays(rows: Any, outputs: Any) -> dict[str, Any] | None:
    """Return the rows as `x0, x1, …`, the model's outputs as `y0, y1, …`, and `names`, the places of the inputs.

    A place is "" for a lone array, "[0]" in a list, the key in a dictionary. None where the model could not be asked.
    """
    if outputs is None:
        return None
    inputs, answers = _placed(rows), _placed(outputs)
    arrays: dict[str, Any] = {f"x{index}": np.asarray(value) for index, (_, value) in enumerate(inputs)}
    arrays |= {f"y{index}": np.asarray(value) for index, (_, value) in enumerate(answers)}
    return {"names": np.array([name for name, _ in inputs], dtype=np.str_), **arrays}


def _placed(values: Any) -> list[tuple[str, Any]]:
    if isinstance(values, Mapping):
        return [(str(key), value) for key, value in sorted(values.items())]
    if isinstance(values, list | tuple):
        return [(f"[{index}]", value) for index, value in enumerate(values)]
    return [("", values)]
