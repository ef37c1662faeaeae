"""Autolog on the torch backend, with tensorflow blocked from import: one slow process, looked at from many sides."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackexp import diagnose, read_run
from trackexp.models import verify_best_model

SCRIPT = """
import sys

sys.modules.update(tensorflow=None, tf_keras=None)  # every import of them fails, as where they are not installed

import json
from trackexp import track

with track("torch", mode="offline") as run:
    import keras
    import numpy as np
    import torch

    assert keras.backend.backend() == "torch"
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    x = (rng.normal(size=(300, 6)) + np.eye(3, 6)[labels] * 3).astype("float32")
    y = np.eye(3, dtype="float32")[labels]
    x, x_valid, y, y_valid = x[:240], x[240:], y[:240], y[240:]
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(1.0), "categorical_crossentropy", metrics=["accuracy"])

    class Weights(keras.callbacks.Callback):
        seen = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append([np.array(weight) for weight in self.model.get_weights()])

    model.fit(x, y, validation_data=(x_valid, y_valid), epochs=4, verbose=0, callbacks=[Weights()])
    model.evaluate(x, y, verbose=0)
    best = dict(run.state.best)
    read = keras.saving.load_model(run.state.best_path, compile=False)
    for expected, actual in zip(Weights.seen[best["epoch"]], read.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, actual)

    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y)), batch_size=80
    )
    wrong = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax")])
    wrong.compile("adam", "binary_crossentropy")
    wrong.fit(loader, epochs=1, verbose=0, shuffle=False)
    live = [(finding.name, finding.fit) for finding in run.findings]

assert sys.modules["tensorflow"] is None
print(json.dumps({"folder": str(run.folder), "live": live, "best": best}))
"""


@pytest.fixture(scope="module")
def torch_run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a training on torch printed at its end: the run's folder, its findings, its best model."""
    import os

    folder = tmp_path_factory.mktemp("torch")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "TRACKEXP_"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        cwd=folder,
        env={**kept, "HOME": str(folder), "KERAS_BACKEND": "torch"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.heavy
def test_metrics_and_test_metrics_are_recorded(torch_run: Any) -> None:
    """On torch the rows, the rate and the evaluation are those of any backend, over both fits."""
    history = read_run(torch_run["folder"]).history

    assert [0, 1, 2, 3, 3, 4] == history["epoch"].values.astype(int).tolist()
    assert (4, 5, 1) == tuple(len(history[key]) for key in ("val/accuracy", "train/learning_rate", "test/loss"))
    assert np.isfinite(history["train/loss"].values).all()


@pytest.mark.heavy
def test_facts_name_the_backend_and_the_source(torch_run: Any) -> None:
    """The facts of both fits are there: arrays first, then the batch of a DataLoader."""
    facts = read_run(torch_run["folder"]).facts

    assert [("torch", "arrays"), ("torch", "dataloader")] == [
        (fit["model"]["backend"], fit["fit"]["source"]) for fit in facts
    ]
    assert 80 == facts[1]["data"]["inputs"][0]["sampled_rows"]


@pytest.mark.heavy
def test_the_mistake_is_named_from_a_loader(torch_run: Any) -> None:
    """Binary crossentropy on exclusive classes is named live and by the record."""
    record = read_run(torch_run["folder"])

    assert [["bce-on-categorical", 1]] == torch_run["live"]
    assert [("bce-on-categorical", 1)] == [(finding.name, finding.fit) for finding in diagnose(record).findings]


@pytest.mark.heavy
def test_the_best_model_reloads_on_its_own_backend(torch_run: Any) -> None:
    """The best model is verified with the backend that wrote it."""
    record = read_run(Path(torch_run["folder"]))
    found = verify_best_model(record)

    assert torch_run["best"]["value"] == record.summary["best"]["value"]
    assert found.passed, found.text
    assert "outputs for 4 rows equal" in found.text
