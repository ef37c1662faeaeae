from __future__ import annotations

import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from typer.testing import CliRunner

from trackexp import track
from trackexp.cli.app import app


@pytest.fixture
def trained(workspace: Path, wandb_server, monkeypatch):
    """A run on the test server whose best model is there, and rows to evaluate it on."""
    import keras

    monkeypatch.setenv("WANDB_BASE_URL", wandb_server.url)
    monkeypatch.setenv("WANDB_API_KEY", wandb_server.key)
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 5)).astype(np.float32), rng.integers(0, 3, 40)
    np.savez(workspace / "test.npz", x=x, y=y)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with track("lineage", monitor="loss") as run:
        model.fit(x, y, epochs=1, verbose=0)
    return run


@pytest.mark.parametrize("by", ["run", "artifact"])
def test_lineage_shows_what_was_evaluated(trained, wandb_server, by):
    """A run's best model, or an artifact by its name: the evaluation is a run that used that artifact."""
    import wandb

    name = f"tester/lineage/run_{trained.id}_model:best"
    before = {run.id for run in wandb.Api().artifact(name).used_by()}
    what = str(trained.folder) if by == "run" else name
    ran = CliRunner().invoke(app, ["evaluate", what, "--data", "test.npz", "--part", "test", "--json"])
    used = {run.id for run in wandb.Api().artifact(name).used_by()} - before

    assert 0 == ran.exit_code, ran.output
    assert 1 == len(used)
    there = wandb_server.run("lineage", used.pop())
    assert json.loads(ran.stdout)["accuracy"] == pytest.approx(there["summary"]["test/accuracy"])
    assert not any("lineage" in note for note in json.loads(ran.stdout)["notes"])


def test_an_artifact_that_is_not_there_is_said(trained):
    """With its name; exit code 2."""
    ran = CliRunner().invoke(app, ["evaluate", "tester/lineage/nothing:best", "--data", "test.npz"])

    assert 2 == ran.exit_code
    assert "the artifact tester/lineage/nothing:best cannot be had" in ran.stderr


def test_a_versioned_test_set_is_an_artifact_too(trained, wandb_server, workspace):
    """Rows by the name of an artifact: every model's evaluation is a run that used that version."""
    import wandb

    with wandb.init(project="lineage", job_type="data") as run:
        rows = wandb.Artifact("testset", type="dataset")
        rows.add_file("test.npz")
        run.log_artifact(rows).wait()
    (workspace / "test.npz").unlink()
    (workspace / "copy.h5").write_bytes((trained.folder / "files" / "model-best.h5").read_bytes())
    ran = CliRunner().invoke(
        app, ["evaluate", str(trained.folder), "copy.h5", "--data", "tester/lineage/testset:v0", "--json"]
    )
    used = [run.id for run in wandb.Api().artifact("tester/lineage/testset:v0").used_by()]

    assert 0 == ran.exit_code, ran.output
    assert 2 == len(json.loads(ran.stdout)["leaderboard"]) == len(used)
