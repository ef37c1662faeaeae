from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp.reading import read_run
from trackexp.record import RunRecord
from trackexp.tracking.code.restore import restore_code
from trackexp.tracking.code.stamp import write_stamp

SECRET = "sk-proj-" + "aB3dE5fG7hJ9kL1m" * 3
SCRIPT = "from trackexp import track\nwith track(project='p', mode='offline') as run:\n    run.log({'x': 1})\n"


@pytest.fixture
def recorded(repo, isolated_environ: dict[str, str], tmp_path: Path) -> Callable[..., tuple[RunRecord, str]]:
    """Runs `train.py` of the repository, from another folder, and reads the run back."""

    def run(script: str = SCRIPT, *, code: int = 0, at: Path | None = None, **variables: str) -> tuple[RunRecord, str]:
        path = (at or repo.root) / "train.py"
        path.write_text(script)
        runs = tmp_path / "runs"
        runs.mkdir(exist_ok=True)
        environ = {**isolated_environ, "WANDB_DIR": str(runs), "PYTHONHASHSEED": "7", **variables}
        done = subprocess.run(
            [sys.executable, path], cwd=runs, env=environ, capture_output=True, text=True, timeout=120
        )
        assert code == done.returncode, done.stderr
        return read_run("latest", root=runs), done.stderr

    return run


def test_a_run_keeps_the_code_it_ran(recorded: Any, repo, tmp_path: Path):
    """Commit, remote, patch and sources, without the secret, which is nowhere below W&B's folders; all comes back."""
    repo.write("train.py", "")
    repo.write("lib/m.py", "X = 1\n")
    commit = repo.commit()
    repo.git("remote", "add", "origin", "https://me:pw-of-mine@example.org/x.git")
    repo.write("lib/m.py", f"X = 2\nAPI_KEY = '{SECRET}'\n")
    repo.write("notes.txt", "untracked\n")
    record, said = recorded()
    code = record.code
    stored = b"".join(path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file())
    restored = restore_code(record, tmp_path / "back")

    assert ("git", commit, "main", True) == tuple(code[key] for key in ("source", "commit", "branch", "dirty"))
    assert "https://example.org/x.git" == code["remote"] == record.environment["git"]["remote"]
    assert (2, 1, 2) == (code["patch"]["changed"], code["patch"]["untracked"], code["masked"])
    assert {"lib/m.py", "train.py"} <= {file.name.removeprefix("code/") for file in record.files}
    assert (b"pw-of-mine" in stored, SECRET.encode() in stored) == (False, False)
    assert ("7", sys.version.split()[0]) == (code["seeds"]["PYTHONHASHSEED"], code["versions"]["python"])
    assert {"X = 2", "untracked"} <= {
        (tmp_path / "back" / name).read_text().splitlines()[0] for name in ("lib/m.py", "notes.txt")
    }
    assert (True, ["lib/m.py:2"]) == (restored.complete, restored.masked)
    assert "trackexp_code" not in record.settings
    assert "  masked    2 secrets in code.patch, lib/m.py\n" in said
    assert "what differs" not in said


def test_a_script_that_crashes_at_once_has_its_code_stored(recorded: Any, repo):
    """Leaving the block waits for the look at the code."""
    repo.write("train.py", "")
    commit = repo.commit()
    record, _ = recorded("from trackexp import track\nwith track(mode='offline'):\n    raise SystemExit(3)\n", code=3)

    assert (commit, 1) == (record.code["commit"], record.code["patch"]["changed"])
    assert record.file("code.patch").size == record.code["patch"]["bytes"]


@pytest.mark.parametrize(
    ("variables", "has_commit", "has_code"),
    [
        ({"WANDB_DISABLE_CODE": "true"}, True, False),
        ({"WANDB_SAVE_CODE": "false"}, True, False),
        ({"WANDB_DISABLE_GIT": "true"}, False, True),
        ({"WANDB_SAVE_CODE": "true"}, True, True),
    ],
)
def test_wandbs_variables_are_honoured(
    recorded: Any, repo, variables: dict[str, str], has_commit: bool, has_code: bool
):
    """No code, no git, or both; with WANDB_SAVE_CODE no copies of W&B's own, which nobody scrubs, lie beside ours."""
    repo.write("train.py", "")
    repo.commit()
    record, _ = recorded(SCRIPT + f"# {SECRET}\n", **variables)
    names = {file.name for file in record.files}

    assert (has_commit, has_code) == (bool(record.code["commit"]), "code/train.py" in names)
    assert (has_commit and has_code) == ("code.patch" in names)
    assert "diff.patch" not in names
    assert not any(SECRET in file.path.read_text() for file in record.files if file.path)


def test_a_stamp_stands_in_for_a_repository(recorded: Any, repo, tmp_path: Path):
    """As in an image: commit and patch are those of the host, and come back with its clone."""
    repo.write("a.py", "one\n")
    commit = repo.commit()
    repo.write("a.py", f"two\nAPI_KEY = '{SECRET}'\n")
    image = tmp_path / "image"
    image.mkdir()
    write_stamp(repo.root, image / ".trackexp-stamp.json")
    record, _ = recorded(at=image)
    restored = restore_code(record, tmp_path / "back", repo.root)

    assert ("stamp", commit, True) == tuple(record.code[key] for key in ("source", "commit", "dirty"))
    assert (commit, 1) == (record.environment["git"]["commit"], record.code["masked"])
    assert (["a.py:2"], True) == (restored.masked, restored.complete)
    assert SECRET not in record.file("code.patch").path.read_text()


def test_without_a_repository_the_sources_are_kept(recorded: Any, tmp_path: Path):
    """The script and what lies around it; WANDB_GIT_COMMIT gives the commit."""
    plain = tmp_path / "plain"
    (plain / "lib").mkdir(parents=True)
    (plain / "lib" / "m.py").write_text("x\n")
    (plain / ".env").write_text("X=1\n")
    record, _ = recorded(at=plain, WANDB_GIT_COMMIT="a" * 40)
    bare, _ = recorded(at=plain)
    restored = restore_code(bare, tmp_path / "back")

    assert ("environment", "a" * 40) == (record.code["source"], record.code["commit"])
    assert ("files", None, 2) == (bare.code["source"], bare.code["commit"], bare.code["sources"]["files"])
    assert (True, ["lib/m.py", "train.py"]) == (restored.complete, sorted(restored.from_sources))


def test_without_git_the_commit_is_known_and_the_rest_said(recorded: Any, repo, tmp_path: Path):
    """One line, and the training goes on."""
    commit = repo.commit()
    nothing = tmp_path / "bin"
    nothing.mkdir()
    record, said = recorded(PATH=str(nothing))

    assert (commit, "git is not installed") == (record.code["commit"], record.code["problem"])
    assert 1 == said.count("the run has its commit, and not what differs from it: git is not installed")


def test_a_repository_that_git_cannot_read_is_said_once(recorded: Any, repo):
    """What fails in looking at the code never stops the training."""
    repo.write("train.py", "")
    repo.commit()
    for path in (repo.root / ".git" / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    record, said = recorded()

    assert 1 == said.count("not what differs from it")
    assert record.history["x"].values.tolist() == [1.0]


def test_save_code_false_keeps_the_commit_alone(repo, workspace: Path, monkeypatch: pytest.MonkeyPatch, read: Any):
    """No content of any file is stored."""
    from trackexp import track

    repo.write("a.py", "x\n")
    commit = repo.commit()
    repo.write("a.py", "y\n")
    monkeypatch.chdir(repo.root)
    with track(mode="offline", save_code=False, dir=str(workspace)):
        pass
    record = read()

    assert (commit, True, False) == (record.code["commit"], record.code["dirty"], "patch" in record.code)
    assert [] == [file.name for file in record.files if file.name.startswith("code")]


def test_a_run_of_plain_wandb_has_the_commit_that_wandb_noted():
    """`record.code` answers for any run."""
    record = RunRecord("abc", environment={"git": {"commit": "c" * 40, "remote": "https://example.org"}})

    assert {"commit": "c" * 40, "remote": "https://example.org"} == record.code
    assert {} == RunRecord("abc", environment={"git": None}).code


def test_a_seed_that_is_set_in_the_run_is_recorded(workspace: Path, read: Any):
    """By Keras, which keeps it; asked for again when the run ends."""
    import keras

    from trackexp import track

    with track(mode="offline"):
        keras.utils.set_random_seed(42)

    assert 42 == read().code["seeds"]["keras"]
    assert os.environ.get("PYTHONHASHSEED", "") in str(read().code["seeds"])
