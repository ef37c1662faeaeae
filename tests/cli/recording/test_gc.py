from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]
RUNS = """
import os, pathlib, sys, wandb
for name in sys.argv[1:]:
    run = wandb.init(project="gc", id=name, mode="offline")
    path = pathlib.Path(name + ".bin")
    path.write_bytes(name.encode() * 100)
    artifact = wandb.Artifact(name, "model")
    artifact.add_file(str(path))
    run.log_artifact(artifact)
    run.finish()
"""


@pytest.fixture
def left(cli: Cli, tmp_path: Path):
    """Runs of plain wandb, `sent` and `unsent`, with staged files; what `gc --json` says, by how a file begins."""
    environment = {**os.environ, "HOME": str(tmp_path), "WANDB_SILENT": "true"}
    environment |= {"WANDB_DATA_DIR": str(tmp_path / "data"), "WANDB_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-c", RUNS, "sent", "unsent"], cwd=tmp_path, env=environment, check=True, timeout=90
    )
    (run,) = tmp_path.glob("wandb/*-sent/run-sent.wandb")
    run.with_name(f"{run.name}.synced").touch()
    (tmp_path / "data/artifacts/staging/tmp_orphan").write_bytes(b"orphan")
    labels = {str(path): path.read_text()[:6] for path in (tmp_path / "data/artifacts/staging").iterdir()}
    days_ago = time.time() - 8 * 86400
    for name in ("old", "new"):
        path = tmp_path / "cache/artifacts/obj/md5" / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        if name == "old":
            os.utime(path, (days_ago, days_ago))
    (tmp_path / "tmp").mkdir()

    def run_gc(*arguments: str, **variables: str) -> dict[str, tuple[str, str]]:
        given = {"WANDB_DATA_DIR": str(tmp_path / "data"), "WANDB_CACHE_DIR": str(tmp_path / "cache")}
        answer = cli("gc", "--json", *arguments, **{**given, "TMPDIR": str(tmp_path / "tmp"), **variables})
        assert 0 == answer.returncode, answer.stderr
        rows = json.loads(answer.stdout)["leftovers"]
        found = [(path, row["fate"], row["reason"]) for row in rows for path in row["paths"]]
        return {labels.get(path, Path(path).name): rest for path, *rest in found}

    return run_gc


def test_a_file_of_an_unsent_run_stays_and_that_of_a_sent_run_goes(left, tmp_path: Path):
    """What no run refers to stays too: its run may lie elsewhere."""
    tried = left("--dry-run")
    found = left()
    there = {path.read_bytes().decode()[:6] for path in (tmp_path / "data/artifacts/staging").iterdir()}

    assert ["would be freed", "of runs that were sent"] == tried["sentse"]
    assert ["freed", "of runs that were sent"] == found["sentse"]
    assert ["kept", "of runs that were not sent yet"] == found["unsent"]
    assert ["kept", "of no run that was seen here"] == found["orphan"]
    assert {"unsent", "orphan"} == there


def test_orphans_go_when_they_are_asked_for_and_a_day_old(left, tmp_path: Path):
    """A file of today may belong to an artifact that is being made."""
    young = left("--orphans", "--dry-run")
    before = time.time() - 2 * 86400
    os.utime(tmp_path / "data/artifacts/staging/tmp_orphan", (before, before))
    old = left("--orphans", "--dry-run")

    assert ("kept", "would be freed") == (young["orphan"][0], old["orphan"][0])
    assert "kept" == old["unsent"][0]


def test_a_run_that_went_on_after_its_sync_is_unsent_again(left, tmp_path: Path):
    """Its file is newer than the mark of the sync."""
    (run,) = tmp_path.glob("wandb/*-sent/run-sent.wandb")
    later = time.time() + 60
    os.utime(run, (later, later))

    assert ["kept", "of runs that were not sent yet"] == left()["sentse"]


def test_the_cache_keeps_what_was_used_lately(left):
    """Seven days by default; with --days 0 it is emptied."""
    found = left("--dry-run")

    assert (["would be freed", "not used for 7 days"], "kept") == (found["old"], found["new"][0])
    assert "would be freed" == left("--dry-run", "--days", "0")["new"][0]


def test_a_damaged_unsent_run_still_protects_its_files(left, tmp_path: Path):
    """The path is looked for in the file's bytes too, not in whole records alone."""
    (run,) = tmp_path.glob("wandb/*-unsent/run-unsent.wandb")
    data = bytearray(run.read_bytes())
    data[data.index(b"staging/") - 40] ^= 0xFF
    run.write_bytes(data)

    assert "kept" == left("--orphans")["unsent"][0]


def test_runs_elsewhere_are_named(left, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory):
    """A run that was moved away protects its files when its folder is named; a folder that is not there is refused."""
    moved = tmp_path_factory.mktemp("elsewhere") / "moved"
    (tmp_path / "wandb").rename(moved)

    assert "of no run that was seen here" == left("--dry-run")["unsent"][1]
    assert "of runs that were not sent yet" == left("--dry-run", str(moved))["unsent"][1]


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="only Linux tells how old its processes are")
def test_a_temporary_folder_of_a_living_process_stays(left, tmp_path: Path):
    """A folder that is younger than some living Python stays, for it may be that one's."""
    (tmp_path / "tmp" / "tmpabcdefghwandb-media").mkdir()

    assert ["kept", "of processes that may be running"] == left()["tmpabcdefghwandb-media"]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
def test_a_temporary_folder_whose_owner_runs_no_python_goes(left, tmp_path: Path):
    """With all that is in it."""
    folder = tmp_path / "tmp" / "tmpabcdefghwandb-artifacts"
    folder.mkdir()
    (folder / "file").write_text("x")
    os.chown(folder, 54321, 54321)

    assert ["freed", "of processes that have ended"] == left()["tmpabcdefghwandb-artifacts"]
    assert not folder.exists()


def test_a_folder_that_is_not_there_is_refused(cli: Cli):
    """With its name."""
    answer = cli("gc", "/no/such/place")

    assert (2, "") == (answer.returncode, answer.stdout)
    assert "/no/such/place does not exist" in answer.stderr


def test_nothing_left_is_said(cli: Cli, tmp_path: Path):
    """In one line."""
    answer = cli("gc", WANDB_DATA_DIR="d", WANDB_CACHE_DIR="c", TMPDIR=str(tmp_path))

    assert (0, "0 B freed\n") == (answer.returncode, answer.stdout)
