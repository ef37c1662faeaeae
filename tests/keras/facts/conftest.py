from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest


@pytest.fixture
def on_torch() -> Callable[[str], str]:
    """Runs a program on Keras's torch backend with tensorflow blocked from import; returns what it printed."""

    def run(program: str) -> str:
        blocked = "import sys; sys.modules['tensorflow'] = None\n" + textwrap.dedent(program)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", blocked],
            env={**os.environ, "KERAS_BACKEND": "torch"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
