from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trackexp.record import ArtifactRecord, Damage, FileRecord, Finding, RunRecord, Severity
from trackexp.testing import make_record


@pytest.fixture
def full() -> RunRecord:
    """A run with something in every section."""
    return make_record(
        "6tviu1ge",
        name="dense-bce",
        entity="team",
        project="digits",
        tags=("baseline",),
        notes="the seed's mistake",
        state="failed",
        exit_code=1,
        started_at=datetime(2026, 3, 1, 12, 30, tzinfo=UTC),
        runtime=75.2,
        metrics={"val/loss": [0.5, 0.2, 0.3], "val/accuracy": [0.1, 0.9, 0.8], "train/seconds": [2.0, 1.0, 1.5]},
        config={"lr": 0.001, "model": {"units": 64, "activation": "relu"}},
        facts={
            "model": {"kind": "sequential", "model": "Sequential", "parameters": 4810},
            "compile": {
                "loss": "binary_crossentropy",
                "optimizer": {"identifier": "adam", "learning_rate": 0.0010000000474974513},
            },
            "fit": {"batch_size": 32},
            "data": {"rows": 1437},
        },
        summary={"best": {"metric": "val/loss"}},
        system={"cpu": 93.44, "proc.memory.rssMB": 512.0, "gpu.0.gpu": 40.0, "disk./.usageGB": 21.5},
        files=(FileRecord("model-best.h5", size=35_200), FileRecord("output.log")),
        artifacts=(ArtifactRecord("run_6tviu1ge_model", "model", ("best",), size=35_200),),
        damage=(Damage(100, 20, "truncated"),),
    )


@pytest.fixture
def findings() -> list[Finding]:
    """One finding of each severity."""
    return [
        Finding("TX101", "bce-on-categorical", Severity.ERROR, "loss=binary_crossentropy on 10 classes", "change it"),
        Finding("TX801", "too-few-epochs", Severity.WARNING, "the loss still falls", "train on", fit=1, epoch=7),
        Finding("TX301", "small-set", Severity.INFO, "1,437 rows", "mind the noise"),
    ]
