from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCRIPT = """
import json, sys
import keras, numpy as np
from trackexp import track

rng = np.random.default_rng(0)
x = rng.normal(size=(400, 4)).astype("float32")
y = (x @ [1, -2, 0.5, 0] + 0.05 * rng.normal(size=400)).astype("float32")[:, None]
ids = rng.integers(0, 3, 400)
blobs = (x[:, :3] + 3 * np.eye(3)[ids]).astype("float32")

def gaussian_nll(truth, answer):
    mean, log_var = answer[:, :1], answer[:, 1:]
    return keras.ops.mean(0.5 * (log_var + (truth - mean) ** 2 / keras.ops.exp(log_var)))

def dense(last, activation=None):
    return keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(last, activation)])

found = {}
for name, model, loss, data in (
    ("density", dense(2), gaussian_nll, (x, y)),
    ("classes", dense(3, "softmax"), "sparse_categorical_crossentropy", (blobs, ids)),
    ("wrong loss", dense(3, "softmax"), "binary_crossentropy", (blobs, np.eye(3)[ids])),
    ("slow", dense(3, "softmax"), "sparse_categorical_crossentropy", (blobs, ids)),
):
    keras.utils.set_random_seed(0)
    model.compile(keras.optimizers.Adam(1e-7 if name == "slow" else 1e-2), loss)
    with track(mode="offline", best_model=None) as run:
        model.fit(*data, epochs=30, batch_size=64, validation_split=0.2, verbose=0)
    found[name] = [(finding.name, str(finding.severity)) for finding in run.findings]
print(json.dumps(found))
"""


@contextmanager
def burning(count: int) -> Iterator[None]:
    """Keep so many processes busy meanwhile."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def findings(folder: Path) -> dict[str, list[list[str]]]:
    """Return what the runs of the script say, by training."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folder, env={**os.environ, "WANDB_SILENT": "true"}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.mark.exhaustive
def test_a_busy_machine_says_nothing_else(tmp_path: Path):
    """What there was no time for is said to be missing; nothing is found that a machine of its own would not find."""
    alone = findings(tmp_path / "alone")
    with burning(2 * (os.cpu_count() or 1)):
        busy = findings(tmp_path / "busy")

    for name, found in busy.items():
        alarms, expected = ([one for one in seen if one[1] != "info"] for seen in (found, alone[name]))
        skipped = any("checks-not-made" == one[0] for one in (*found, *alone[name]))
        assert alarms == expected or (skipped and all(one in expected for one in alarms))
    assert [] == [one for name in ("density", "classes") for one in busy[name] if one[1] != "info"]
    assert ["bce-on-categorical", "error"] in busy["wrong loss"]
