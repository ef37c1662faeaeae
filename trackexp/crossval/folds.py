"""The rows of each fold, and the fold that a script trains now."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold as a training function sees it: which rows it trains on, stops early by, and is scored on.

    The three sets of rows are disjoint. `train` and `inner` together are all rows that the fold may learn from.

    Args:
        train: Positions of the rows to fit on, ascending `(n_train,)`.
        inner: Positions of the rows for early stopping and for choosing the best epoch `(n_inner,)`: cut from the
            fold's training rows by the partition's own rules (group, time, classes). Empty where nothing can be cut.
        valid: Positions of the rows that the fold is scored on `(n_valid,)`.
        index: Which fold it is, from 0.
        count: How many folds there are.
        seed: Of everything random in this fold, 0 ≤ seed < 2**32; the same for every setting.
        params: The setting that is trained.
    """

    train: Rows
    inner: Rows
    valid: Rows
    index: int
    count: int
    seed: int
    params: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        sizes = f"{len(self.train):,} train, {len(self.inner):,} inner, {len(self.valid):,} valid"
        return f"<Fold {self.index} of {self.count}: {sizes}>"

    @property
    def learned(self) -> Rows:
        """Positions of all rows that the fold may learn from: `train` and `inner` together, ascending."""
        return np.sort(np.concatenate([self.train, self.inner]))

    def report(self, answer: Any) -> None:
        """Hand in what a script's fold is scored by, as a training function returns it.

        Args:
            answer: Probabilities of the rows `valid` `(n_valid, K)`, `Predictions`, or a mapping of scores.

        Raises:
            UsageError: The fold is not the one that is trained here now.
        """
        if _Now.fold is not self:
            raise UsageError("fold.report(…) hands in the fold that is trained now; this one is over.")
        _Now.answer = answer


class _Now:
    """The fold that this process trains; one at a time."""

    fold: Fold | None = None
    asked = False
    answer: Any = None


_lock = threading.Lock()


def fold() -> Fold:
    """Return the fold that this script is to train, when `trackexp crossval` runs it.

    Raises:
        UsageError: No cross-validation runs the script.

    >>> fold()
    Traceback (most recent call last):
    trackexp.errors.UsageError: no cross-validation runs here; start the script as `trackexp crossval SCRIPT --grid …`.
    """
    if _Now.fold is None:
        raise UsageError("no cross-validation runs here; start the script as `trackexp crossval SCRIPT --grid …`.")
    _Now.asked = True
    return _Now.fold


@contextmanager
def training(now: Fold) -> Iterator[None]:
    """Have `fold()` return this one in the block."""
    with _lock:
        _Now.fold, _Now.asked, _Now.answer = now, False, None
        try:
            yield
        finally:
            _Now.fold = None


def was_asked() -> bool:
    """Return whether the script asked for its fold."""
    return _Now.asked


def reported() -> Any:
    """Return what the script handed in by `fold().report(…)`; None for nothing."""
    return _Now.answer


def fold_seed(seed: int, index: int) -> int:
    """Return the seed of a fold, 0 ≤ seed < 2**32.

    >>> fold_seed(0, 0) == fold_seed(0, 0), fold_seed(0, 0) == fold_seed(0, 1)
    (True, False)
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/{index}".encode()).digest()[:4], "big")
