from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[1] / "wandb_server" / "check.py"


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_the_real_client_gets_from_the_local_server_what_wandb_would_answer():
    """Runs, resuming, artifacts, the API and every fault: the items of the server's own check pass."""
    done = subprocess.run([sys.executable, str(CHECK)], cwd=CHECK.parent, capture_output=True, text=True, check=False)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]

    assert [] == failed
    assert 0 == done.returncode, done.stderr[-2000:]
