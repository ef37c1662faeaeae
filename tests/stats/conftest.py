from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference_statistics():
    """Return the reference cases of tests and intervals."""
    path = Path(__file__).parent.parent / "evaluation" / "evalvectors.json"
    return json.loads(path.read_text(encoding="utf-8"))["statistics"]
