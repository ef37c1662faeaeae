from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Cli = Callable[..., subprocess.CompletedProcess[str]]
SCRIPT = Path(__file__).with_name("record_pair.py")


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing outside `folder` is read or written, of a plain 100-column terminal."""
    theirs = ("WANDB_", "TRACKEXP_", "KERAS_", "FORCE_COLOR", "NO_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return {**kept, "HOME": str(folder), "WANDB_MODE": "offline", "COLUMNS": "100", "TERM": "dumb"}


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run `python -m trackexp` with these arguments in a folder of its own."""

    def run(*arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "trackexp", *arguments],
            cwd=cwd or tmp_path,
            env={**environment(tmp_path), **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run the command line as `cli` does, but in this process, which takes a tenth of the time."""
    from typer.testing import CliRunner

    from trackexp.cli.app import app

    def run(*arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        wanted = {**environment(tmp_path), **variables}
        with monkeypatch.context() as patch:
            patch.chdir(cwd or tmp_path)
            for name in os.environ.keys() - wanted.keys():
                patch.delenv(name)
            for name, value in wanted.items():
                patch.setenv(name, value)
            answer = CliRunner().invoke(app, arguments)
        return subprocess.CompletedProcess(arguments, answer.exit_code, answer.stdout, answer.stderr)

    return run


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose `wandb/` holds two offline runs of the real client: `dense`, and `dense-bce` with the fault."""
    folder = tmp_path_factory.mktemp("pair")
    subprocess.run([sys.executable, SCRIPT], cwd=folder, env=environment(folder), check=True, capture_output=True)
    return folder
