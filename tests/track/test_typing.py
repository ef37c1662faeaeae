from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.heavy
def test_the_types_are_those_that_editors_see(tmp_path: Path):
    """A file that uses every form of `track` passes `mypy --strict`, and its deliberate mistakes are found."""
    example = Path(__file__).with_name("typing_example.py")
    command = [sys.executable, "-m", "mypy", "--strict", "--warn-unused-ignores", "--cache-dir", str(tmp_path)]
    checked = subprocess.run(
        [*command, str(example)], cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300
    )

    assert (0, "Success: no issues found in 1 source file") == (checked.returncode, checked.stdout.strip())
