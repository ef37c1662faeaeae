"""The reliability diagram as a table, and how much error pure chance would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.evaluation.calibration.bins import Bins, bin_edges, bin_index
from trackexp.stats import Interval, wilson_interval


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """The ECE of a perfectly calibrated model on these very probabilities.

    Args:
        mean: Its mean over resampled labels.
        interval: Where most of the resampled values lie.
        p_value: How often chance alone gives at least the ECE that was seen.
    """

    mean: float
    interval: Interval
    p_value: float


def reliability_table(bins: Bins, level: float = 0.95) -> pd.DataFrame:
    """Return one row a bin: its ends, rows, mean confidence, accuracy with Wilson's interval, and the gap.

    Args:
        bins: Of one column, `(n_bins,)`.
        level: Of the intervals.
    """
    edges = bin_edges(bins.count.size)
    n = np.maximum(bins.count, 1)
    empty = bins.count == 0
    ends = [
        tuple(wilson_interval(int(h), int(c), level)) if c else (np.nan, np.nan)
        for h, c in zip(bins.hits, bins.count, strict=True)
    ]
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": bins.count,
            "confidence": np.where(empty, np.nan, bins.confidence / n),
            "accuracy": np.where(empty, np.nan, bins.hits / n),
            "accuracy_low": [low for low, _ in ends],
            "accuracy_high": [high for _, high in ends],
            "gap": bins.gap,
        }
    )


def noise_floor(
    p: NDArray[np.floating[Any]], seen: float, n_bins: int, *, n_draws: int = 200, level: float = 0.95, seed: int = 0
) -> NoiseFloor:
    """Return what the ECE would be were the model calibrated: hits are drawn from the probabilities themselves.

    Args:
        p: Confidence of each row, or the positive class's probability `(n,)`.
        seen: The ECE of the model.
        n_bins: Bins of the ECE.
        n_draws: How often labels are drawn.
        level: Share of the draws inside the interval.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    values = np.minimum(p.astype(np.float64), 1.0)
    index = bin_index(values, n_bins, exact=p.dtype == np.float32)
    mass = np.bincount(index, weights=values, minlength=n_bins)
    draws = np.empty(n_draws)
    for i in range(n_draws):
        hits = np.bincount(index[rng.random(values.size) < values], minlength=n_bins)
        draws[i] = np.abs(hits - mass).sum() / values.size
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    interval = Interval(float(low), float(high), level, f"{n_draws} draws of calibrated labels")
    return NoiseFloor(float(draws.mean()), interval, (1 + int((draws >= seen).sum())) / (n_draws + 1))
