"""The learning rate, whatever carries it."""

from __future__ import annotations

from typing import Any


def learning_rate(model: Any) -> float | None:
    """Return the rate of the next update: a number, a variable or a schedule, also inside a loss-scaling wrapper."""
    import numpy as np

    optimizer: Any = getattr(model, "optimizer", None)
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    rate = getattr(optimizer, "learning_rate", None)
    if rate is None:
        return None
    if callable(rate) and hasattr(optimizer, "iterations"):
        rate = rate(optimizer.iterations)
    from keras import ops

    return float(np.asarray(ops.convert_to_numpy(rate)))
