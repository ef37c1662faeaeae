from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.cli import main

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process, in a folder of its own, on a plain terminal of 100 columns."""

    def run(*arguments: str, cwd: Path | None = None, columns: int = 100) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(cwd or tmp_path)
        monkeypatch.setenv("COLUMNS", str(columns))
        for name in ("FORCE_COLOR", "WANDB_DIR"):
            monkeypatch.delenv(name, raising=False)
        code = main(list(arguments))
        seen = capsys.readouterr()
        return subprocess.CompletedProcess(list(arguments), code or 0, seen.out, seen.err)

    return run
