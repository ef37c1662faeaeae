from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest


def _rows(n: int = 400, seed: int = 0, **changes: Any) -> pd.DataFrame:
    """Rows of two numbers and a category, answered by calibrated probabilities of two classes."""
    rng = np.random.default_rng(seed)
    age, size = rng.normal(50, 10, n), rng.lognormal(0, 0.5, n)
    prob = 1 / (1 + np.exp(-(age - 50) / 4))
    frame = {"age": age, "size": size, "colour": rng.choice(["green", "red", "blue"], n)}
    frame |= {"target": (rng.random(n) < prob).astype(int), "prediction": (prob >= 0.5).astype(int)}
    frame |= {"p_0": 1 - prob, "p_1": prob}
    return pd.DataFrame(frame | changes)


@pytest.fixture
def make_rows() -> Callable[..., pd.DataFrame]:
    """Return rows of a log; other seeds are other rows of the same source, and keywords replace columns."""
    return _rows
