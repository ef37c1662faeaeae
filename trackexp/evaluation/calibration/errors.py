"""Calibration errors that are had from equal-width bins alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trackexp.evaluation.calibration.bins import Bins
from trackexp.stats import Interval, wilson_interval


@dataclass(frozen=True, slots=True)
class LargestGap:
    """The bin that is off the most, never without how many rows say so.

    Args:
        value: |accuracy - confidence| of the bin, MCE.
        bin: Its number from 0.
        n: Its rows.
        accuracy: Their share of hits, with Wilson's interval.
        confidence: Their mean probability.
    """

    value: float
    bin: int
    n: int
    accuracy: float
    confidence: float
    interval: Interval


def rmsce(bins: Bins) -> float:
    """Return √Σ w·gap², the root mean square calibration error."""
    weights, gaps = _used(bins)
    return float(np.sqrt((weights * gaps**2).sum()))


def ace_bin_mean(bins: Bins) -> float:
    """Return the unweighted mean gap over the bins that have rows (netcal's ACE)."""
    return float(np.abs(_used(bins)[1]).mean())


def debiased_l2_squared(bins: Bins) -> float:
    """Return Σ w·[gap² - acc(1-acc)/(n_b-1)] over bins of two rows and more, raw even where it is negative.

    References:
        A. Kumar, P. Liang, T. Ma, Verified uncertainty calibration, NeurIPS 2019.
    """
    many = bins.count > 1
    n = bins.count[many]
    accuracy = bins.hits[many] / n
    noise = accuracy * (1 - accuracy) / (n - 1)
    return float((n / bins.count.sum() * (bins.gap[many] ** 2 - noise)).sum())


def largest_gap(bins: Bins, level: float = 0.95) -> LargestGap:
    """Return the bin with the largest gap: a few rows alone can make it, so its count and interval come along."""
    worst = int(np.nanargmax(np.abs(bins.gap)))
    n, hits = int(bins.count[worst]), int(bins.hits[worst])
    return LargestGap(
        float(abs(bins.gap[worst])),
        worst,
        n,
        hits / n,
        float(bins.confidence[worst] / n),
        wilson_interval(hits, n, level),
    )


def calibration_errors(top: Bins, classwise: Bins) -> dict[str, float]:
    """Return every error that the bins give, by its name in `Evaluation.to_dict`."""
    return {
        "ece": float(top.ece()),
        "mce": largest_gap(top).value,
        "rmsce": rmsce(top),
        "ace_bin_mean": ace_bin_mean(top),
        "debiased_l2sq": debiased_l2_squared(top),
        "ece_classwise": float(classwise.ece().mean()),
    }


def _used(
    bins: Bins,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    used = bins.count > 0
    return bins.count[used] / bins.count.sum(), bins.gap[used]
