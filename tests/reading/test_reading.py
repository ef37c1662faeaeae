from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import trackexp
from trackexp.errors import RunNotFoundError, UnreadableRunError
from trackexp.reading import read_run, read_runs
from trackexp.reading.runs import read_trained_run

RunFile = Callable[[str], Path]


def test_latest_is_read_where_wandb_wrote(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any argument the newest run of the current folder is read."""
    monkeypatch.delenv("WANDB_DIR", raising=False)
    monkeypatch.chdir(runs)

    assert "longrun1" == read_run().id == trackexp.read_run(root=runs).id


@pytest.mark.parametrize("job", ["evaluation", "training"])
def test_runs_that_only_judge_a_model_are_not_the_latest_that_trained_one(runs: Path, tmp_path: Path, job: str) -> None:
    """Any other job may train, and by its id every run is read."""
    shutil.copytree(runs / "wandb", tmp_path / "wandb", symlinks=True)
    source = f"import wandb\nwandb.init(project='p', id='judge', job_type={job!r}, mode='offline').finish()"
    theirs = ((name, value) for name, value in os.environ.items() if not name.startswith("WANDB_"))
    environ = {**dict(theirs), "HOME": str(tmp_path), "WANDB_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", source], cwd=tmp_path, env=environ, check=True, timeout=120)

    assert "judge" == read_run("latest", root=tmp_path).id
    assert ("judge" if job == "training" else "longrun1") == read_trained_run("latest", root=tmp_path).id
    assert "judge" == read_trained_run("judge", root=tmp_path).id


def test_all_runs_of_a_folder_come_one_by_one(runs: Path) -> None:
    """Each is read when it is asked for, oldest first."""
    found = read_runs(runs)

    assert "richrun1" == next(found).id
    assert ["failed1", "ctrlc1", "longrun1"] == [run.id for run in found]


def test_a_file_that_is_no_run_does_not_hide_the_others(
    run_file: RunFile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is passed over with a warning in the log."""
    for name, content in {"a": b"no run", "b": run_file("failed1").read_bytes()}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"run-{name}.wandb").write_bytes(content)

    with caplog.at_level(logging.WARNING, "trackexp"):
        assert ["failed1"] == [run.id for run in read_runs(tmp_path)]
    assert "run-a.wandb is no W&B run" in caplog.text


@pytest.mark.parametrize("history", [True, False])
@pytest.mark.parametrize("folder_too", [True, False])
def test_a_run_that_vanishes_while_others_are_read_is_passed_over(
    history: bool, folder_too: bool, run_file: RunFile, tmp_path: Path
) -> None:
    """Somebody tidies up meanwhile, the file alone or its folder: what is no longer there is no run."""
    for name in ("failed1", "ctrlc1"):
        folder = tmp_path / f"offline-run-20260101_00000{len(name)}-{name}"
        folder.mkdir()
        shutil.copy(run_file(name), folder)
    found = read_runs(tmp_path, history=history)
    first = next(found).id
    path = next(path for path in tmp_path.glob("*/*.wandb") if first not in path.name)
    path.unlink()
    if folder_too:
        path.parent.rmdir()

    assert [] == list(found)


def test_a_file_that_was_asked_for_by_name_has_to_be_a_run(tmp_path: Path) -> None:
    """It raises instead of giving nothing."""
    path = tmp_path / "run-a.wandb"
    path.write_bytes(b"no run")

    with pytest.raises(UnreadableRunError, match="no W&B run"):
        list(read_runs(path))


def test_a_wrong_place_is_said_before_the_first_run_is_asked_for(tmp_path: Path) -> None:
    """A generator that raises only in the caller's loop would say it too late."""
    with pytest.raises(RunNotFoundError):
        read_runs(tmp_path)


def test_reading_imports_no_wandb(run_file: RunFile) -> None:
    """A run can be read where W&B's client is not installed, and without its second of import."""
    script = (
        "import sys, trackexp; run = trackexp.read_run(sys.argv[1]); "
        "print(run.id, sorted({'wandb', 'google.protobuf', 'keras', 'pandas'} & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script, str(run_file("failed1"))], check=True, capture_output=True, text=True
    ).stdout

    assert "failed1 []" == output.strip()
