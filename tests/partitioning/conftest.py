from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

PARTS = {"train": 0.7, "valid": 0.15, "test": 0.15}


@pytest.fixture
def lemons() -> pd.DataFrame:
    """600 photographs of 120 lemons, a fifth of them moldy."""
    rng = np.random.default_rng(0)
    fruit = np.repeat(np.arange(120), 5)
    return pd.DataFrame(
        {
            "id": np.arange(600),
            "fruit": fruit,
            "mold": np.where(fruit % 5 == 0, "yes", "no"),
            "taken_at": pd.date_range("2026-01-01", periods=600, freq="h"),
            "red": rng.normal(size=600),
            "green": rng.normal(size=600),
        }
    )
