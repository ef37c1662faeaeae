"""Regression: errors of numbers, their intervals, and whether predicted intervals hold what they promise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.arrays import as_array
from trackexp.evaluation.pages.html import evaluation_page
from trackexp.evaluation.pages.to_run import log_other
from trackexp.reporting import to_json
from trackexp.reporting.html import in_notebook
from trackexp.stats import Interval, bootstrap_interval, wilson_interval


@dataclass(frozen=True)
class RegressionSums:
    """Sums over rows, of which those of disjoint rows add up.

    Args:
        n: Rows.
        absolute: Sum of |e|.
        squared: Sum of e².
        error: Sum of e = prediction - target.
        mean: Mean target; `spread` is the sum of squared deviations from it.
        relative: Sum of |e / target| over the targets that are not 0.
        n_zero: Targets that are 0, which MAPE has to leave out.
    """

    n: int
    absolute: float
    squared: float
    error: float
    mean: float
    spread: float
    relative: float
    n_zero: int

    def __add__(self, other: RegressionSums) -> RegressionSums:
        n, apart = self.n + other.n, other.mean - self.mean
        return RegressionSums(
            n,
            self.absolute + other.absolute,
            self.squared + other.squared,
            self.error + other.error,
            self.mean + apart * other.n / n,
            self.spread + other.spread + apart**2 * self.n * other.n / n,
            self.relative + other.relative,
            self.n_zero + other.n_zero,
        )

    def numbers(self) -> dict[str, float]:
        """Return the headline numbers, NaN where undefined."""
        used = self.n - self.n_zero
        return {
            "n": self.n,
            "mae": self.absolute / self.n,
            "rmse": math.sqrt(self.squared / self.n),
            "r2": 1 - self.squared / self.spread if self.spread > 0 else math.nan,
            "mape": self.relative / used if used else math.nan,
            "mape_n_left_out": self.n_zero,
            "bias": self.error / self.n,
        }


@dataclass(frozen=True, eq=False)
class RegressionEvaluation:
    """Numbers and tables of one regression; `a + b` is the evaluation of both parts' rows.

    MAPE leaves out targets of 0 and says how many; it also favours predictions that are too low.

    Args:
        sums: What adds up.
        y_true: Targets `(n,)`.
        y_pred: Predictions `(n,)`.
        part: Which part the rows are.
        ids: Each row's name; None: its number.
        measurements: Numbers beside the metrics, such as latency a row and model size.
    """

    sums: RegressionSums
    y_true: NDArray[np.float64]
    y_pred: NDArray[np.float64]
    part: str | None = None
    ids: NDArray[Any] | None = None
    measurements: Mapping[str, float] | None = None

    def __repr__(self) -> str:
        numbers = self.numbers()
        return f"RegressionEvaluation({self.sums.n} rows: MAE {numbers['mae']:.4g}, R² {numbers['r2']:.4f})"

    def _repr_html_(self) -> str:
        return in_notebook(evaluation_page(self).to_html(), repr(self))

    def __getitem__(self, name: str) -> float:
        if name not in self.numbers():
            raise UsageError(
                f"no number {name!r}{nearest(name, self.numbers())}; there are {', '.join(self.numbers())}."
            )
        return self.numbers()[name]

    def __add__(self, other: RegressionEvaluation) -> RegressionEvaluation:
        return RegressionEvaluation(
            self.sums + other.sums,
            np.concatenate([self.y_true, other.y_true]),
            np.concatenate([self.y_pred, other.y_pred]),
            self.part if self.part == other.part else None,
            None if self.ids is None or other.ids is None else np.concatenate([self.ids, other.ids]),
            self.measurements,
        )

    @property
    def task(self) -> Literal["regression"]:
        """What kind of evaluation this is."""
        return "regression"

    def numbers(self) -> dict[str, float]:
        """Return every headline number by name."""
        return {**self.sums.numbers(), "median_absolute_error": float(np.median(np.abs(self.y_pred - self.y_true)))}

    def to_dict(self, *, intervals: bool = False, level: float = 0.95, n_resamples: int = 500) -> dict[str, Any]:
        """Return every number, with bootstrap intervals if asked for."""
        found: dict[str, Any] = {"schema": 1, "task": "regression", "part": self.part, **self.numbers()}
        found |= self.measurements or {}
        if intervals:
            names = ("mae", "rmse", "r2", "mape", "bias", "median_absolute_error")
            found["intervals"] = {name: self.interval(name, level, n_resamples).to_dict() for name in names}
        return found

    def to_html(self, path: str | Path, *, title: str = "") -> Path:
        """Write the evaluation as one self-contained page, every number with its interval, and return where it is."""
        return evaluation_page(self, title).save(path)

    def log(self, run: Any, prefix: str | None = None) -> None:
        """Log numbers and tables to a run of `track`; the prefix of the keys is by default the part."""
        log_other(self, run, prefix or self.part or "evaluation")

    def to_json(self, *, intervals: bool = False) -> str:
        """Return `to_dict` as strict JSON; what is undefined is null."""
        return to_json(self.to_dict(intervals=intervals), nan_as_null=True)

    def interval(self, name: str, level: float = 0.95, n_resamples: int = 500) -> Interval:
        """Return the bootstrap interval of one number."""
        _ = self[name]
        return bootstrap_interval(
            lambda rows: _of_rows(self.y_true[rows], self.y_pred[rows], name),
            self.y_true.size,
            n_resamples=n_resamples,
            level=level,
        )

    def quantile_loss(self, quantile: float) -> float:
        """Return the pinball loss of the predictions taken as a quantile of the target.

        References:
            R. Koenker, G. Bassett, Regression quantiles, Econometrica 46 (1978).
        """
        if not 0 < quantile < 1:
            raise UsageError(f"quantile is {quantile}; expected a share between 0 and 1, such as 0.9.")
        off = self.y_true - self.y_pred
        return float(np.maximum(quantile * off, (quantile - 1) * off).mean())

    def coverage(self, low: ArrayLike, high: ArrayLike, promised: float = 0.9) -> dict[str, Any]:
        """Return how many targets lie inside predicted intervals, against what was promised."""
        ends = [np.asarray(end, dtype=float) for end in (low, high)]
        if any(end.shape != self.y_true.shape for end in ends) or (ends[0] > ends[1]).any():
            raise UsageError("interval ends must be one per row, the low one not above the high one.")
        inside = int(((self.y_true >= ends[0]) & (self.y_true <= ends[1])).sum())
        interval = wilson_interval(inside, self.y_true.size)
        return {
            "coverage": inside / self.y_true.size,
            "interval": tuple(interval),
            "promised": promised,
            "kept": promised in interval,
            "mean_width": float((ends[1] - ends[0]).mean()),
        }

    @property
    def residuals(self) -> pd.DataFrame:
        """The rows: target, prediction and prediction minus target, the worst first."""
        residual = self.y_pred - self.y_true
        table = pd.DataFrame({"target": self.y_true, "prediction": self.y_pred, "residual": residual})
        table.insert(0, "id", np.arange(len(table)) if self.ids is None else self.ids)
        return table.iloc[np.argsort(-np.abs(residual), kind="stable")]

    def residuals_by_prediction(self, n_bins: int = 20) -> pd.DataFrame:
        """Return the residual plot as a table: bins of equally many rows by prediction, with the spread in each."""
        order = np.argsort(self.y_pred, kind="stable")
        lines = []
        for rows in np.array_split(order, min(n_bins, order.size)):
            off = self.y_pred[rows] - self.y_true[rows]
            low, middle, high = np.quantile(off, [0.1, 0.5, 0.9])
            lines.append((float(self.y_pred[rows].mean()), len(rows), float(off.mean()), low, middle, high))
        return pd.DataFrame(lines, columns=["prediction", "n", "mean_residual", "q10", "median", "q90"])

    def residual_histogram(self, n_bins: int = 40) -> pd.DataFrame:
        """Return how often residuals of each size occur."""
        counts, edges = np.histogram(self.y_pred - self.y_true, bins=n_bins)
        return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": counts})


def _of_rows(y_true: NDArray[np.float64], y_pred: NDArray[np.float64], name: str) -> float:
    if name == "median_absolute_error":
        return float(np.median(np.abs(y_pred - y_true)))
    return regression_sums(y_true, y_pred).numbers()[name]


def regression_sums(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> RegressionSums:
    """Return the sums of checked rows."""
    error = y_pred - y_true
    zero = y_true == 0
    mean = float(y_true.mean())
    relative = np.abs(error[~zero] / y_true[~zero])
    return RegressionSums(
        y_true.size,
        float(np.abs(error).sum()),
        float(error @ error),
        float(error.sum()),
        mean,
        float(((y_true - mean) ** 2).sum()),
        float(relative.sum()),
        int(zero.sum()),
    )


def evaluate_regression(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    part: str | None = None,
    ids: ArrayLike | None = None,
    measurements: Mapping[str, float] | None = None,
) -> RegressionEvaluation:
    """Evaluate predictions of a number a row.

    Raises:
        UsageError: Shapes that differ, no rows, or values that are not finite, by their rows.

    >>> result = evaluate_regression([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    >>> round(result.to_dict()["mae"], 3), round(result.to_dict()["r2"], 3)
    (0.333, 0.5)
    """
    arrays = []
    for name, values in (("y_true", y_true), ("y_pred", y_pred)):
        array = as_array(values, name)
        if array.dtype.kind not in "fiub":
            raise UsageError(f"{name} has dtype {array.dtype}; expected numbers.")
        array = array.astype(np.float64)
        array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
        if array.ndim != 1 or array.size == 0:
            raise UsageError(f"{name} has shape {array.shape}; expected one number per row, at least one row.")
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            raise UsageError(f"{name} is NaN or infinite in rows {bad[:5].tolist()} ({bad.size} in all).")
        arrays.append(array)
    if arrays[0].shape != arrays[1].shape:
        raise UsageError(f"y_true has {arrays[0].size} rows, y_pred {arrays[1].size}; expected the same.")
    names = None if ids is None else as_array(ids, "ids")
    if names is not None and names.shape != arrays[0].shape:
        raise UsageError(f"ids has shape {names.shape}; expected one per row, {arrays[0].shape}.")
    return RegressionEvaluation(regression_sums(*arrays), arrays[0], arrays[1], part, names, measurements)
