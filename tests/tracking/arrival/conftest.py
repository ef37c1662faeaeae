from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def online(workspace: Path, wandb_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The test server, with this process logged in to it."""
    monkeypatch.setenv("WANDB_BASE_URL", wandb_server.url)
    monkeypatch.setenv("WANDB_API_KEY", wandb_server.key)
    return wandb_server
