"""The columns that the looks fill, bounded: of a long training every second look is dropped when they are full."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trackexp.record.facts import ProbeFacts

MAX_LOOKS = 64
MAX_CELLS = 4_096  # layers × looks
KEPT_LAST = 4  # looks that are never dropped: rules ask for several running
SCALARS = (
    "loss", "loss_recomputed", "loss_augmented", "score_augmented", "regularization", "added", "score", "balanced",
    "spread", "gradient", "seconds",
)  # fmt: skip
COLUMNS = ("weight_change", "weight_scale", "gradient", "dead", "saturated", "mean", "std")


class Table:
    """Gathers the looks of one fit."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._epochs: list[int] = []
        self._scalars: list[dict[str, float]] = []
        self._layers: list[dict[str, list[float | None]]] = []

    def add(self, epoch: int, scalars: Mapping[str, float], layers: Mapping[str, list[float | None]]) -> None:
        """Add one look."""
        self._epochs.append(epoch)
        self._scalars.append(dict(scalars))
        self._layers.append({key: [rounded(value) for value in column] for key, column in layers.items()})
        limit = max(2 * KEPT_LAST, min(MAX_LOOKS, MAX_CELLS // max(1, len(self._names))))
        if len(self._epochs) > limit:
            old = len(self._epochs) - KEPT_LAST
            kept = [*range(0, old, 2), *range(old, len(self._epochs))]
            self._epochs = [self._epochs[i] for i in kept]
            self._scalars = [self._scalars[i] for i in kept]
            self._layers = [self._layers[i] for i in kept]

    def facts(self) -> ProbeFacts:
        """Return the columns as the record keeps them; one that was never seen is left out."""
        count = len(self._names)
        scalars: dict[str, Any] = {key: [rounded(row.get(key)) for row in self._scalars] for key in SCALARS}
        layers: dict[str, Any] = {key: [row.get(key, [None] * count) for row in self._layers] for key in COLUMNS}
        return ProbeFacts(
            names=self._names,
            epochs=list(self._epochs),
            scalars={key: column for key, column in scalars.items() if any(v is not None for v in column)},
            layers={key: rows for key, rows in layers.items() if any(v is not None for row in rows for v in row)},
        )


def rounded(value: float | None) -> float | None:
    """Return four significant digits, which is what a sample of 256 is good for; None for no finite number.

    >>> rounded(0.123456), rounded(float("nan"))
    (0.1235, None)
    """
    return float(f"{value:.4g}") if value is not None and math.isfinite(value) else None
