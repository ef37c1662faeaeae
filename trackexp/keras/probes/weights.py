"""How far the weights move, from a few of each: no copy of the model is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.keras.facts.initial import spread_values
from trackexp.keras.probes.layers import Watched

SAMPLE = 256  # weights of a layer: the relative change is known to about 1/√256 of itself


class WeightSamples:
    """Follows the same few weights of every layer from one look to the next."""

    def __init__(self, layers: Sequence[Watched]) -> None:
        self._kernels = [entry.kernel for entry in layers]
        self._last = [_sample(kernel) for kernel in self._kernels]
        self.scales = [_scale(values) for values in self._last]

    def changes(self) -> list[float | None]:
        """Return ‖Δw‖/‖w‖ of each layer since the last look, None where it has no kernel; keep the new values."""
        found: list[float | None] = []
        now = [_sample(kernel) for kernel in self._kernels]
        for before, after in zip(self._last, now, strict=True):
            found.append(_change(before, after))
        self._last, self.scales = now, [_scale(values) for values in now]
        return found


def _sample(kernel: Any) -> NDArray[np.float64] | None:
    return None if kernel is None else spread_values(kernel, SAMPLE)


def _scale(values: NDArray[np.float64] | None) -> float | None:
    return None if values is None else float(np.sqrt(np.mean(values**2)))


def _change(before: NDArray[np.float64] | None, after: NDArray[np.float64] | None) -> float | None:
    if before is None or after is None:
        return None
    moved, size = float(np.linalg.norm(after - before)), float(np.linalg.norm(before))
    return moved / size if size else (0.0 if moved == 0 else float("inf"))
