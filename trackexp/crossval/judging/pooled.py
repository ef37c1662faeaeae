"""Out-of-fold answers of several settings on the same rows, and the criterion on any draw of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.crossval.judging.scoring import evaluate_answer, numbers_of
from trackexp.crossval.task import Criterion
from trackexp.evaluation.metrics.report import averages
from trackexp.stats import Interval, bootstrap_bias_corrected

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]
_EPS = 1e-15
_RESAMPLES, _FEW_RESAMPLES = 500, 100  # of a criterion that is counted, and of one that is evaluated anew each time


@dataclass(frozen=True, eq=False)
class Pooled:
    """What settings answered for the rows that all of them were scored on.

    Args:
        truth: Encoded truth of these rows `(n,)` or `(n, n_labels)`.
        answers: By setting `(n,)` or `(n, K)`.
        class_names: Of a target of classes.
        criterion: What they are judged by.
        groups: Each row's group `(n,)`.
    """

    truth: NDArray[Any]
    answers: Sequence[NDArray[Any]]
    class_names: tuple[str, ...]
    criterion: Criterion
    groups: NDArray[Any] | None = None

    @property
    def n(self) -> int:
        """How many rows there are."""
        return len(self.truth)

    @cached_property
    def predicted(self) -> list[NDArray[np.int64]]:
        """The predicted class of every row, by setting."""
        return [
            np.asarray(answer > 0.5 if answer.ndim == 1 else answer.argmax(axis=1), dtype=np.int64)
            for answer in self.answers
        ]

    @cached_property
    def losses(self) -> list[Floats]:
        """A loss of every row, by setting: what settings are told apart by, row by row."""
        metric = self.criterion.metric.rpartition("/")[2]
        if not self.class_names:
            return [_row_mean(np.abs(answer - self.truth)) for answer in self.answers]
        if metric in ("log_loss", "loss", "brier_sum", "brier"):
            return [self._likelihood(answer, brier="brier" in metric) for answer in self.answers]
        return [(predicted != self.truth).astype(float) for predicted in self.predicted]

    def _likelihood(self, answer: NDArray[Any], *, brier: bool) -> Floats:
        columns = np.stack([1 - answer, answer], axis=1) if answer.ndim == 1 else answer.astype(np.float64)
        if brier:
            squares: Floats = ((columns - np.eye(columns.shape[1])[self.truth]) ** 2).sum(axis=1)
            return squares
        return np.asarray(-np.log(np.clip(columns[np.arange(self.n), self.truth], _EPS, 1)), dtype=np.float64)

    @cached_property
    def _fast(self) -> Callable[[int, Rows], float] | None:
        """Return the criterion of a setting on rows where it is a mean or a count; None where it takes more."""
        metric = self.criterion.metric
        if self.class_names and metric in averages(np.eye(2, dtype=np.int64)):
            k = len(self.class_names)
            cells = [self.truth * k + predicted for predicted in self.predicted]

            def counted(setting: int, rows: Rows) -> float:
                confusion = np.bincount(cells[setting][rows], minlength=k * k).reshape(k, k)
                return averages(confusion)[metric]

            return counted
        if (self.class_names and metric in ("log_loss", "brier_sum")) or (not self.class_names and metric == "mae"):
            return lambda setting, rows: float(self.losses[setting][rows].mean())
        return None

    def score(self, setting: int, rows: Rows) -> float:
        """Return the criterion of a setting on some rows; NaN where it is not defined there."""
        if self._fast is not None:
            return self._fast(setting, rows)
        found = numbers_of(evaluate_answer(self.truth[rows], self.answers[setting][rows], self.class_names))
        return found.get(self.criterion.metric, np.nan)

    @property
    def is_scored(self) -> bool:
        """Whether the criterion can be computed from answers: a number of the user's own cannot."""
        rows = np.arange(self.n, dtype=np.intp)
        return bool(np.isfinite(self.score(0, rows)))

    def expected(self, seed: int) -> tuple[float, Interval]:
        """Return the expected score of the best setting, corrected for its being the best of these."""
        return bootstrap_bias_corrected(
            lambda rows: np.array([self.score(setting, rows) for setting in range(len(self.answers))]),
            self.score,
            self.n,
            larger_is_better=self.criterion.direction == "max",
            n_resamples=_RESAMPLES if self._fast is not None else _FEW_RESAMPLES,
            groups=self.groups,
            seed=seed,
        )


def _row_mean(values: NDArray[Any]) -> Floats:
    return np.asarray(values.reshape(len(values), -1).mean(axis=1), dtype=np.float64)
