from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from trackexp import RunRecord, read_run, track


@dataclass
class Digits:
    """A small problem of three exclusive classes: inputs, one-hot targets, their integer form; rows to validate on."""

    x: Any
    y: Any
    labels: Any
    valid: Any


@pytest.fixture(scope="session")
def data() -> Digits:
    """240 rows of 6 features in three separable classes, as one-hot targets."""
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    x = (rng.normal(size=(300, 6)) + np.eye(3, 6)[labels] * 3).astype("float32")
    y = np.eye(3, dtype="float32")[labels]
    return Digits(x[:240], y[:240], labels[:240], (x[240:], y[240:]))


@pytest.fixture
def model() -> Callable[..., Any]:
    """Returns a compiled model of two layers; `kind` is how it is written."""
    return build


def build(kind: str = "sequential", loss: str = "categorical_crossentropy", optimizer: Any = "adam") -> Any:
    """Return the model, with the same first weights each time."""
    keras.utils.set_random_seed(7)
    hidden, last = keras.layers.Dense(8, "relu"), keras.layers.Dense(3, "softmax")
    if kind == "sequential":
        made: Any = keras.Sequential([keras.Input((6,)), hidden, last])
    elif kind == "unbuilt":
        made = keras.Sequential([hidden, last])
    elif kind == "functional":
        inputs = keras.Input((6,))
        made = keras.Model(inputs, last(hidden(inputs)))
    elif kind == "subclassed":
        made = Subclassed(hidden, last)
    else:
        made = Overridden(hidden, last)
    made.compile(optimizer, loss, metrics=["accuracy"])
    return made


class Subclassed(keras.Model):
    def __init__(self, hidden: Any, last: Any) -> None:
        super().__init__()
        self.hidden, self.last = hidden, last

    def call(self, inputs: Any) -> Any:
        return self.last(self.hidden(inputs))


class Overridden(Subclassed):
    def fit(self, *args: Any, **kwargs: Any) -> Any:
        return super().fit(*args, **kwargs)


@dataclass
class Weights(keras.callbacks.Callback):
    """Keeps a copy of the weights of every epoch, and what the logs said."""

    epochs: list[list[Any]] = field(default_factory=list)
    logs: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append([np.array(weight) for weight in self.model.get_weights()])
        self.logs.append(dict(logs))


@pytest.fixture
def weights() -> Weights:
    """A callback that remembers the weights and logs of every epoch."""
    return Weights()


@pytest.fixture
def fitted(workspace: Path, data: Digits, weights: Weights) -> Callable[..., RunRecord]:
    """Fits a model under `track` and returns the run as it is read back from disk."""

    def fit(
        made: Any = None, *, epochs: int = 2, callbacks: Any = (), track_as: Any = None, **arguments: Any
    ) -> RunRecord:
        with track("keras", mode="offline", **(track_as or {})) as run:
            arguments.setdefault("validation_data", data.valid)
            (made or build()).fit(
                data.x, data.y, epochs=epochs, verbose=0, callbacks=[weights, *callbacks], **arguments
            )
        return read_run(run.folder)

    return fit


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a disk of so many bytes in memory; skips where the machine does not let us."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = tmp_path / "small disk"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.decode().strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def on_torch() -> Callable[[str], str]:
    """Runs a program on Keras's torch backend with tensorflow blocked from import; returns what it printed."""

    def run(program: str) -> str:
        blocked = "import sys; sys.modules['tensorflow'] = None\n" + textwrap.dedent(program)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", blocked],
            env={**os.environ, "KERAS_BACKEND": "torch"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
