"""Random streams seeded for a fold, so that it trains alike wherever and whenever it runs."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import wrapt

_now: list[int] = []  # the seed of the fold that is trained; empty outside of one
_awaited: set[str] = set()  # modules with a post-import hook, which cannot be taken back


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python, numpy, Keras and PyTorch, the last two also where they are imported only in the block.

    Python's, numpy's and PyTorch's streams are put back afterwards.

    Args:
        seed: 0 ≤ seed < 2**32.
    """
    torch = sys.modules.get("torch")
    kept = random.getstate(), np.random.get_state(), torch.get_rng_state() if torch is not None else None
    _now.append(seed)
    for name, seeding in (("keras", _seed_keras), ("torch", _seed_torch)):
        if hasattr(sys.modules.get(name), "__version__"):
            seeding(sys.modules[name])
        elif name not in _awaited:
            _awaited.add(name)
            wrapt.register_post_import_hook(seeding, name)
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        _now.pop()
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        if torch is not None:
            torch.set_rng_state(kept[2])


def _seed_keras(keras: Any) -> None:
    """Seed Keras and its backend, and nothing else: what was drawn from Python's and numpy's streams stays drawn."""
    if not _now:
        return
    kept = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(_now[-1])
    random.setstate(kept[0])
    np.random.set_state(kept[1])


def _seed_torch(torch: Any) -> None:
    if _now:
        torch.manual_seed(_now[-1])
