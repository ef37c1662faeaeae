from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import wandb

from trackexp import read_run, track

X = np.random.default_rng(0).normal(size=(64, 5)).astype("float32")


def train(log: Callable[[dict[str, Any]], None], key: str = "loss", epochs: int = 3) -> None:
    """Train without `fit`, and log the loss under that name."""
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam()
    for epoch in range(epochs):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(X, training=True) ** 2)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
        )
        log({key: float(loss), "epoch": epoch})


def test_a_loop_of_ones_own_is_said_to_be_unseen(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """Whatever logs it: one line of the ending, and a remark among the findings, which changes no verdict."""
    with track(mode="offline") as run:
        train(wandb.log)
    (line,) = [line for line in capfd.readouterr().err.splitlines() if line.startswith("  blind")]

    assert "checks could not look: the training loop is the script's own, and only what it logs was seen" in line
    assert [("TX000", "info")] == [(finding.code, finding.severity) for finding in run.findings]
    assert run.findings == read_run(root=workspace).findings


@pytest.mark.parametrize(
    ("key", "epochs", "options"),
    [("val_loss", 3, {}), ("latency_ms", 3, {}), ("loss", 1, {}), ("loss", 3, {"ignore": "TX000"})],
    ids=["an evaluation", "no loss", "one row", "not wanted"],
)
def test_other_runs_are_left_in_peace(
    workspace: Path, capfd: pytest.CaptureFixture[str], key: str, epochs: int, options: dict[str, Any]
):
    """What logs no training loss, or one value alone, is no training; a remark can be left out by its code."""
    with track(mode="offline", **options) as run:
        train(run.log, key, epochs)

    assert ((), ()) == (run.findings, read_run(root=workspace).findings)
    assert "blind" not in capfd.readouterr().err
