"""Random streams seeded for a fold, so that it trains alike wherever and whenever it runs."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python, numpy, and the frameworks that are imported; the first two and PyTorch are put back afterwards.

    Keras draws the seed of a generator that is not there yet from Python's, and so need not be imported.

    Args:
        seed: 0 ≤ seed < 2**32.
    """
    torch = sys.modules.get("torch")
    kept = random.getstate(), np.random.get_state(), torch.get_rng_state() if torch is not None else None
    keras = sys.modules.get("keras")
    if hasattr(keras, "utils"):
        keras.utils.set_random_seed(seed)  # type: ignore[union-attr]
    if torch is not None:
        torch.manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        if torch is not None:
            torch.set_rng_state(kept[2])
