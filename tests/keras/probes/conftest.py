from __future__ import annotations

import pytest

from trackexp.fit import budget


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Much more time than the training took: what a look sees, not when it is taken, on however busy a machine."""
    for name in ("LONG_SHARE", "SHORT_SHARE"):
        monkeypatch.setattr(budget, name, 600.0)
