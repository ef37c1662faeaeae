from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from trackexp import track
from trackexp.reading import read_run
from trackexp.tracking.opening.environment import load_dotenv, source_of


def test_a_wandb_dir_that_does_not_exist_is_made(workspace: Path):
    """WANDB_DIR and `dir` may name a folder that is not there yet."""
    os.environ["WANDB_DIR"] = str(workspace / "not" / "yet")
    with track(mode="offline"):
        pass
    with track(mode="offline", dir=workspace / "by argument"):
        pass

    found = [len(list((workspace / name / "wandb").glob("offline-run-*"))) for name in ("not/yet", "by argument")]
    assert [1, 1] == found


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_a_folder_that_cannot_be_written_is_replaced_and_said_once(
    by: str, workspace: Path, capfd: pytest.CaptureFixture[str]
):
    """A `dir` or WANDB_DIR that cannot be a folder gives way to the working folder, in one line."""
    (workspace / "a file").write_text("")
    wanted = workspace / "a file" / "below"
    if by == "variable":
        os.environ["WANDB_DIR"] = str(wanted)
    with track(mode="offline", dir=wanted if by == "argument" else None) as run:
        run.log({"loss": 1.0})

    err = capfd.readouterr().err
    assert (1, 1) == (err.count(f"cannot write to {wanted}"), len(list(workspace.glob("wandb/offline-run-*"))))


HOMELESS = """
from trackexp import track
with track() as run:
    run.log({"loss": 1.0})
    (run.files_folder / "model-best.h5").write_bytes(b"x")
    run.improve({"metric": "loss", "value": 1.0, "epoch": 0}, run.files_folder / "model-best.h5")
"""


@pytest.mark.parametrize("home", ["/proc/nohome", "/nowhere/at/all", "a file", "unsearchable"])
def test_a_home_that_cannot_be_written_is_no_hindrance(home: str, script, tmp_path: Path):
    """With a read-only or missing home a run with a model works, and little is said: our lines, W&B's of a netrc."""
    if home == "a file":
        (tmp_path / "file").write_text("")
        home = str(tmp_path / "file" / "home")
    elif home == "unsearchable":  # a name too long: an error of the system, for root as well
        home = str(tmp_path / ("x" * 300))
    elif home == "/nowhere/at/all" and os.geteuid() == 0:
        home = "/proc/1/nowhere"
    ended = script(HOMELESS, environ={"HOME": home})

    expected = ("trackexp: ", "  ", "wandb: WARNING Failed to read netrc file")
    said = [line for line in ended.stderr.splitlines() if not line.startswith(expected)]
    record = read_run(root=tmp_path / "work")
    assert (0, "", []) == (ended.returncode, ended.stdout, said)
    assert [f"run_{record.id}_model"] == [item.name for item in record.artifacts if item.type == "model"]


def test_nowhere_to_write_but_a_temporary_folder_of_its_own(script, tmp_path: Path):
    """Home, working folder and the usual temporary one not writable: run and model are in one of the user's."""
    for place in ("home-file", "work/wandb", "tmp/trackexp"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("")
    ended = script(HOMELESS, environ={"HOME": str(tmp_path / "home-file" / "x"), "TMPDIR": str(tmp_path / "tmp")})

    (chosen,) = (tmp_path / "tmp").glob("trackexp-*")
    assert (0, 1) == (ended.returncode, ended.stderr.count(f"runs go to {chosen / 'wandb'} instead"))
    assert ["model"] == [item.type for item in read_run(root=chosen).artifacts]
    assert (chosen / "wandb" / "data_dir" / "artifacts").is_dir()


def test_a_data_folder_that_cannot_be_written_is_replaced_and_said(script, tmp_path: Path):
    """A WANDB_DATA_DIR that cannot be a folder gives way to one beside the run, and the model is kept."""
    (tmp_path / "file").write_text("")
    ended = script(HOMELESS, environ={"WANDB_DATA_DIR": str(tmp_path / "file" / "data")})

    assert (0, 1) == (ended.returncode, ended.stderr.count("which WANDB_DATA_DIR names: taking"))
    assert ["model"] == [item.type for item in read_run(root=tmp_path / "work").artifacts]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, mounted in memory; a test without the right to mount is skipped."""
    folder = tmp_path / "disk"
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is None or libc.mount(b"none", bytes(folder), b"tmpfs", 0, b"size=2m") != 0:
        pytest.skip("mounting a small disk needs Linux and the right to mount")
    yield folder
    libc.umount2(bytes(folder), 2)


FILLING = """
import os, sys, time
from pathlib import Path
from trackexp import track
with track(mode="offline") as run:
    run.log({"loss": 0.0})
    with open("ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    for step in range(2000):
        run.log({f"metric_{k}": step / (k + 1) for k in range(20)})
    run.log_epoch({"epoch": 0})
    run.log_epoch({"epoch": 1})
print("trained")
"""


def test_a_disk_that_fills_up_stops_no_training(small_disk: Path, isolated_environ: dict[str, str]):
    """When the disk is full in the middle the script runs to its end, it is said, and what was written reads."""
    ended = subprocess.run(
        [sys.executable, "-c", FILLING],
        cwd=small_disk,
        env=isolated_environ,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert (0, "trained\n") == (ended.returncode, ended.stdout)
    assert (1, 1) == (ended.stderr.count("rows will be lost"), ended.stderr.count("end of the run is not in its file"))
    assert "0.0" in str(list(read_run(root=small_disk).history["loss"].values))


def test_a_full_disk_at_the_start_gives_way_to_another_folder(small_disk: Path, script, tmp_path: Path):
    """A folder on a full disk is one that cannot be written: the run goes elsewhere, said once."""
    with (small_disk / "ballast").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    source = "from trackexp import track\nwith track(mode='offline') as run:\n    run.log({'loss': 1.0})"
    ended = script(source, environ={"WANDB_DIR": str(small_disk)})

    assert (0, 1) == (ended.returncode, ended.stderr.count(f"cannot write to {small_disk}"))
    assert [1.0] == list(read_run(root=tmp_path / "work").history["loss"].values)


def test_two_processes_in_one_folder_at_the_same_moment(isolated_environ: dict[str, str], tmp_path: Path):
    """Processes that start at once in one folder write two runs, each whole."""
    source = "import sys\nfrom trackexp import track\nwith track() as run:\n    run.log({'who': int(sys.argv[1])})"
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", source, str(who)], cwd=tmp_path, env=isolated_environ, stderr=subprocess.DEVNULL
        )
        for who in range(2)
    ]
    codes = [job.wait(timeout=60) for job in jobs]
    logged = sorted(read_run(path).history["who"].values[0] for path in tmp_path.glob("wandb/*run-*/*.wandb"))

    assert ([0, 0], [0, 1]) == (codes, logged)


def test_the_source_of_a_variable_is_the_file_only_while_the_file_says_it(workspace: Path):
    """A variable read from a `.env` names that file, until the script sets it itself."""
    (workspace / ".env").write_text("WANDB_API_KEY=abc\nEMPTY=\n")
    load_dotenv()
    first = source_of("WANDB_API_KEY")
    os.environ["WANDB_API_KEY"] = "other"

    assert f"WANDB_API_KEY in {workspace / '.env'}" == first
    assert "the variable WANDB_API_KEY" == source_of("WANDB_API_KEY")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00broken", b"no assignment here\n=\n'", b""])
def test_a_broken_dotenv_stops_nothing(content: bytes, workspace: Path, capfd: pytest.CaptureFixture[str]):
    """A `.env` that is no text, or no assignments, is passed over."""
    (workspace / ".env").write_bytes(content)
    with track(mode="offline"):
        pass

    assert 1 == len(list(workspace.glob("wandb/offline-run-*")))


def test_a_dotenv_that_is_a_folder_stops_nothing(workspace: Path):
    """A folder called `.env`, as some virtual environments are, is no settings file."""
    (workspace / ".env").mkdir()
    with track(mode="offline"):
        pass

    assert 1 == len(list(workspace.glob("wandb/offline-run-*")))


def test_an_empty_variable_of_wandbs_is_unset(workspace: Path):
    """In the environment and in `.env`, as a copied example leaves it; W&B itself refuses an empty WANDB_MODE."""
    (workspace / ".env").write_text("WANDB_RESUME=\nWANDB_MODE=offline\n")
    os.environ["WANDB_MODE"] = " "
    with track(project="p") as run:
        run.log({"a": 1})
        inside = (os.environ["WANDB_MODE"], os.environ.get("WANDB_RESUME"))

    assert ("offline", None) == inside
    assert " " == os.environ["WANDB_MODE"]


def test_the_environment_is_the_scripts_again(workspace: Path):
    """What a `.env` says holds while a run is open, and what the script sets stays."""
    (workspace / ".env").write_text("WANDB_PROJECT=mine\nDATABASE=x\nWANDB_NOTES=a\n")
    before = dict(os.environ)
    with track(mode="offline") as run:
        inside = (run.project, os.environ.get("WANDB_PROJECT"), os.environ.get("DATABASE"))
        os.environ["WANDB_NOTES"] = "the script's"

    added = {name: value for name, value in os.environ.items() if before.get(name) != value}
    assert ("mine", "mine", "x") == inside
    assert {"WANDB_NOTES": "the script's"} == {name: added[name] for name in added if name != "WANDB_SERVICE"}
