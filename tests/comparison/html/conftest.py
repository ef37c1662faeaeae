from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackexp.record import Damage, FileRecord, RunRecord
from trackexp.testing import make_record

EPOCHS = np.arange(40)
DIFF = """\
diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,2 +1,2 @@
 import keras
-lr = 0.1
+lr = {}
"""


@pytest.fixture
def run_of(tmp_path: Path) -> Callable[..., RunRecord]:
    """Makes a run with curves from its name, the level of its loss, and any other field of a record."""

    def make(name: str, level: float, *, run_id: str = "", patch: str = "", **fields: Any) -> RunRecord:
        loss = np.round(level + np.exp(-EPOCHS / 9.0), 6)
        files = ()
        if patch:
            file = tmp_path / f"{name}.patch"
            file.write_text(patch, encoding="utf-8")
            files = (FileRecord("diff.patch", file),)
        metrics = {
            "val/loss": loss.tolist(),
            "val/accuracy": (1 - loss / 3).tolist(),
            "train/loss": (loss * 0.9).tolist(),
        }
        return make_record(run_id or name, name=name, metrics=metrics, runtime=61.0, files=files, **fields)

    return make


@pytest.fixture
def mixed(run_of: Callable[..., RunRecord]) -> list[RunRecord]:
    """A sound run, a better one that failed, and one that lies in a damaged file; their code differs."""
    git = {"git": {"commit": "c" * 40}}
    return [
        run_of("sound", 0.3, config={"lr": 0.1, "arch": "cnn"}, environment=git, patch=DIFF.format(0.2)),
        run_of("broken", 0.1, config={"lr": 0.2, "arch": "cnn"}, state="failed", exit_code=1, console="Epoch 1\nboom"),
        run_of(
            "hurt",
            0.4,
            config={"lr": 0.1, "arch": "mlp"},
            environment=git,
            patch=DIFF.format(0.3),
            damage=(Damage(4096, 777, "checksum"),),
        ),
    ]
