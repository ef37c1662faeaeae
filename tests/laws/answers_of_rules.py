"""A pytest plugin that writes down how each rule answered in its own test file: `-p tests.laws.answers_of_rules`."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from trackexp.diagnosis import engine

_ANSWERS: dict[str, set[str]] = defaultdict(set)
_FILE = ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note whose tests are running."""
    global _FILE
    _FILE = item.path.stem.removeprefix("test_")


def pytest_sessionstart() -> None:
    """Listen to the engine."""
    outcome = engine._outcome

    def listening(rule: Any, subject: Any, skipped: str) -> Any:
        answer = outcome(rule, subject, skipped)
        if rule.name.replace("-", "_") == _FILE:
            _ANSWERS[rule.name].add(str(answer.status))
        return answer

    engine._outcome = listening


def pytest_sessionfinish() -> None:
    """Write what was heard."""
    told = {name: sorted(statuses) for name, statuses in _ANSWERS.items()}
    Path(os.environ["TRACKEXP_ANSWERS"]).write_text(json.dumps(told), encoding="utf-8")
