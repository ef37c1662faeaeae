from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import track
from trackexp.errors import DiagnosisError, UsageError
from trackexp.reading import read_run
from trackexp.record import State


class Batches(keras.callbacks.Callback):
    """Counts the batches that were trained."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Count one."""
        self.count += 1


@pytest.fixture
def fit(workspace: Path) -> Callable[[], tuple[Batches, Any, Any]]:
    """A fit of binary crossentropy on exclusive classes; returns its counter, and its weights before and after."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 4)), np.eye(4)[np.arange(64) % 4]
    y = np.concatenate([y] * 4)
    x = np.concatenate([x] * 4)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation="softmax")])
    model.compile("sgd", "binary_crossentropy")
    counter, before = Batches(), model.get_weights()

    def run() -> tuple[Batches, Any, Any]:
        model.fit(x, y, epochs=1, verbose=0, callbacks=[counter])
        return counter, before, model.get_weights()

    run.counter, run.before, run.model = counter, before, model  # type: ignore[attr-defined]
    return run


def the_run(workspace: Path) -> Any:
    """Return the one run of the workspace, as it is read back."""
    (file,) = workspace.glob("wandb/*run-*/*.wandb")
    return read_run(file)


@pytest.mark.parametrize("limit", ["error", "warning", "info"])
def test_a_severe_finding_raises_before_the_first_batch(workspace: Path, fit: Any, limit: str):
    """No batch is trained, no weight has moved; the run has failed and bears the finding."""
    said = rf"TX101 bce-on-categorical: .* → compile with .*fail_on='{limit}'"
    with pytest.raises(DiagnosisError, match=said), track(mode="offline", fail_on=limit):
        fit()

    record = the_run(workspace)
    assert 0 == fit.counter.count
    assert all(np.array_equal(a, b) for a, b in zip(fit.before, fit.model.get_weights(), strict=True))
    assert (State.FAILED, ["TX101"]) == (record.state, [finding.code for finding in record.findings])


class Rows(keras.utils.PyDataset):
    """One batch an epoch."""

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.rows = x, y

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Any:
        return self.rows


def as_dataset(x: Any, y: Any) -> Any:
    """Return the rows as one batch of tf.data."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensors((x, y))


@pytest.mark.parametrize(
    "stream", [as_dataset, Rows, lambda x, y: ((x, y) for _ in range(3))], ids=["tf.data", "py", "gen"]
)
def test_the_first_batch_of_a_stream_is_not_trained_on_either(workspace: Path, stream: Callable[..., Any]):
    """It raises with the first batch, before an update is made of it."""
    x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
    y = np.eye(4, dtype="float32")[np.arange(256) % 4]
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, activation="softmax")])
    model.compile("sgd", "binary_crossentropy")
    before = model.get_weights()
    with pytest.raises(DiagnosisError, match="TX101"), track(mode="offline", fail_on="error"):
        model.fit(stream(x, y), epochs=2, shuffle=False, verbose=0)

    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert ["TX101"] == [finding.code for finding in the_run(workspace).findings if finding.severity == "error"]


def test_the_decorated_function_raises_too(workspace: Path, fit: Any):
    """The decorator is the same door."""
    with pytest.raises(DiagnosisError, match="TX101"):
        track(mode="offline", fail_on="error")(fit)()

    record = the_run(workspace)
    assert (0, State.FAILED) == (fit.counter.count, record.state)
    assert ["TX101"] == [finding.code for finding in record.findings]


@pytest.mark.parametrize("options", [{"ignore": "TX101"}, {"diagnose": False}, {"diagnose": "overfitting"}])
def test_what_is_not_looked_for_stops_nothing(workspace: Path, fit: Any, options: dict[str, Any]):
    """An ignored rule, another selection, or no diagnosis at all."""
    with track(mode="offline", fail_on="error", best_model=None, **options) as run:
        fit()
        found = run.findings

    assert (8, []) == (fit.counter.count, [finding.code for finding in found if finding.severity == "error"])


def test_the_project_is_heard_live(workspace: Path, fit: Any):
    """What pyproject.toml ignores is not said while the script runs either."""
    Path("pyproject.toml").write_text("[tool.trackexp]\nignore = ['bce-on-categorical']\n", encoding="utf-8")
    with track(mode="offline", fail_on="error", best_model=None):
        fit()

    assert 8 == fit.counter.count


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fail_on": "warn"}, "did you mean 'warning'?"),
        ({"ignore": "overfiting"}, "did you mean 'overfitting'?"),
        ({"diagnose": ["overfiting"]}, "did you mean 'overfitting'?"),
        ({"diagnose": 3}, "diagnose=3: expected codes or names"),
        ({"ignore": 3}, "ignore=3: expected codes or names"),
    ],
)
def test_a_bad_word_raises_before_anything_starts(options: dict[str, Any], said: str):
    """At the call of track, with the nearest valid word."""
    with pytest.raises(UsageError) as error:
        track(**options)

    assert said in str(error.value)
