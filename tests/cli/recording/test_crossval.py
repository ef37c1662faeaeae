from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = """
import argparse
import numpy as np
import trackexp

parser = argparse.ArgumentParser()
parser.add_argument("--shrink", type=float, default=0.0)
given = parser.parse_args()
with np.load("data.npz") as data:
    x, y = data["x"], data["y"]
fold = trackexp.fold()
means = np.stack([x[fold.train][y[fold.train] == c].mean(axis=0) * (1 - given.shrink) for c in range(3)])
scores = -((x[fold.valid][:, None] - means) ** 2).sum(axis=-1)
weights = np.exp(scores)
fold.report(weights / weights.sum(axis=1, keepdims=True))
"""
LOGS = """
import sys
import wandb
import trackexp

fold = trackexp.fold()
wandb.init(project="its own")
for epoch in range(2):
    wandb.log({"epoch": epoch, "val_accuracy": 0.5 + epoch / 10 + float(sys.argv[-1])})
wandb.finish()
"""


@pytest.fixture
def crossval(tmp_path: Path, isolated_environ: dict[str, str], data: Any) -> Callable[..., Any]:
    """Runs `trackexp crossval train.py …` in a folder with `data.npz`."""
    np.savez(tmp_path / "data.npz", x=data[0], y=data[1])

    def run(source: str, *words: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "train.py").write_text(source)
        command = [sys.executable, "-m", "trackexp", "crossval", "train.py", *words]
        return subprocess.run(
            command, cwd=tmp_path, env=isolated_environ, capture_output=True, text=True, check=False, timeout=300
        )

    return run


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    """Three clouds of points with their class."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 90)
    return rng.normal(size=(90, 4)) + 0.9 * y[:, None], y


@pytest.mark.heavy
@pytest.mark.parametrize("executor", ["here", "processes"])
def test_a_script_is_run_once_a_fold(crossval: Callable[..., Any], executor: str):
    """Its parameters are options, its rows are asked for, and the answer has runs, scores and the choice."""
    words = ("--grid", "shrink=0,0.9", "--folds", "2", "--data", "data.npz", "--target", "y", "--executor", executor)
    ran = crossval(SCRIPT, *words, "--mode", "offline", "--storage", "cv", "--json")
    again = crossval(SCRIPT, *words, "--mode", "offline", "--storage", "cv", "--json")
    said = json.loads(ran.stdout)

    assert (0, 0) == (ran.returncode, again.returncode), ran.stderr[-3000:]
    assert (1, {"shrink": 0}, [2, 2]) == (said["schema"], said["best"], [one["n"] for one in said["settings"]])
    assert (4, 0) == (said["trained"], json.loads(again.stdout)["trained"])
    assert said["settings"] == json.loads(again.stdout)["settings"]


@pytest.mark.heavy
def test_a_metric_that_the_script_logs_is_enough(crossval: Callable[..., Any]):
    """Also where it begins and ends the run itself, as scripts that people have do."""
    ran = crossval(
        LOGS, "--grid", "shrink=0,0.2", "--folds", "2", "--data", "data.npz", "--target", "y", "--metric",
        "val_accuracy", "--mode", "offline", "--executor", "here",
    )  # fmt: skip

    assert 0 == ran.returncode, ran.stderr[-3000:]
    assert "Best shrink=0.2: val_accuracy 0.8" in ran.stdout


@pytest.mark.heavy
def test_a_script_that_never_asks_is_an_error(crossval: Callable[..., Any]):
    """It would train on all rows, and be scored on them."""
    ran = crossval(
        "print('training')", "--grid", "lr=1", "--data", "data.npz", "--target", "y", "--folds", "2",
        "--mode", "offline", "--executor", "here",
    )  # fmt: skip

    assert 2 == ran.returncode
    assert "never asked for its fold" in ran.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "data.npz", "--target", "y"), "no --grid"),
        (("--grid", "lr", "--data", "data.npz"), "such as lr=0.1,0.01"),
        (("--grid", "lr=1"), "neither --data nor --partition"),
        (("--grid", "lr=1", "--data", "data.npz", "--target", "yy"), "the data have no 'yy' (did you mean 'y'?)"),
    ],
)
def test_options_that_cannot_be_right_exit_with_2(crossval: Callable[..., Any], words: Any, message: str):
    """Said before anything is trained."""
    ran = crossval(SCRIPT, *words)

    assert 2 == ran.returncode
    assert message in " ".join(ran.stderr.split())
