from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

N, CLASSES = 120, 3


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping clouds of points, with their class."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, CLASSES, N)
    return rng.normal(size=(N, 4)) + 0.9 * y[:, None], y


def centroids(x: np.ndarray, y: np.ndarray, shrink: float, wanted: np.ndarray) -> np.ndarray:
    """Probabilities by the distance to the mean of each class, the means shrunk towards 0."""
    means = np.stack([x[y == c].mean(axis=0) * (1 - shrink) for c in range(CLASSES)])
    scores = -((wanted[:, None] - means) ** 2).sum(axis=-1)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.fixture(scope="session")
def data() -> tuple[np.ndarray, np.ndarray]:
    """Rows `(120, 4)` and their classes `(120,)`."""
    return rows()


@pytest.fixture(scope="session")
def make_train(data: tuple[np.ndarray, np.ndarray]) -> Callable[..., Any]:
    """Returns a training function that notes each of its calls in a file, and may be told to misbehave."""
    x, y = data

    def make(log: Path | None = None, misbehave: Callable[[Any, float], None] | None = None) -> Callable[..., Any]:
        noted = None if log is None else str(log)

        def train(run: Any, fold: Any, *, shrink: float = 0.0) -> Any:
            if noted is not None:
                with Path(noted).open("a") as file:
                    file.write(f"{shrink} {fold.index} {np.random.random()}\n")
            if misbehave is not None:
                misbehave(fold, shrink)
            run.log({"val_loss": 1.0, "epoch": 0})
            run.log({"val_loss": 0.5 + shrink + fold.index / 100, "epoch": 1})
            return centroids(x[fold.train], y[fold.train], shrink, x[fold.valid])

        return train

    return make


@pytest.fixture(scope="module")
def shelter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the tests of a module track as if the process had just begun."""
    folder = tmp_path_factory.mktemp("crossval")
    (folder / "home").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("WANDB_", "TRACKEXP_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(folder / "home"))
        patch.setenv("WANDB_ERROR_REPORTING", "false")
        patch.chdir(folder)
        yield folder
        import wandb

        wandb.teardown()


@pytest.fixture
def calls() -> Callable[[Path], int]:
    """Returns how often a training function that notes its calls was called."""
    return lambda log: len(log.read_text().splitlines()) if log.exists() else 0
