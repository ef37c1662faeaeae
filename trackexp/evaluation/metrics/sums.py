"""What an evaluation keeps of rows it has seen: sums, so that parts of disjoint rows add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.metrics.calibration import Bins
from trackexp.evaluation.metrics.rank_counts import RankCounts


@dataclass(frozen=True, eq=False)
class ClassificationSums:
    """Sums over rows of one classification; adding those of disjoint rows gives those of all.

    Args:
        n: Rows.
        confusion: Rows by true class and predicted class `(n_classes, n_classes)`.
        log_loss: Sum of -log p of the true class.
        log_loss_squared: Sum of its squares, for its interval.
        n_clipped: Rows whose true class got a probability below the eps of float64.
        brier: Sum over rows and classes of (p - y)².
        top: Bins of the top label (binary: of the positive class).
        classwise: Bins of every column `(n_classes, n_bins)`.
        ranks: Counts of scores by class, from which areas are had without the rows; None where rows are kept.
        truth_ranks: Rows by how many classes stood above the true one `(n_classes,)`, for top-k; None likewise.
    """

    n: int
    confusion: NDArray[np.int64]
    log_loss: float
    log_loss_squared: float
    n_clipped: int
    brier: float
    top: Bins
    classwise: Bins
    ranks: RankCounts | None = None
    truth_ranks: NDArray[np.int64] | None = None

    def __add__(self, other: ClassificationSums) -> ClassificationSums:
        if self.confusion.shape != other.confusion.shape or self.top.count.shape != other.top.count.shape:
            raise UsageError(
                f"parts of {self.confusion.shape[0]} and {other.confusion.shape[0]} classes, {self.top.count.size} and "
                f"{other.top.count.size} bins do not add up; expected the same of both."
            )
        return ClassificationSums(
            self.n + other.n,
            self.confusion + other.confusion,
            self.log_loss + other.log_loss,
            self.log_loss_squared + other.log_loss_squared,
            self.n_clipped + other.n_clipped,
            self.brier + other.brier,
            self.top + other.top,
            self.classwise + other.classwise,
            None if self.ranks is None or other.ranks is None else self.ranks + other.ranks,
            None if self.truth_ranks is None or other.truth_ranks is None else self.truth_ranks + other.truth_ranks,
        )


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What came out for each row, kept while the rows are.

    Args:
        prediction: Predicted class `(n,)`, ties to the lowest index.
        confidence: Probability of the predicted class `(n,)`; for binary that of the positive one.
        p_true: Probability of the true class `(n,)`.
    """

    prediction: NDArray[np.integer[Any]]
    confidence: NDArray[np.floating[Any]]
    p_true: NDArray[np.floating[Any]]

    def take(self, rows: NDArray[np.intp]) -> Outcomes:
        """Return those of some rows."""
        return Outcomes(self.prediction[rows], self.confidence[rows], self.p_true[rows])
