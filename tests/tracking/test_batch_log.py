from __future__ import annotations

import errno
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.errors import TrackingError
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.tracking.batch_log import ROWS_A_SEND, TICK, BatchLog


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Makes the disk take half of what it is given, and no more; and lets it take all again."""
    write = FileIO.write

    class Full(FileIO):
        full = False

        def write(self, data: Any) -> int:
            if not Full.full:
                return write(self, data)
            if len(data) < 9:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(self, data[: len(data) // 2])

    monkeypatch.setattr("trackexp.tracking.batch_table.FileIO", Full)

    def fill(full: bool) -> None:
        Full.full = full

    return fill


def dashboard(run: Any, name: str = "batch/loss") -> Any:
    """Return what W&B's own history has of a metric."""
    return read_file(next(run.folder.glob("*.wandb"))).history.get(name)


def test_the_dashboard_has_means_of_all_batches(workspace: Path) -> None:
    """At the end what is left is sent in a few windows, whose means weigh up to the mean of all."""
    with track("log", mode="offline") as run:
        log = BatchLog(run)
        for step in range(1000):
            log.add(step, 0, {"loss": float(step)})
        log.close()
    sent, kept = dashboard(run), read_run(run.folder).history["batch/loss"]

    assert list(range(1000)) == kept.values.tolist()
    assert len(sent) <= ROWS_A_SEND * 2
    assert 999 == max(read_file(next(run.folder.glob("*.wandb"))).history["batch/step"].values)


def test_a_window_holds_at_least_so_many_batches(workspace: Path) -> None:
    """With a window of 30, a hundred batches that came at once are three means, and the first is that of a third."""
    with track("log", mode="offline") as run:
        log = BatchLog(run, window=30)
        for step in range(100):
            log.add(step, 0, {"loss": float(step)})
        log.close()
    sent = dashboard(run)

    assert 4 >= len(sent)
    assert pytest.approx(np.arange(100).mean(), abs=2) == sent.values.mean()


def test_the_rate_is_bounded(workspace: Path) -> None:
    """However many batches come, the dashboard gets at most so many rows a tick."""
    with track("log", mode="offline") as run:
        log, began = BatchLog(run), time.monotonic()
        for step in range(3000):
            log.add(step, 0, {"loss": 1.0})
            time.sleep(0.0005)
        log.close()
        took = time.monotonic() - began
    assert len(dashboard(run)) <= ROWS_A_SEND * (took / (TICK * 0.9) + 2)


def test_threads_may_add_while_it_is_flushed(workspace: Path) -> None:
    """Every batch of four threads is kept once, in the order of the steps."""
    with track("log", mode="offline") as run:
        log = BatchLog(run)

        def add(first: int) -> None:
            for step in range(first, 2000, 4):
                log.add(step, step // 500, {"loss": step / 10})
                if step % 100 == first:
                    log.flush()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(4)))
        log.close()
    series = read_run(run.folder).history["batch/loss"]

    assert list(range(2000)) == series.steps.tolist()
    assert [step / 10 for step in range(2000)] == series.values.tolist()


def test_nan_is_kept_and_shown(workspace: Path) -> None:
    """A loss that is NaN stays NaN in the file, and its mean on the dashboard is one."""
    with track("log", mode="offline") as run:
        log = BatchLog(run)
        log.add(0, 0, {"loss": float("nan")})
        log.close()

    assert [True] == np.isnan(read_run(run.folder).history["batch/loss"].values).tolist()
    assert [True] == np.isnan(dashboard(run).values).tolist()


def test_vectors_are_a_column_a_value_and_gaps_are_nan(workspace: Path) -> None:
    """A metric of one value a class is several series; a batch that had less, or no number, has NaN there."""
    with track("log", mode="offline") as run:
        log = BatchLog(run)
        for step, value in enumerate(([0.1, 0.2], [0.3], None, "none")):
            log.add(step, 0, {"loss": 1.0, "recall": value})
        log.close()
    history = read_run(run.folder).history

    assert [1.0] * 4 == history["batch/loss"].values.tolist()
    np.testing.assert_array_equal([0.1, 0.3, np.nan, np.nan], history["batch/recall_0"].values)
    np.testing.assert_array_equal([0.2, np.nan, np.nan, np.nan], history["batch/recall_1"].values)


def test_what_a_full_disk_refused_is_written_when_there_is_room(
    workspace: Path, full_disk: Callable[[bool], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said once, and no batch is missing or doubled, also where a column comes meanwhile."""
    with track("log", mode="offline") as run:
        log = BatchLog(run)
        for step in range(60):
            full_disk(20 <= step < 40)
            log.add(step, 0, {"loss": float(step), **({"mae": 1.0} if step >= 30 else {})})
            if step % 5 == 4:
                log.flush()
        log.close()
    history = read_run(run.folder).history

    assert list(range(60)) == history["batch/loss"].values.tolist()
    assert [True] * 30 + [False] * 30 == np.isnan(history["batch/mae"].values).tolist()
    assert 1 == capsys.readouterr().err.count("No space left on device")
    assert run.failures.count >= 4


def test_a_strict_run_raises_into_the_training(workspace: Path, full_disk: Callable[[bool], None]) -> None:
    """What the thread could not store raises at the next batch, not in the thread."""

    def train(log: BatchLog) -> None:
        for step in range(6000):  # a minute for the thread to get its turn
            log.add(step, 0, {"loss": 1.0})
            time.sleep(0.01)

    with track("log", mode="offline", strict=True) as run:
        log = BatchLog(run)
        full_disk(True)
        with pytest.raises(TrackingError, match="storing the metrics of the batches"):
            train(log)
        full_disk(False)
        log.close()


def test_it_may_be_closed_twice(workspace: Path) -> None:
    """The second time there is nothing left to do, and a log without a batch leaves no file."""
    with track("log", mode="offline") as run:
        log, empty = BatchLog(run), BatchLog(run)
        log.add(0, 0, {"loss": 1.0})
        for _ in range(2):
            log.close()
            empty.close()

    assert ["batch-history.npy"] == [path.name for path in run.files_folder.glob("batch-history*")]
