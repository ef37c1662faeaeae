from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.errors import UnknownMonitorError, UsageError
from trackexp.keras import BestModel


def best_epoch(record: Any) -> int:
    """Return the epoch that the run calls its best."""
    return int(record.summary["best"]["epoch"])


@pytest.mark.parametrize("name", ["model-best.h5", "model-best.keras", "mine.weights.h5"])
def test_the_file_holds_the_weights_of_the_best_epoch(fitted: Any, model: Any, weights: Any, name: str) -> None:
    """The weights read back from the file are those the live model had at the epoch that the summary names."""
    made = model(optimizer=keras.optimizers.SGD(1.0))  # a rate at which the last epoch is not the best
    record = fitted(made, epochs=6, track_as={"best_model": name})
    losses = [logs["val_loss"] for logs in weights.logs]
    path = record.file(name).path
    if name.endswith(".weights.h5"):
        read = model()
        read.load_weights(path)
    else:
        read = keras.saving.load_model(path, compile=False)

    assert int(np.argmin(losses)) == best_epoch(record)
    for expected, actual in zip(weights.epochs[best_epoch(record)], read.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, actual)


def test_the_summary_says_what_the_file_is(fitted: Any, weights: Any) -> None:
    """Metric, value, epoch, fit, name, size and digest of the best model are in the summary, and true."""
    record = fitted(epochs=3)
    path = record.file("model-best.h5").path
    losses = [logs["val_loss"] for logs in weights.logs]

    assert {
        "metric": "val/loss",
        "value": min(losses),
        "epoch": int(np.argmin(losses)),
        "fit": 0,
        "file": "model-best.h5",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
    } == record.summary["best"]


def test_it_is_logged_once_as_an_artifact(fitted: Any, workspace: Path) -> None:
    """However many improvements, there is one artifact, one copy in the staging folder, with the alias best."""
    record = fitted(epochs=5)
    models = [artifact for artifact in record.artifacts if artifact.type == "model"]
    staged = [path for path in (workspace.parent / "home").rglob("artifacts/staging/*") if path.is_file()]
    model_bytes = record.file("model-best.h5").path.read_bytes()

    assert [(f"run_{record.id}_model", ("best", "latest"))] == [(model.name, model.aliases) for model in models]
    assert 1 == sum(path.read_bytes() == model_bytes for path in staged)


class Files(keras.callbacks.Callback):
    """Notes the identity of the model's file after every epoch."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.seen: list[int | None] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        found = list(self.folder.glob("wandb/offline-run-*/files/model-best.h5"))
        self.seen.append(found[0].stat().st_ino * 10**12 + found[0].stat().st_mtime_ns if found else None)


def test_it_is_written_only_on_improvement(fitted: Any, model: Any, weights: Any, workspace: Path) -> None:
    """An epoch that is no better leaves the file as it is."""
    files = Files(workspace)
    made = model(optimizer=keras.optimizers.SGD(1.0))
    fitted(made, epochs=8, callbacks=[files])
    losses = [logs["val_loss"] for logs in weights.logs][:-1]
    better = [loss < min([np.inf, *losses[:index]]) for index, loss in enumerate(losses)]

    assert better == [before != after for before, after in zip(files.seen, files.seen[1:], strict=False)]
    assert not all(better)


def test_a_save_that_fails_leaves_the_last_file_whole(
    workspace: Path, model: Any, data: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A write that breaks off in the middle never spoils the model that was there."""

    class Breaks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:

                def broken(path: Any, **_: Any) -> None:
                    Path(path).write_bytes(b"half a model")
                    raise ValueError("broke off")

                monkeypatch.setattr(self.model, "save", broken)
                monkeypatch.setattr(self.model, "save_weights", broken)

    with track("best", mode="offline", monitor="loss") as run:
        model().fit(data.x, data.y, epochs=3, verbose=0, callbacks=[Breaks()])
    record = read_run(run.folder)
    with h5py.File(record.file("model-best.h5").path) as file:
        assert "model_weights" in file

    assert (0, "model-best.h5") == (best_epoch(record), record.summary["best"]["file"])
    assert [] == list(run.folder.rglob("*.part.*"))
    assert "keeping the best model failed, the training goes on: ValueError: broke off" in capsys.readouterr().err


def test_a_subclassed_model_keeps_its_weights_instead(
    fitted: Any, model: Any, weights: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """What .h5 would save and never load is said once, and the weights are kept."""
    record = fitted(model("subclassed"), epochs=3)
    read = model("subclassed")
    read(np.zeros((1, 6)))  # builds it
    read.optimizer.build(read.trainable_variables)
    read.load_weights(record.file("model-best.weights.h5").path)

    assert 1 == capsys.readouterr().err.count("is a subclassed model, which .h5 saves and cannot load")
    for expected, actual in zip(weights.epochs[best_epoch(record)], read.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, actual)


def test_a_folder_that_cannot_be_written_is_replaced(
    workspace: Path, model: Any, data: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model goes to a temporary folder when the run's own cannot be written, and is still logged."""
    monkeypatch.setenv("TMPDIR", str(workspace.parent))
    monkeypatch.setattr("tempfile.tempdir", None)
    with track("best", mode="offline", monitor="loss") as run:
        best = BestModel(run, "loss")
        blocked = workspace / "a file, no folder"
        blocked.write_text("")
        best._keeper._writer._folder = blocked / "files"
        model().fit(data.x, data.y, epochs=2, verbose=0, callbacks=[best])
    record = read_run(run.folder)

    assert "cannot write the best model to" in capsys.readouterr().err
    assert run.state.best_path.is_relative_to(workspace.parent / "trackexp")
    assert ["model"] == [artifact.type for artifact in record.artifacts]


@pytest.mark.parametrize("monitor", ["val_accuracy", "val/accuracy"])
def test_a_metric_that_rises_is_known_by_itself(fitted: Any, weights: Any, monitor: str) -> None:
    """Accuracy is better when higher, in both dialects, without being told."""
    record = fitted(epochs=4, track_as={"monitor": monitor})
    seen = [logs["val_accuracy"] for logs in weights.logs]

    assert ("val/accuracy", max(seen)) == (record.summary["best"]["metric"], record.summary["best"]["value"])


def test_without_validation_data_it_watches_the_loss(fitted: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The default monitor falls back to the training loss, and says so once."""
    record = fitted(epochs=3, validation_data=None)

    assert "train/loss" == record.summary["best"]["metric"]
    assert 1 == capsys.readouterr().err.count(
        "monitor='val_loss': there is no validation data; watching 'loss' instead"
    )


@pytest.mark.parametrize(
    ("monitor", "nearest"), [("val_los", "val_loss"), ("val/acuracy", "val_accuracy"), ("acuracy", "accuracy")]
)
def test_an_unknown_monitor_is_an_error_before_the_first_epoch(
    workspace: Path, model: Any, data: Any, monitor: str, nearest: str
) -> None:
    """A name that this training cannot report raises at once, with what exists and the nearest of it."""
    expected = rf"the training reports .*val_accuracy.*did you mean '{nearest}'"
    with pytest.raises(UnknownMonitorError, match=expected), track("best", mode="offline", monitor=monitor) as run:
        model().fit(data.x, data.y, validation_split=0.2, verbose=0)

    assert [] == run.state.rows


class Reports(keras.callbacks.Callback):
    """Puts a metric of the user's own into the logs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs[self.name] = float(10 - epoch)


def test_a_metric_of_a_callback_can_be_watched(fitted: Any) -> None:
    """What a callback of the user's puts into the logs is logged, and can choose the best model."""
    record = fitted(epochs=3, callbacks=[Reports("val_gap_error")], track_as={"monitor": "val_gap_error"})

    assert [10.0, 9.0, 8.0] == record.history["val/gap_error"].values.tolist()
    assert ("val/gap_error", 2) == (record.summary["best"]["metric"], best_epoch(record))


def test_a_monitor_that_no_epoch_reports_is_said_and_replaced(fitted: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With callbacks of the user's own nothing can be known beforehand: the first epoch tells, and a model is kept."""
    record = fitted(epochs=2, callbacks=[Reports("own")], track_as={"monitor": "val_los"})

    assert "val/loss" == record.summary["best"]["metric"]
    assert "(did you mean 'val_loss'?); watching 'val_loss' instead" in capsys.readouterr().err


def test_an_undirected_metric_asks_for_the_direction(fitted: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Where neither metric nor name says which way is better, monitor_mode is asked for, and the training goes on."""
    fitted(epochs=1, callbacks=[Reports("val_zeta")], track_as={"monitor": "val_zeta"})
    said = capsys.readouterr().err
    record = fitted(epochs=2, callbacks=[Reports("val_zeta")], track_as={"monitor": "val_zeta", "monitor_mode": "max"})

    assert "pass monitor_mode='max' (higher is better) or 'min'" in said
    assert 0 == best_epoch(record)


def test_the_best_is_the_best_of_the_run(workspace: Path, model: Any, data: Any) -> None:
    """A second fit that is worse leaves the first one's model, and one that is better says which fit it was."""
    made = model()
    with track("best", mode="offline", monitor="loss") as run:
        made.fit(data.x, data.y, epochs=3, verbose=0)
        model().fit(data.x, data.y, epochs=1, verbose=0)
        after_worse = dict(run.state.best)
        made.fit(data.x, data.y, epochs=1, verbose=0)
    record = read_run(run.folder)

    assert (0, 2) == (after_worse["fit"], after_worse["epoch"])
    assert (2, 4) == (record.summary["best"]["fit"], best_epoch(record))


def test_a_substitute_does_not_replace_the_metric_asked_for(
    workspace: Path, model: Any, data: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A later fit without validation leaves the best model by val_loss; one by loss gives way to val_loss."""
    with track("best", mode="offline") as run:
        made = model()
        made.fit(data.x, data.y, epochs=1, verbose=0)
        metrics = [run.state.best["metric"]]
        made.fit(data.x, data.y, epochs=1, verbose=0, validation_split=0.2)
        metrics.append(run.state.best["metric"])
        made.fit(data.x, data.y, epochs=1, verbose=0)

    assert ["train/loss", "val/loss"] == metrics
    assert ("val/loss", 1) == (run.state.best["metric"], run.state.best["fit"])
    assert "a fit reports no val/loss: the best model of the run stays" in capsys.readouterr().err


def test_none_keeps_none(fitted: Any, workspace: Path) -> None:
    """best_model=None writes no file and logs no artifact."""
    record = fitted(track_as={"best_model": None})

    assert "best" not in record.summary
    assert [] == [artifact for artifact in record.artifacts if artifact.type == "model"]
    assert [] == [*workspace.rglob("*.h5"), *workspace.rglob("*.npz")]


def test_no_legacy_warning_reaches_the_user(
    workspace: Path, model: Any, data: Any, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Keras's advice against .h5 is kept from those who were given .h5 by default, and comes back afterwards."""
    with track("best", mode="offline", monitor="loss"):
        made = model()
        made.fit(data.x, data.y, epochs=2, verbose=0)
    kept = capfd.readouterr().err + caplog.text
    made.save(workspace / "own.h5")

    assert "HDF5 file" not in kept
    assert "HDF5 file" in capfd.readouterr().err + caplog.text


def test_baseline_and_min_delta(workspace: Path, model: Any, data: Any) -> None:
    """Nothing is kept before the baseline is passed, nor for a gain below min_delta."""
    with track("best", mode="offline", autolog=False) as run:
        made = model()
        made.fit(data.x, data.y, epochs=2, verbose=0, callbacks=[BestModel(run, "loss", baseline=0.0)])
        nothing = dict(run.state.best)
        made.fit(data.x, data.y, epochs=3, verbose=0, callbacks=[BestModel(run, "loss", min_delta=100.0)])

    assert ({}, 0) == (nothing, run.state.best["epoch"] - 2)


@pytest.mark.parametrize("name", ["model.txt", "model.h6", "folder/model.h5", ".h5", 5])
def test_a_file_name_that_cannot_be_right_is_refused(workspace: Path, name: Any) -> None:
    """A suffix that Keras cannot write, or a folder, is refused before anything starts."""
    with pytest.raises(UsageError, match="best_model="):
        track("best", best_model=name)


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_validation_now_and_then(fitted: Any, weights: Any, monitor: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With validation_freq only the epochs that have a validation can be the best, and nothing false is said."""
    record = fitted(epochs=4, validation_freq=2, track_as={"monitor": monitor})

    assert best_epoch(record) in (1, 3)
    assert monitor.replace("val_", "val/") == record.summary["best"]["metric"]
    assert 2 == len(record.history["val/loss"])
    assert "there is no validation data" not in capsys.readouterr().err


def test_rows_to_check_by_are_there_at_the_improvement(workspace: Path, model: Any, data: Any) -> None:
    """What a reloaded model is compared with lies beside it from the improvement on: a kill loses none of it."""

    class Look(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            seen.append(len(list(workspace.rglob(".model-best.h5.check.npz"))))

    seen: list[int] = []
    with track("best", mode="offline", monitor="loss"):
        model().fit(data.x, data.y, epochs=2, verbose=0, callbacks=[Look()])

    assert [0, 1] == seen


def test_a_full_disk_costs_a_line_and_no_training(
    workspace: Path, model: Any, data: Any, capsys: pytest.CaptureFixture[str], small_disk: Callable[[int], Path]
) -> None:
    """On a full disk the training goes on, it is said once, and the best model is kept elsewhere."""
    folder = small_disk(2_000_000)
    with track("best", mode="offline", monitor="loss", dir=folder) as run:
        (folder / "ballast").write_bytes(os.urandom(max(0, free(folder) - 10_000)))
        history = model().fit(data.x, data.y, epochs=2, verbose=0)

    assert 2 == len(history.history["loss"])
    assert run.state.best_path.is_file()
    assert not run.state.best_path.is_relative_to(folder)
    assert 1 == capsys.readouterr().err.count("cannot write the best model to")


def free(folder: Path) -> int:
    """Return the bytes left on the disk of a folder."""
    usage = os.statvfs(folder)
    return usage.f_bavail * usage.f_frsize
