from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trackexp.reading import read_run
from trackexp.record import RunRecord


@pytest.fixture
def records(workspace: Path) -> Callable[[], list[RunRecord]]:
    """Reads back every run of the workspace, in the order in which they began."""

    def read_all() -> list[RunRecord]:
        found = [read_run(path) for path in workspace.glob("wandb/*run-*/*.wandb")]
        return sorted(found, key=lambda record: (str(record.started_at), record.id))

    return read_all


@pytest.fixture
def offline(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace, with WANDB_MODE=offline."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    return workspace
