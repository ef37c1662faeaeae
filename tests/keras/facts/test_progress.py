from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import track
from trackexp.reading import read_run
from trackexp.record.facts import FitFacts


class Batches(keras.utils.PyDataset):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        return np.full((8, 3), index / 4), np.zeros((8, 1))


def fitted(folder: Path, x: Any, y: Any = None, **arguments: Any) -> FitFacts:
    """Return the facts of a fit, read back from its run."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    with track(mode="offline", dir=folder, best_model=None) as run:
        model.fit(x, y, verbose=0, **arguments)
    return read_run(run.folder).facts[-1]["fit"]


def test_what_each_epoch_did_is_noted(tmp_path: Path):
    """Updates, batches, rows and loss of every epoch, and the learning rate wherever one began with another."""
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, _rate: 0.5 if epoch < 2 else 0.25)
    rows = np.random.default_rng(0).normal(size=(20, 3))
    facts = fitted(tmp_path, rows, rows[:, :1], epochs=3, batch_size=8, callbacks=[halve])

    assert [(3, 3, 20)] * 3 == [(one["updates"], one["batches"], one["rows"]) for one in facts["passes"]]
    assert facts["passes"][2]["loss"] < facts["passes"][0]["loss"]
    assert [[0, 0.5], [6, 0.25]] == [list(pair) for pair in facts["rates"]]
    assert {"batch_size": 8, "drop_last": False, "workers": 0, "rows": 20} == facts["loader"]


def test_of_a_stream_it_is_noted_what_it_gave(tmp_path: Path):
    """The batches that were drawn, and the workers of the object that hands them out."""
    facts = fitted(tmp_path, Batches(workers=2), epochs=2)

    assert [(4, 4)] * 2 == [(one["updates"], one["batches"]) for one in facts["passes"]]
    assert 2 == facts["loader"]["workers"]


@pytest.mark.heavy
def test_of_a_long_training_both_ends_are_kept(tmp_path: Path):
    """Sixteen epochs each, so that the facts stay small."""
    facts = fitted(tmp_path, np.eye(3), np.arange(3.0), epochs=40)
    losses = [one["loss"] for one in facts["passes"]]

    assert 32 == len(losses)
    assert losses == sorted(losses, reverse=True)
    assert 40 == facts["epochs_done"]
