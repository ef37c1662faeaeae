"""The training with diagnosis is the training without it, to the last bit, on every backend."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.heavy

BACKENDS = ("tensorflow", "torch", "jax")
EVERYWHERE = ("arrays", "a split, shuffled", "subclassed", "recurrent", "mixed_bfloat16", "pydataset", "generator")
CASES = [(backend, case) for backend in BACKENDS for case in EVERYWHERE] + [
    ("tensorflow", "tf.data"),
    ("tensorflow", "mixed_float16"),
    ("tensorflow", "jit_compile"),
    ("jax", "jit_compile"),
    ("torch", "torch loader"),
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Any]:
    """What each case of each backend differs in; one process a backend."""
    found = {}
    for backend in BACKENDS:
        folder = tmp_path_factory.mktemp(backend)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", str(Path(__file__).with_name("bits_matrix.py")), backend],
            cwd=folder, env={**kept, "HOME": str(folder), "KERAS_BACKEND": backend},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-4000:]
        cases = json.loads(done.stdout.splitlines()[-1])
        found.update({(backend, case): answer for case, answer in cases.items()})
    return found


@pytest.mark.parametrize(("backend", "case"), CASES)
def test_nothing_differs_from_the_bare_training(trained: Any, backend: str, case: str) -> None:
    """Curves, weights, optimizer, metrics and all streams of random numbers, with a look at the end of each epoch."""
    answer = trained[backend, case]

    assert [] == answer["differs"]
    assert ([0, 1], 2, []) == (answer["epochs"], answer["gradients"], answer["not_seen"])
