from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.diagnosis.remedies import Remedy
from trackexp.fit.batch import Batch
from trackexp.keras.probes.trials import can_be_tried, try_change

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 240)
X = (RNG.normal(size=(240, 6)) + 3 * np.eye(3, 6)[LABELS]).astype("float32")
Y = np.eye(3, dtype="float32")[LABELS]
BATCH = Batch(X, Y, None, 240)
LOSS: Any = {"identifier": "categorical_crossentropy", "custom": False}
FASTER = Remedy("rate", 1e4, "a higher rate")


def build(loss: str = "categorical_crossentropy", rate: float = 1e-6, last: str = "softmax") -> Any:
    """Return a compiled model with dropout and batch normalisation, always with the same weights."""
    keras.utils.set_random_seed(3)
    inside = [keras.layers.Dense(16), keras.layers.BatchNormalization(), keras.layers.ReLU(), keras.layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((6,)), *inside, keras.layers.Dense(3, last)])
    model.compile(keras.optimizers.Adam(rate), loss)
    return model


def tried(model: Any, remedy: Remedy = FASTER, seconds: float = 600.0, batch: Batch = BATCH) -> Any:
    """Return the two scores."""
    rate = float(model.optimizer.learning_rate)
    return try_change(model, batch, remedy, LOSS, "softmax", rate=rate, seconds=seconds)


def test_a_better_rate_reaches_more_in_the_same_updates():
    """On rows that did not teach."""
    changed, unchanged = tried(build())

    assert changed > 0.9
    assert unchanged < 0.7


@pytest.mark.parametrize(
    ("remedy", "batch"),
    [
        (Remedy("loss", "categorical_crossentropy", ""), BATCH),
        (Remedy("inputs", "", ""), Batch(X * 500 + 1000, Y, None, 240)),
    ],
)
def test_other_changes_are_tried(remedy: Remedy, batch: Batch):
    """Another loss, and inputs that are scaled."""
    changed, unchanged = tried(build("mean_squared_error", rate=1e-2), remedy, batch=batch)

    assert changed > 0.9
    assert 0.0 <= unchanged <= 1.0


def test_a_trial_leaves_no_trace():
    """Weights, optimizer, random streams and the names of later layers are what they were."""
    model = build()
    model.fit(X, Y, epochs=1, verbose=0)
    variables = [*model.variables, *model.optimizer.variables]
    before = [np.array(variable) for variable in variables]
    number = int(keras.layers.Dense(1).name.rpartition("_")[2])
    streams = random.getstate(), np.random.get_state()[2]
    tried(model)

    assert (random.getstate(), np.random.get_state()[2]) == streams
    assert all(np.array_equal(then, np.array(now)) for then, now in zip(before, variables, strict=True))
    assert number + 1 == int(keras.layers.Dense(1).name.rpartition("_")[2])


def test_without_time_for_all_updates_there_is_no_trial():
    """Half a trial would say something else on a busy machine."""
    assert tried(build(), seconds=1e-6) is None


@pytest.mark.parametrize(
    "batch", [None, Batch(X[:63], Y[:63], None, 63), Batch({"a": X}, Y, None, 240), Batch(X, Y, np.ones(240), 240)]
)
def test_what_cannot_be_tried(batch: Batch | None):
    """Few rows, several inputs, weights of rows."""
    assert not can_be_tried(build(), batch)


def trained(context: Any) -> tuple[Any, float]:
    """Return the run of a first training, and a digest of the weights behind a second one that is not tracked."""
    model = build("binary_crossentropy", rate=1e-4)
    with context as run:
        model.fit(X, Y, epochs=3, verbose=0)
    model.fit(X, Y, epochs=2, verbose=0)
    return run, float(sum(np.abs(np.array(weight)).sum() for weight in model.weights))


@pytest.mark.usefixtures("unhurried")
def test_the_finding_says_what_came_of_its_advice(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """In the live run and in its record; a later training goes on as it would have without."""
    _, expected = trained(contextlib.nullcontext())
    run, digest = trained(track(mode="offline"))
    (finding,) = (finding for finding in run.findings if finding.code == "TX101")

    assert expected == digest
    assert "(tried on a copy: 50 more updates with loss=categorical_crossentropy " in finding.fix
    assert "TX101 bce-on-categorical: tried on a copy: 50 more updates" in capfd.readouterr().err
    assert finding in read_run(root=workspace).findings
