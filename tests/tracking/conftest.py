from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp.reading import read_run
from trackexp.reading.wandb_file.tail import has_exit
from trackexp.record import RunRecord


@pytest.fixture
def read(workspace: Path) -> Callable[..., RunRecord]:
    """Reads back a run of the workspace by its id, or the one run that is there."""

    def read_back(run_id: str | None = None) -> RunRecord:
        if run_id is None:
            (file,) = workspace.glob("wandb/*run-*/*.wandb")
            return read_run(file)
        return read_run(next(workspace.glob(f"wandb/*run-*-{run_id}/*.wandb")))

    return read_back


@pytest.fixture
def online(workspace: Path, wandb_server, monkeypatch: pytest.MonkeyPatch):
    """The server, with its address and its key in the environment."""
    monkeypatch.setenv("WANDB_BASE_URL", wandb_server.url)
    monkeypatch.setenv("WANDB_API_KEY", wandb_server.key)
    return wandb_server


@pytest.fixture
def finish_plain() -> Callable[[Any], None]:
    """Finishes a run of plain wandb, which returns before its file is on the disk, and waits for that."""

    def finish(run: Any) -> None:
        file = Path(run.dir).parent / f"run-{run.id}.wandb"
        run.finish()
        deadline = time.monotonic() + 30
        while not has_exit(file) and time.monotonic() < deadline:
            time.sleep(0.01)

    return finish
