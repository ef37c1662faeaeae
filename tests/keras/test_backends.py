from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trackexp import read_run

pytestmark = pytest.mark.heavy

BACKENDS = ("tensorflow", "torch", "jax")
EVERYWHERE = (
    "arrays",
    "subclassed",
    "own step",
    "two outputs",
    "mixed precision",
    "jit compiled",
    "pydataset",
    "generator",
)
CASES = [(backend, case) for backend in BACKENDS for case in EVERYWHERE] + [
    ("tensorflow", "tf.data"),
    ("tensorflow", "mirrored"),
    ("torch", "torch loader"),
    ("jax", "torch loader"),
]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """Every run of every backend, as it is read back; one process a backend."""
    found = {}
    for backend in BACKENDS:
        folder = tmp_path_factory.mktemp(backend)
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))},
            "HOME": str(folder),
            "KERAS_BACKEND": backend,
        }
        script = Path(__file__).with_name("backend_matrix.py")
        done = subprocess.run(
            [sys.executable, str(script), backend],
            cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:]
        runs = json.loads(done.stdout.splitlines()[-1])
        found.update({(backend, case): read_run(place) for case, place in runs.items()})
    return found


@pytest.mark.parametrize(("backend", "case"), CASES)
def test_every_kind_of_training_is_recorded_on_every_backend(records: Any, backend: str, case: str) -> None:
    """Each has its epochs, every batch, its best model, its facts with the backend, and no error of tracking."""
    record = records[backend, case]

    assert ("finished", 0) == (record.state, record.summary["trackexp"]["tracking_errors"])
    assert 2 == len(record.history["train/loss"])
    assert list(range(6)) == record.history["batch/loss"].steps.tolist()
    assert backend == record.facts[-1]["model"]["backend"]
    assert any(file.name.startswith("model-best") and file.size for file in record.files)
    assert "train/loss" == record.summary["best"]["metric"]


@pytest.mark.parametrize(("backend", "case"), [pair for pair in CASES if pair[1] != "own step"])
def test_the_wrong_loss_is_named_on_every_backend(records: Any, backend: str, case: str) -> None:
    """Binary crossentropy on classes that exclude each other is found in arrays and in what streams give."""
    assert "bce-on-categorical" in [finding.name for finding in records[backend, case].findings]
