from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.heavy
@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.name)
def test_an_example_runs_as_it_stands(script: Path, tmp_path: Path):
    """A user who copies the script and starts it gets a run, without a key and without a network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
    environment = {**kept, "HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3"}
    ran = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert 0 == ran.returncode, ran.stderr[-3000:]
    assert list(tmp_path.rglob("run-*.wandb"))


def test_there_are_examples():
    """An empty folder would pass every test above."""
    assert EXAMPLES
