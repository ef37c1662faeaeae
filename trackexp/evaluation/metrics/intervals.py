"""How sure the headline numbers are: Wilson where rows are counted, resampled rows elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trackexp.evaluation.metrics.blocks import read_rows
from trackexp.evaluation.metrics.report import binary_extras, headline_of, rank
from trackexp.evaluation.metrics.sums import ClassificationSums
from trackexp.evaluation.predictions import Predictions
from trackexp.stats import Interval, check_level, normal_quantile, resample, wilson_interval

_VALUES_A_RESAMPLE = 200_000  # probabilities; more rows are resampled by fewer, and the spread scaled by √(m/n)
_COUNTED = ("accuracy", "precision_micro", "recall_micro", "f1_micro")
_GROWN = ("ece", "mce", "rmsce", "ace_bin_mean", "ece_equal_mass", "ece_classwise")  # by the chance in drawn rows
_FEW_GROUPS = 10  # below, rows are drawn within the drawn groups too
_WITHOUT = ("n", "n_absent")


def intervals_of_sums(sums: ClassificationSums, level: float) -> dict[str, Interval]:
    """Return the intervals that sums alone can give: counted rates, and the mean log loss by its own spread."""
    hits = int(np.trace(sums.confusion))
    found = {name: wilson_interval(hits, sums.n, level) for name in _COUNTED}
    mean = sums.log_loss / sums.n
    variance = max(0.0, sums.log_loss_squared / sums.n - mean**2) / max(sums.n - 1, 1)
    half = normal_quantile(level) * math.sqrt(variance) if sums.n > 1 else math.inf
    found["log_loss"] = Interval(mean - half, mean + half, level, "normal")
    return found


def intervals_of_rows(
    data: Predictions, sums: ClassificationSums, estimate: dict[str, float], n_bins: int, level: float, n_resamples: int
) -> dict[str, Interval]:
    """Return an interval of every headline number; whole groups are resampled where rows have groups.

    More than 200,000 probabilities are resampled by m of their n rows, and the deviations multiplied by √(m/n). Errors
    of calibration grow by resampling, so theirs are laid around the estimate.
    """

    def numbers(part: Predictions) -> dict[str, float]:
        found = headline_of(part, n_bins)
        if data.task == "binary":
            part_sums = read_rows(part, n_bins, mergeable=False)[0]
            found.update(binary_extras(part_sums, rank(part, part_sums)))
        return found

    wanted = {name: value for name, value in estimate.items() if name not in _WITHOUT}
    found = resampled(data, wanted, numbers, level=level, n_resamples=n_resamples)
    counted = intervals_of_sums(sums, level) if data.groups is None else {}
    return found | {name: counted[name] for name in _COUNTED if name in counted and name in found}


def resampled(
    data: Predictions,
    estimate: dict[str, float],
    numbers: Callable[[Predictions], dict[str, float]],
    *,
    level: float,
    n_resamples: int,
) -> dict[str, Interval]:
    """Return the bootstrap interval of each number in `estimate`, computed anew by `numbers` on drawn rows."""
    check_level(level)
    n, width = len(data), 1 if data.task == "binary" else data.n_classes
    groups = None if data.groups is None else np.unique(data.groups, return_inverse=True)[1].ravel()
    few = groups is not None and int(groups.max()) + 1 < _FEW_GROUPS
    m = n if groups is not None else min(n, max(1000, _VALUES_A_RESAMPLE // width))
    rng = np.random.default_rng(0)
    draws: dict[str, list[float]] = {name: [] for name in estimate}
    for _ in range(n_resamples):
        rows = resample(n, rng, groups) if m == n else rng.integers(0, n, m)
        if groups is not None and few:
            rows = _within(rows, groups, rng)
        found = numbers(Predictions(data.y_true[rows], data.y_prob[rows], data.class_names, data.task))
        for name, values in draws.items():
            values.append(found[name])
    by = "" if groups is None else " by group and row" if few else " by group"
    method = f"bootstrap{by}" + (f" of {m} rows" if m < n else "")
    found_ends = {}
    for name, values in draws.items():
        centred = m < n or name in _GROWN or name == "debiased_l2sq"
        ends = _spread(values, estimate[name], m / n, level, method, centred=centred)
        found_ends[name] = replace(ends, low=max(ends.low, 0.0)) if name in _GROWN else ends
    return found_ends


def _within(rows: NDArray[np.intp], groups: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw the rows of each drawn group anew: a handful of groups alone spread far less than the rows do."""
    of = groups[rows]
    parts = [rows[of == group] for group in np.unique(of)]
    return np.concatenate([part[rng.integers(0, part.size, part.size)] for part in parts])


def _spread(
    values: list[float], estimate: float, share: float, level: float, method: str, *, centred: bool
) -> Interval:
    """Return the draws' quantiles, or the estimate with their deviations from the draws' own centre."""
    known = np.array([v for v in values if not math.isnan(v)])
    if known.size == 0 or math.isnan(estimate):
        return Interval(math.nan, math.nan, level, method)
    low, high = np.quantile(known, [0.5 - level / 2, 0.5 + level / 2])
    if centred:
        centre = float(np.median(known))
        low, high = (estimate + (end - centre) * math.sqrt(share) for end in (low, high))
    return Interval(float(low), float(high), level, method)
