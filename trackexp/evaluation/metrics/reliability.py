"""The reliability diagram as a table, and how much error pure chance would show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from trackexp.evaluation.metrics.calibration import Bins, bin_edges, bin_index
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


_SMALLEST_WIDTH = 0.001
_HALVINGS = 10
_LEAST_DENSITY = 1e-4  # rows; keeps the ratio defined where no row is near


def smooth_ece(p: NDArray[np.floating[Any]], hit: NDArray[np.bool_]) -> float:
    """Return smECE: residuals smoothed by a reflected Gaussian whose width equals the error that it shows.

    The grids are those of the authors' own relplot 1.0.3, so that the numbers can be compared.

    Args:
        p: Probabilities `(n,)`.
        hit: Whether the row was right, or positive `(n,)`.

    References:
        J. Błasiok, P. Nakkiran, Smooth ECE: principled reliability diagrams via kernel smoothing, ICLR 2024.
    """
    values = p.astype(np.float64)
    residual = values - hit
    # the error falls as the width grows: halve to the width at which both are one
    if error_at_width(values, residual, 1.0) > 1.0:
        return error_at_width(values, residual, 1.0)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle < _SMALLEST_WIDTH or middle < error_at_width(values, residual, middle):
            low = middle
        else:
            high = middle
    return error_at_width(values, residual, high)


def error_at_width(p: NDArray[np.float64], residual: NDArray[np.float64], width: float) -> float:
    """Return the mean absolute smoothed residual, over the density of the rows, for one width of the kernel."""
    points = max(2000, round(20 / width)) // 2 + 1
    grid, mesh = np.linspace(0, 1, points), np.linspace(0, 1, max(round(10 / width), 200))
    off = np.interp(mesh, grid, _smoothed(_on_grid(p, residual, points), width))
    density = np.interp(mesh, grid, _smoothed(_on_grid(p, np.ones_like(p), points), width))
    return float(np.abs(off).sum() / (density + _LEAST_DENSITY).sum())


def largest_cumulative_difference(p: NDArray[np.floating[Any]], hit: NDArray[np.bool_]) -> float:
    """Return the largest cumulative difference of outcome and probability, in units of its own standard deviation.

    Values above about 2.2 have p < 0.05 for a calibrated model (reflected Brownian motion).

    References:
        I. Arrieta-Ibarra and others, Metrics of calibration for probabilistic predictions, JMLR 23 (2022).

    >>> import numpy as np
    >>> round(largest_cumulative_difference(np.array([0.2, 0.9, 0.9]), np.array([True, True, True])), 4)
    1.715
    """
    values = p.astype(np.float64)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    sums = np.cumsum(hit[order] - ordered)
    last_of_tie = np.r_[ordered[1:] != ordered[:-1], True]  # inside a tie the order of rows would decide
    scale = math.sqrt(float((values * (1 - values)).sum()))
    largest = float(np.abs(sums[last_of_tie]).max())
    if scale == 0:
        return math.inf if largest > 0 else 0.0
    return largest / scale


def _on_grid(p: NDArray[np.float64], residual: NDArray[np.float64], points: int) -> NDArray[np.float64]:
    """Share each residual out to the two grid points around its probability."""
    place = p * (points - 1)
    left = np.clip(place.astype(np.intp), 0, points - 2)
    share = place - left
    shared = np.bincount(left, weights=(1 - share) * residual, minlength=points)
    shared = shared + np.bincount(left + 1, weights=share * residual, minlength=points)
    return shared.astype(np.float64, copy=False)


def _smoothed(values: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    points = values.size
    at = np.linspace(0, 1, points) - 0.5
    kernel = np.exp(-(at**2) / (2 * width**2)) / (math.sqrt(2 * math.pi) * width)
    mirrored = np.concatenate([values[::-1][:-1], values, values[::-1][1:]])
    smooth: NDArray[np.float64] = fftconvolve(mirrored, kernel, mode="valid")[points // 2 : points // 2 + points]
    return smooth
