from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

LIMIT = 240  # seconds, far beyond what a busy machine needs
SCRIPT = """
import sys, time
from pathlib import Path
import numpy as np
import trackexp

HERE = Path(sys.argv[1])
y = np.arange(60) % 3

def train(run, fold, *, a):
    with (HERE / "calls.txt").open("a") as file:
        file.write(f"{a} {fold.index}\\n")
    while fold.index == 1 and not (HERE / "go").exists():
        time.sleep(0.05)
    rng = np.random.default_rng(fold.seed + a)
    p = rng.random((len(fold.valid), 3)) + 0.2
    return p / p.sum(axis=1, keepdims=True)

result = trackexp.cross_validate(train, {"a": [1, 2]}, 2, target=y, executor="processes", workers=1,
                                 storage=sys.argv[2], track={"mode": "offline"})
print(result.trained, result.table.to_csv(index=False).replace("\\n", ";"), result.evaluation.data.y_prob.sum().hex())
"""


@pytest.fixture
def driver(tmp_path: Path, isolated_environ: dict[str, str]) -> Callable[[str], subprocess.Popen[str]]:
    """Starts a script that cross-validates two settings on two folds; the second fold waits for the file `go`."""
    script = tmp_path / "driver.py"
    script.write_text(SCRIPT)

    def start(storage: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, script, str(tmp_path), str(tmp_path / storage)], cwd=tmp_path, env=isolated_environ,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    return start


def wait_for_calls(folder: Path, count: int) -> None:
    """Wait until so many trainings have begun."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if (folder / "calls.txt").exists() and len((folder / "calls.txt").read_text().splitlines()) >= count:
            return
        time.sleep(0.1)
    raise AssertionError("the trainings did not begin")


@pytest.mark.heavy
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
def test_what_is_done_stays_done(driver: Callable[[str], subprocess.Popen[str]], tmp_path: Path, how: signal.Signals):
    """The same call trains only what is missing, and finds to the last bit what an uninterrupted one finds."""
    first = driver("cv")
    wait_for_calls(tmp_path, 3)  # both settings of the first fold are done, and the second has begun
    os.kill(first.pid, how)
    _, said = first.communicate(timeout=LIMIT)
    (tmp_path / "go").touch()
    again, _ = driver("cv").communicate(timeout=LIMIT)
    whole, _ = driver("whole").communicate(timeout=LIMIT)

    assert 0 != first.returncode
    assert how == signal.SIGKILL or "2 of 4 folds are kept" in said
    assert ["2", "4"] == [again.split(maxsplit=1)[0], whole.split(maxsplit=1)[0]]
    assert again.split(maxsplit=1)[1] == whole.split(maxsplit=1)[1]
    assert 3 + 2 + 4 == len((tmp_path / "calls.txt").read_text().splitlines())
