"""Streams are seen as arrays are: from the batches that training and validation draw anyway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import read_run, track

RNG = np.random.default_rng(0)
LABELS = np.sort(np.arange(300) % 3)  # in their order: nothing has shuffled them
X = (RNG.normal(size=(300, 6)) + np.eye(3, 6)[LABELS] * 3).astype("float32")
X[7, 2] = np.nan
VALID = X[100:160] * 1.0, LABELS[100:160]
SIZE = 20


class Batches(keras.utils.PyDataset):
    """The rows in their order, as a PyDataset."""

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.x, self.y = x, y
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.x) // SIZE

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        rows = slice(index * SIZE, (index + 1) * SIZE)
        return self.x[rows], self.y[rows]


def tensorflow_set(x: Any, y: Any) -> Any:
    """Return the rows as a tf.data set."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((x, y)).batch(SIZE)


def generator(x: Any, y: Any) -> Any:
    """Yield the rows without an end."""
    while True:
        yield from ((x[i : i + SIZE], y[i : i + SIZE]) for i in range(0, len(x), SIZE))


def torch_loader(x: Any, y: Any) -> Any:
    """Return the rows as a loader of torch."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), batch_size=SIZE)


FORMS = {"tf.data": tensorflow_set, "pydataset": Batches, "generator": generator, "dataloader": torch_loader}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_stream_is_profiled_as_arrays_are(workspace: Path, model: Any, form: str) -> None:
    """Ranges, gaps, classes in their order and rows shared with validation are the same in all forms."""
    make = FORMS[form]
    steps = {"steps_per_epoch": 15, "validation_steps": 3} if form == "generator" else {}
    made = model(loss="sparse_categorical_crossentropy")
    with track("streams", mode="offline", best_model=None) as run:
        made.fit(make(X, LABELS), validation_data=make(*VALID), epochs=2, verbose=0, shuffle=False, **steps)
    facts = read_run(run.folder).facts[-1]["data"]
    inputs, targets = facts["inputs"][0], facts["targets"][0]

    assert (300, 60) == (facts["rows_seen"], facts["validation_rows_seen"])
    assert {"0": 100, "1": 100, "2": 100} == targets["class_counts"]
    assert 2 / 299 == pytest.approx(targets["change_rate"])
    assert 1 / X.size == pytest.approx(inputs["nan_share"])
    assert (float(np.nanmin(X)), float(np.nanmax(X))) == pytest.approx((inputs["minimum"], inputs["maximum"]))
    assert 1.0 == facts["validation_overlap"]
    assert {"1": 60} == facts["validation_targets"][0]["class_counts"]


def test_no_batch_is_drawn_for_it(workspace: Path, model: Any) -> None:
    """A PyDataset is asked for the same batches as without `track`."""

    def asked(around: Any) -> tuple[list[int], list[int]]:
        train, valid = Batches(X, LABELS), Batches(*VALID)
        made = model(loss="sparse_categorical_crossentropy")
        with around:
            made.fit(train, validation_data=valid, epochs=3, verbose=0, shuffle=False)
        return sorted(train.asked), sorted(valid.asked)

    from contextlib import nullcontext

    assert asked(nullcontext()) == asked(track("streams", mode="offline", best_model=None))
