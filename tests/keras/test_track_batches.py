from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.keras import TrackBatches


class Seen(keras.callbacks.Callback):
    """Remembers what Keras said of every batch."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.losses.append(logs["loss"])


def test_every_batch_is_kept_as_keras_reported_it(fitted: Any) -> None:
    """The history of `batch/loss` is what a callback of the user's sees, batch by batch over the epochs."""
    seen = Seen()
    record = fitted(callbacks=[seen], track_as={"log_freq": "batch"}, batch_size=16, epochs=3)
    series = record.history["batch/loss"]

    assert (seen.losses, list(range(45))) == (series.values.tolist(), series.steps.tolist())
    assert [0, 1, 2] == record.history["epoch"].values.tolist()


def test_the_dashboard_gets_means_of_at_least_so_many_batches(fitted: Any) -> None:
    """W&B's own history has some means on the axis `batch/step`; the last one stands in the summary."""
    record = fitted(track_as={"log_freq": 20}, batch_size=16, epochs=3)
    own = read_run_without_table(record.path)

    assert "batch/step" == record.metric_definitions["batch/loss"].axis
    assert 1 <= len(own) <= 45 // 20 + 1
    assert 44 == record.summary["batch/step"]


def test_without_the_option_no_batch_is_kept(fitted: Any) -> None:
    """Every epoch is the default."""
    assert [] == [name for name in fitted().history if name.startswith("batch/")]


def test_a_second_fit_goes_on_and_may_have_other_metrics(workspace: Path, model: Any, data: Any) -> None:
    """Batches are counted over all fits of the run; a metric that came later is missing before."""
    with track("batches", mode="offline", log_freq="batch", best_model=None) as run:
        made = model()
        made.fit(data.x, data.y, batch_size=60, verbose=0)
        made.compile("adam", "categorical_crossentropy", metrics=["accuracy", "mae"])
        made.fit(data.x, data.y, batch_size=60, verbose=0)
    history = read_run(run.folder).history

    assert list(range(8)) == history["batch/step"].values.tolist()
    assert [True] * 4 + [False] * 4 == np.isnan(history["batch/mae"].values).tolist()


def test_the_callback_leaves_keras_its_asynchronous_dispatch(
    model: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the backend lets Keras hand batches to a pool of threads, it still does with this callback."""
    from keras.src.callbacks import callback_list

    monkeypatch.setattr(callback_list.backend, "IS_THREAD_SAFE", True)
    with track("batches", mode="offline", autolog=False) as run:
        callbacks = keras.callbacks.CallbackList([TrackBatches(run)], model=model())

    assert callbacks._async_train is True


@pytest.mark.parametrize("how", ["by hand", "eagerly", "beside W&B's callback"])
def test_however_the_fit_runs_every_batch_is_kept_once(workspace: Path, model: Any, data: Any, how: str) -> None:
    """With `autolog=False` and the callback by hand, without a graph, and beside W&B's own callback."""
    by_hand = how == "by hand"
    with track("ways", mode="offline", log_freq="batch", autolog=not by_hand, best_model=None) as run:
        made = model()
        made.compile("adam", "categorical_crossentropy", run_eagerly=how == "eagerly")
        callbacks: list[Any] = [TrackBatches(run)] if by_hand else []
        if how.startswith("beside"):
            from wandb.integration.keras import WandbMetricsLogger

            callbacks.append(WandbMetricsLogger(log_freq="batch"))
        made.fit(data.x, data.y, batch_size=60, epochs=2, verbose=0, callbacks=callbacks)
    series = read_run(run.folder).history["batch/loss"]

    assert list(range(8)) == series.steps.tolist()
    assert not np.isnan(series.values).any()


def test_steps_per_execution_leave_gaps_and_lose_nothing_that_keras_says(fitted: Any, model: Any) -> None:
    """Where Keras reports every fourth batch, each report is at the step that it stands for."""
    made = model()
    made.compile("adam", "categorical_crossentropy", steps_per_execution=4)
    record = fitted(made, track_as={"log_freq": "batch"}, batch_size=16, epochs=1)

    assert [3, 7, 11, 15] == record.history["batch/loss"].steps.tolist()


def stored_batches(folder: Path) -> int:
    """Return of how many batches the newest run's file holds the loss."""
    history = read_run("latest", root=folder).history
    return len(history["batch/loss"]) if "batch/loss" in history else 0


def test_a_killed_training_has_its_batches_up_to_the_last_second(
    tmp_path: Path, isolated_environ: dict[str, str]
) -> None:
    """After `kill -9` every batch but those of the last second is read, although the fit never ended."""
    source = """
import keras, numpy, time
from trackexp import track
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile("sgd", "mean_squared_error", run_eagerly=False)
class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.01)
        print(batch, flush=True)
with track("killed", mode="offline", log_freq="batch", best_model=None, dir="."):
    model.fit(numpy.ones((4000, 4)), numpy.ones(4000), batch_size=1, verbose=0, callbacks=[Slow()])
"""
    process = subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, env=isolated_environ, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = 0
    with process.stdout:
        for _ in process.stdout:
            lines += 1
            if lines == 200:
                break
        deadline = time.monotonic() + 60
        while stored_batches(tmp_path) < 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    record = read_run("latest", root=tmp_path)

    assert len(record.history["batch/loss"]) >= 200


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "batches", None])
def test_a_wrong_frequency_is_refused(wrong: Any) -> None:
    """What is neither a word nor a number of batches raises before anything starts."""
    from trackexp.errors import UsageError

    with pytest.raises(UsageError, match="expected 'epoch', 'batch' or a number of batches"):
        track("x", log_freq=wrong)


def read_run_without_table(path: Path) -> Any:
    """Return the steps of `batch/loss` in W&B's own file."""
    from trackexp.reading.wandb_file.assembly import read_file

    return read_file(path).history["batch/loss"].steps
