from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from trackexp import read_run, track
from trackexp.errors import UsageError
from trackexp.models import verify_best_model
from trackexp.record import FileRecord
from trackexp.testing import make_record


def fitted(name: str = "model-best.h5", inputs: Any = None, built: Any = None) -> Any:
    """Fit a model under `track` and return the record of its run."""
    x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32") if inputs is None else inputs
    model = built or keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")  # a loss that .h5 cannot load compiled
    with track("models", mode="offline", monitor="loss", best_model=name) as run:
        model.fit(x, np.ones((32, 1)), epochs=2, verbose=0)
    return read_run(run.folder)


@pytest.mark.parametrize("name", ["model-best.h5", "model-best.keras"])
def test_a_sound_model_gives_the_same_outputs(workspace: Path, name: str) -> None:
    """Loaded in a process of its own, the best model says of the kept rows what it said at the improvement."""
    found = verify_best_model(fitted(name))

    assert found.passed, found.text
    assert f"{name}: its SHA-256 is as noted; reloaded, its outputs for 4 rows equal those" in found.text


def test_named_inputs_are_put_back_in_their_places(workspace: Path) -> None:
    """A model of several named inputs is compared too."""
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    built = keras.Model(
        {"left": left, "right": right}, keras.layers.Dense(1)(keras.layers.Concatenate()([left, right]))
    )
    inputs = {"right": np.ones((32, 2)), "left": np.zeros((32, 2))}
    found = verify_best_model(fitted(inputs=inputs, built=built))

    assert found.passed, found.text
    assert "outputs for 4 rows equal" in found.text


def test_another_models_file_is_noticed(workspace: Path) -> None:
    """A file that was exchanged is not the one that the run ended with."""
    record = fitted()
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]).save(record.file("model-best.h5").path)
    found = verify_best_model(record)

    assert not found.passed
    assert "not the file that the run ended with" in found.text


def test_weights_that_changed_are_noticed(workspace: Path) -> None:
    """A file whose digest is right and whose outputs are not fails: the digest alone proves nothing about the model."""
    record = fitted()
    path = record.file("model-best.h5").path
    kept = np.load(path.with_name(f".{path.name}.check.npz"))
    np.savez(path.with_name(f".{path.name}.check.npz"), **{**kept, "y0": kept["y0"] + 0.01})
    found = verify_best_model(record)

    assert not found.passed
    assert "are not those at the improvement (largest difference 0.01)" in found.text


def test_weights_alone_are_said_to_be_that(workspace: Path) -> None:
    """A file of weights is held to its digest, and the reason why not to more is given."""
    found = verify_best_model(fitted("model-best.weights.h5"))

    assert found.passed
    assert "weights alone cannot be run without the code of the model" in found.text


def test_a_run_without_a_model_says_so(tmp_path: Path) -> None:
    """There is nothing to verify in a run that kept no model, or whose file lies elsewhere."""
    with pytest.raises(UsageError, match="kept no best model"):
        verify_best_model(make_record())
    with pytest.raises(UsageError, match="is not on this disk"):
        verify_best_model(make_record(summary={"best": {"file": "model-best.h5"}}))


def test_a_moved_run_folder_keeps_its_model(workspace: Path) -> None:
    """The folder can be moved, and its best model is still there and whole."""
    record = fitted()
    moved = workspace / "moved here"
    record.path.rename(moved) if record.path.is_dir() else record.path.parent.rename(moved)
    found = verify_best_model(read_run(moved))

    assert found.passed, found.text


@keras.saving.register_keras_serializable("tests")
class Halved(keras.layers.Layer):
    """A layer whose code no other process has."""

    def call(self, x: Any) -> Any:
        """Return half of the inputs."""
        return x / 2


@pytest.mark.parametrize("name", ["model-best.h5", "model-best.keras"])
def test_a_model_with_code_of_its_own_is_neither_passed_nor_failed(workspace: Path, name: str) -> None:
    """The file is as noted, and this process cannot run it: one line says what it lacks."""
    found = verify_best_model(
        fitted(name, built=keras.Sequential([keras.Input((4,)), Halved(), keras.layers.Dense(1)]))
    )

    assert ("not verified", False) == (found.outcome, found.passed)
    assert "its SHA-256 is as noted; it cannot be reloaded here: it needs the class Halved (its code" in found.text
    assert "\n" not in found.text


def test_a_file_that_is_no_model_fails_in_one_line(tmp_path: Path) -> None:
    """Of a run that ended before the digest was noted only loading tells."""
    path = tmp_path / "model-best.keras"
    path.write_bytes(b"no model")
    record = make_record(summary={"best": {"file": path.name}}, files=(FileRecord(path.name, path=path),))
    found = verify_best_model(record)

    assert "failed" == found.outcome
    assert "cannot be reloaded: ValueError: File not found" in found.text
    assert "\n" not in found.text


def test_a_model_of_which_nothing_was_noted_is_not_verified(tmp_path: Path) -> None:
    """That it reloads is said; with neither digest nor outputs to compare it is no pass."""
    path = tmp_path / "model-best.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]).save(path)
    record = make_record(summary={"best": {"file": path.name}}, files=(FileRecord(path.name, path=path),))
    found = verify_best_model(record)

    assert "not verified" == found.outcome
    assert "it reloads; no rows were kept to compare its outputs by" in found.text
