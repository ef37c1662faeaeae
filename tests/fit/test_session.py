from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.fit import FitSession, Look, Plan, SaveFormat, current_fit


class Perceptron:
    """A framework in a few lines: one weight a feature, trained by nobody's library."""

    weights = np.zeros(3)

    facts = lambda self, targets=(): {"framework": "perceptron", "model": {"name": "p", "built": True}}  # noqa: E731
    is_complete = lambda self: True  # noqa: E731
    layer_names = lambda self: ["weights"]  # noqa: E731
    before_updates = lambda self: {"initial_scale": [0.0]}  # noqa: E731
    look = lambda self, budget: Look(scalars={"loss": 0.5}, layers={"weight_scale": [1.0]}, rows=4)  # noqa: E731
    save_formats = lambda self, asked: [SaveFormat("model-best.npy")]  # noqa: E731
    save = lambda self, path: np.save(path, self.weights)  # noqa: E731
    saved_bytes = lambda self: 1_000  # noqa: E731
    outputs = lambda self, rows: np.sign(rows @ self.weights)  # noqa: E731
    learning_rate = lambda self: 0.25  # noqa: E731
    direction = lambda self, metric: "min" if metric == "loss" else None  # noqa: E731
    metric_names = lambda self: None  # noqa: E731


def record(run: Any, losses: Sequence[float], trainee: Any = None, plan: Plan | None = None) -> None:
    """Record a training of so many epochs into the run."""
    with FitSession(run, trainee or Perceptron(), plan or Plan(epochs=len(losses), has_validation=True)) as fit:
        train(fit, losses)


def train(fit: FitSession, losses: Sequence[float]) -> None:
    """Tell the session what a training of so many epochs does."""
    fit.begin()
    fit.begin_updates(steps=8)
    for epoch, loss in enumerate(losses):
        fit.begin_epoch(epoch)
        fit.trainee.weights = np.full(3, float(epoch))  # type: ignore[attr-defined]
        fit.begin_validation()
        fit.end_epoch(epoch, {"loss": loss / 2, "val_loss": loss})
    fit.end()


@pytest.fixture
def rows() -> Any:
    """Inputs of 64 rows and their targets."""
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    return x, (x[:, 0] > 0).astype("float32")


def test_a_framework_that_nobody_knows_is_recorded_whole(workspace: Path, rows: Any) -> None:
    """Facts, rows, probes and the best model of a ten-line framework reach the run as Keras's do."""
    with track("fit", mode="offline") as run:
        record(run, [0.9, 0.3, 0.6], plan=Plan(epochs=3, has_validation=True, x=rows[0], y=rows[1]))
    found = read_run(run.folder)
    facts = found.facts[-1]

    assert ("perceptron", 64, 3, True) == (
        facts["framework"],
        facts["data"]["rows"],
        facts["fit"]["epochs_done"],
        facts["fit"]["ended"],
    )
    assert [0.9, 0.3, 0.6] == found.history["val/loss"].values.tolist()
    assert [0.25] * 3 == found.history["train/learning_rate"].values.tolist()
    assert {"metric": "val/loss", "value": 0.3, "epoch": 1, "fit": 0, "file": "model-best.npy"}.items() <= (
        found.summary["best"].items()
    )
    assert [1.0, 1.0, 1.0] == np.load(found.file("model-best.npy").path).tolist()
    assert ["weights"] == facts["probes"]["names"]


def test_the_current_fit_is_that_of_this_context(workspace: Path) -> None:
    """Inside its block a session is current, and no longer after it, also when the training raised."""
    inside: list[Any] = []

    def break_off(run: Any) -> None:
        with FitSession(run, Perceptron()) as fit:
            inside.extend([fit, current_fit()])
            fit.begin()
            raise RuntimeError("the training broke off")

    with track("fit", mode="offline", diagnose=False) as run, pytest.raises(RuntimeError, match="broke off"):
        break_off(run)

    assert inside[0] is inside[1]
    assert current_fit() is None
    assert read_run(run.folder).facts[-1]["fit"]["ended"]


def test_a_second_fit_goes_on_behind_the_first(workspace: Path) -> None:
    """The axis of epochs counts over the fits of a run, and the best model is the best of them all."""
    with track("fit", mode="offline", diagnose=False) as run:
        for losses in ([0.5, 0.4], [0.7, 0.2]):
            record(run, losses)
    found = read_run(run.folder)

    assert [0, 1, 2, 3] == found.history["epoch"].values.tolist()
    assert (3, 1) == (found.summary["best"]["epoch"], found.summary["best"]["fit"])


def test_a_model_that_no_format_holds_costs_a_line_and_no_training(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be saved is counted and said with its cause; rows and facts are kept."""

    class Unsaved(Perceptron):
        def save(self, path: Path) -> None:
            raise ValueError("no such format")

    with track("fit", mode="offline") as run:
        record(run, [0.5, 0.4], Unsaved())

    assert "keeping the best model failed, the training goes on: ValueError: no such format" in capsys.readouterr().err
    assert 2 == len(read_run(run.folder).history["val/loss"])
