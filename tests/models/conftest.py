from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest
from numpy.typing import NDArray

WEIGHTS = np.random.default_rng(5).normal(size=(12, 3)).astype(np.float32)


@pytest.fixture(scope="session")
def rows() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return 200 rows of twelve features, and labels that a linear model can mostly tell."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(200, 12)).astype(np.float32)
    return x, (x @ WEIGHTS + rng.gumbel(size=(200, 3))).argmax(axis=1)


@pytest.fixture(scope="session")
def weights() -> NDArray[np.float32]:
    """Return the weights behind the labels of `rows`."""
    return WEIGHTS


@pytest.fixture
def data_file(tmp_path: Path, rows: tuple[NDArray[np.float32], NDArray[np.int64]]) -> Path:
    """Return an `.npz` file of the rows."""
    path = tmp_path / "test.npz"
    np.savez(path, x=rows[0], y=rows[1])
    return path
