from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.errors import UsageError
from trackexp.tracking.example_table import as_pixels


def rows_of(record: Any) -> list[dict[str, Any]]:
    """Return the rows of the one table of examples that the run logged."""
    (path,) = (file.path for file in record.files if "examples" in file.name)
    table = json.loads(path.read_text())
    return [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]


def test_rows_spread_over_the_validation_data_are_logged_once(fitted: Any, model: Any, data: Any) -> None:
    """After two fits one table has the rows, their targets, and what the model as it is now says of them."""
    made = model()
    record = fitted(made, track_as={"examples": 4}, epochs=2)
    rows = rows_of(record)
    predicted = np.asarray(made(data.valid[0][[0, 19, 39, 59]]))

    assert [0, 19, 39, 59] == [row["row"] for row in rows]
    assert data.valid[1][[0, 19, 39, 59]].argmax(-1).tolist() == [row["target"] for row in rows]
    assert predicted.argmax(-1).tolist() == [row["prediction"] for row in rows]
    assert predicted.max(-1).tolist() == pytest.approx([row["probability"] for row in rows], abs=1e-6)
    assert float(data.valid[0][19][2]) == pytest.approx(rows[1]["input 2"])


@pytest.mark.parametrize(("arguments", "part", "first"), [({"validation_split": 0.25}, "valid", 180), ({}, "train", 0)])
def test_the_rows_are_those_that_keras_splits_off(
    workspace: Path, model: Any, data: Any, arguments: dict[str, Any], part: str, first: int
) -> None:
    """With `validation_split` the examples are of the last rows; with no validation they are of the training data."""
    with track("examples", mode="offline", examples=3, best_model=None) as run:
        model().fit(data.x, data.y, epochs=1, verbose=0, **arguments)
    rows = rows_of(read_run(run.folder))

    assert (part, 3) == (rows[0]["part"], len(rows))
    assert float(data.x[first][0]) == pytest.approx(rows[0]["input 0"])


class Batches(keras.utils.PyDataset):
    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.x, self.y = x, y

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Any:
        return self.x[index * 20 : index * 20 + 20], self.y[index * 20 : index * 20 + 20]


def generated(x: Any, y: Any) -> Iterator[Any]:
    """Yield the same batch for ever."""
    while True:
        yield x[:20], y[:20]


@pytest.mark.parametrize("kind", ["pydataset", "generator", "tf.data"])
def test_of_a_stream_the_first_batch_that_validation_draws_is_taken(fitted: Any, data: Any, kind: str) -> None:
    """No batch is drawn for the examples: they are the first rows of what Keras itself reads."""
    x, y = data.valid
    extra: dict[str, Any] = {}
    if kind == "tf.data":
        import tensorflow as tf

        stream: Any = tf.data.Dataset.from_tensor_slices((x, y)).batch(20)
    elif kind == "pydataset":
        stream = Batches(x, y)
    else:
        stream, extra = generated(x, y), {"validation_steps": 2}
    rows = rows_of(fitted(track_as={"examples": 5}, validation_data=stream, epochs=1, **extra))

    assert [0, 1, 2, 3, 4] == [row["row"] for row in rows]
    assert y[:5].argmax(-1).tolist() == [row["target"] for row in rows]


def test_the_examples_leave_the_training_as_it_is(workspace: Path, model: Any, data: Any) -> None:
    """Also the random layers draw the same numbers in the next fit, with examples and without."""

    def curve(examples: int) -> list[float]:
        keras.utils.set_random_seed(3)
        layers = [keras.layers.Dense(8), keras.layers.GaussianNoise(0.5, seed=1), Sampling(), keras.layers.Dense(3)]
        made = keras.Sequential([keras.Input((6,)), *layers])
        made.compile("adam", "mean_squared_error")
        losses: list[float] = []
        with track("examples", mode="offline", examples=examples, best_model=None):
            for _ in range(2):
                losses += made.fit(data.x, data.y, epochs=1, verbose=0, validation_data=data.valid).history["loss"]
        return losses

    assert curve(0) == curve(5)


class Sampling(keras.layers.Layer):
    """Draws random numbers also at inference, as a variational autoencoder does."""

    def __init__(self) -> None:
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(5)

    def call(self, inputs: Any) -> Any:
        return inputs + keras.random.normal(keras.ops.shape(inputs), seed=self.seed_generator) * 0.1


def test_pictures_are_logged_as_pictures(workspace: Path) -> None:
    """Inputs of height and width become images of the table's artifact; numbers beside them stay numbers."""
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 8, 8, 1)).astype("float32"), rng.random(40).astype("float32")
    made = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1)])
    made.compile("sgd", "mean_squared_error")
    with track("examples", mode="offline", examples=3, best_model=None) as run:
        made.fit(x, y, epochs=1, verbose=0, validation_split=0.5)
    record = read_run(run.folder)
    rows = rows_of(record)

    assert ["Image"] * 3 == [row["input"] for row in rows]
    assert [row["prediction"] - row["target"] for row in rows] == pytest.approx([row["error"] for row in rows])
    assert [f"run-{run.id}-examples"] == [artifact.name for artifact in record.artifacts]


def test_several_inputs_and_outputs_have_columns_of_their_own(workspace: Path) -> None:
    """Each output's prediction stands beside its own target, under its name."""
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    outputs = {
        "size": keras.layers.Dense(1, name="size")(joined),
        "kind": keras.layers.Dense(2, "softmax", name="kind")(joined),
    }
    made = keras.Model({"a": a, "b": b}, outputs)
    made.compile("sgd", {"size": "mean_squared_error", "kind": "sparse_categorical_crossentropy"})
    x = {"a": np.ones((10, 2), "float32"), "b": np.zeros((10, 2), "float32")}
    y = {"size": np.arange(10.0), "kind": np.arange(10) % 2}
    with track("examples", mode="offline", examples=2, best_model=None) as run:
        made.fit(x, y, epochs=1, verbose=0)
    rows = rows_of(read_run(run.folder))

    assert (9.0, 1) == (rows[1]["target size"], rows[1]["target kind"])
    assert {"a 0", "b 1", "prediction size", "error size", "correct kind"} <= rows[0].keys()


@pytest.mark.parametrize(
    ("values", "expected"),
    [([[0.0, 1.0]], [[0, 255]]), ([[0.0, 255.0]], [[0, 255]]), ([[-1.0, 1.0]], [[0, 255]]), ([[2.0, 2.0]], [[2, 2]])],
)
def test_brightness_is_kept_where_the_range_is_known(values: list[Any], expected: list[Any]) -> None:
    """Pictures in 0 to 1 and 0 to 255 look as they are; standardised ones are stretched."""
    assert expected == as_pixels(np.array(values)).tolist()


@pytest.mark.parametrize("wrong", [-1, 1001, True, 2.0, "5"])
def test_a_wrong_number_of_examples_is_refused(wrong: Any) -> None:
    """Only a number of rows that one can look through is taken."""
    with pytest.raises(UsageError, match="expected how many rows"):
        track("x", examples=wrong)
