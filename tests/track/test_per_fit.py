from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from trackexp import track
from trackexp.record import RunRecord


def train() -> None:
    """Fit a small model for two epochs."""
    x = np.random.default_rng(0).normal(size=(64, 3))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, 0], epochs=2, verbose=0, validation_split=0.25)


@pytest.mark.parametrize("per_fit", [True, False])
def test_each_fit_is_a_run_where_that_is_asked_for(
    per_fit: bool, offline: Path, records: Callable[[], list[RunRecord]], capfd: pytest.CaptureFixture[str]
):
    """Three fits are three runs of one group, or one run that says so."""
    with track(name="loop", per_fit=per_fit, best_model=None, diagnose=False, save_code=False):
        for _ in range(3):
            train()

    found = records()
    said = capfd.readouterr().err
    names = ["loop", "loop-2", "loop-3"] if per_fit else ["loop"]
    assert sorted(names) == sorted(record.name for record in found)
    assert 1 == len({record.group for record in found})
    assert [2 if per_fit else 6] * len(names) == [len(record.history["train/loss"].values) for record in found]
    assert (not per_fit) == ("3 in one run" in said)
