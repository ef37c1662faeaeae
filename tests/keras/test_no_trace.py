"""A tracked training is the training: model, files, random streams and the user's objects are as without `track`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from trackexp import track

OPTIONS = {
    "h5": {},
    "keras": {"best_model": "b.keras"},
    "weights": {"best_model": "b.weights.h5"},
    "no file": {"best_model": None},
    "everything": {"log_freq": "batch", "examples": 4, "best_model": "b.keras"},
    "no diagnosis": {"diagnose": False, "examples": 4},
    "by hand": {"autolog": False},
}


class Noise(keras.layers.Layer):
    """Draws at inference too, as the sampling of a VAE does."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(7)

    def call(self, x: Any) -> Any:
        return x + 0.3 * keras.random.normal(keras.ops.shape(x), seed=self.seed)


class Seen(keras.callbacks.Callback):
    """A callback of the user's with state of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[Any] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.drawn.append((random.random(), np.random.random(), sorted(logs or {})))


def trained(around: Any, folder: Path) -> dict[str, Any]:
    """Train in the block and return everything that could have been changed by it."""
    keras.utils.set_random_seed(1)
    keras.backend.clear_session()
    x = np.random.default_rng(0).normal(size=(200, 6)).astype("float32")
    layers = [keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.2), Noise(), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((6,)), *layers])
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "mse", metrics=["mae"])
    folder.mkdir()
    saved = keras.callbacks.ModelCheckpoint(folder / "user.keras", monitor="loss", save_best_only=True)
    seen, callbacks = Seen(), [saved]
    callbacks.append(seen)
    methods = {(kind, name): vars(kind).get(name) for kind in keras.Model.__mro__ for name in ("fit", "evaluate")}
    with around:
        history = model.fit(x, x[:, :1], validation_split=0.25, epochs=3, verbose=0, callbacks=callbacks)
    model.save(folder / "after.keras")
    return {
        "history": {key: [repr(value) for value in values] for key, values in history.history.items()},
        "weights": [hashlib.sha256(np.asarray(value).tobytes()).hexdigest() for value in model.variables],
        "optimizer": [np.asarray(value).tolist() for value in model.optimizer.variables],
        "compile config": json.dumps(without_addresses(model.get_compile_config()), sort_keys=True, default=str),
        "checkpoint": described(folder / "user.keras"),
        "saved": described(folder / "after.keras"),
        "callbacks": [type(one).__name__ for one in callbacks],
        "drawn": seen.drawn,
        "streams": (random.random(), np.random.random(), float(np.asarray(keras.random.uniform(()))), Noise().name),
        "policy": keras.config.dtype_policy().name,
        "metrics": [metric.name for metric in model.metrics],
        "patched": {str(key) for key, value in methods.items() if vars(key[0]).get(key[1]) is not value},
        "files": sorted(path.name for path in folder.iterdir()),
        "layer": "__call__" in vars(keras.Layer) and keras.Layer.__call__.__qualname__,
    }


def described(path: Path) -> dict[str, Any]:
    """Return what a `.keras` file says of model and compile, and the sizes of its parts."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        return {
            "config": without_addresses(config),
            "parts": sorted((item.filename, item.file_size) for item in archive.infolist()),
        }


def without_addresses(part: Any) -> Any:
    """Leave out the ids by which Keras marks shared objects: they are addresses in memory."""
    if isinstance(part, dict):
        return {key: without_addresses(value) for key, value in part.items() if key != "shared_object_id"}
    return [without_addresses(value) for value in part] if isinstance(part, list) else part


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The training without `track`."""
    return trained(contextlib.nullcontext(), tmp_path_factory.mktemp("bare") / "user")


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
def test_a_tracked_training_is_the_training(workspace: Path, bare: dict[str, Any], options: dict[str, Any]) -> None:
    """Bit for bit the same weights, files, streams and objects, whatever the best model's format and the options."""
    tracked = trained(track("no-trace", mode="offline", **options), workspace / "user")

    for what, expected in bare.items():
        assert expected == tracked[what], what
