from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]
SCRIPT = """
from trackexp import track
with track(project="p", mode="offline", autolog=False) as run:
    run.log({"x": 1.0})
"""


@pytest.fixture
def clone(tmp_path: Path, cli: Cli) -> Path:
    """A repository with one commit, one change, one untracked file, and a run of its script."""
    folder = tmp_path / "clone"
    folder.mkdir()
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    (folder / "train.py").write_text(SCRIPT)
    (folder / ".gitignore").write_text("wandb/\n")
    own = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*own, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, env=environ, check=True, capture_output=True)
    (folder / "train.py").write_text(SCRIPT + "# changed\n")
    (folder / "new.txt").write_text("new\n")
    (folder / "data.bin").write_bytes(b"\0")
    ran = cli("run", "train.py", cwd=folder)
    assert 0 == ran.returncode, ran.stderr
    return folder


def test_the_working_tree_comes_back_and_is_told(clone: Path, cli: Cli, tmp_path: Path):
    """Lines on stdout, nothing on stderr; show tells of the same code."""
    answer = cli("restore-code", "latest", str(tmp_path / "back"), cwd=clone)
    shown = cli("show", "latest", cwd=clone).stdout
    lines = answer.stdout.splitlines()

    assert (0, "") == (answer.returncode, answer.stderr)
    assert f"3 files in {tmp_path / 'back'}" == lines[0]
    assert f"from {clone}" in lines[1]
    assert ["  patch      2 files changed or added by code.patch", "  left out   data.bin (binary)"] == lines[2:]
    assert SCRIPT + "# changed\n" == (tmp_path / "back" / "train.py").read_text()
    assert "\nCode\n" in shown
    assert "(main)" in shown
    assert "2 files differ from the commit" in shown


def test_json_says_the_same(clone: Path, cli: Cli, tmp_path: Path):
    """With a schema number."""
    data = json.loads(cli("restore-code", "latest", str(tmp_path / "back"), "--json", cwd=clone).stdout)

    assert (1, True, 3, ["new.txt", "train.py"]) == (
        data["schema"],
        data["complete"],
        data["files"],
        sorted(data["patched"]),
    )


def test_without_the_commit_the_exit_code_is_1(clone: Path, cli: Cli, tmp_path: Path):
    """What the run itself keeps is there, and the rest is named."""
    run = next((clone / "wandb").glob("offline-run-*"))
    run.rename(tmp_path / run.name)
    (clone / ".git").rename(tmp_path / "gone")
    answer = cli("restore-code", str(tmp_path / run.name), "back", cwd=tmp_path)

    assert (1, "") == (answer.returncode, answer.stderr)
    assert "was not found" in answer.stdout
    assert "--repo" in answer.stdout
    assert {"new.txt", "train.py"} == {path.name for path in (tmp_path / "back").iterdir()}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["latest", "."], "is not empty"),
        (["latest", "back", "--repo", "/"], "lies in no git repository"),
        (["nope", "back"], "no run with id or name 'nope'"),
    ],
)
def test_mistakes_end_with_2_and_write_nothing(clone: Path, cli: Cli, arguments: list[str], words: str):
    """A full folder, a wrong clone, an unknown run."""
    before = sorted(path.name for path in clone.iterdir())
    answer = cli("restore-code", *arguments, cwd=clone)

    assert (2, "") == (answer.returncode, answer.stdout)
    assert words in answer.stderr
    assert before == sorted(path.name for path in clone.iterdir())
