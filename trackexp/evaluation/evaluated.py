"""The rows of an evaluation and how to reach them: what every question to it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.metrics.blocks import read_rows
from trackexp.evaluation.metrics.sums import ClassificationSums, Outcomes
from trackexp.evaluation.predictions import Predictions
from trackexp.evaluation.worst_rows import WorstRows

ClassTask = Literal["binary", "multiclass"]


@dataclass(frozen=True, eq=False)
class EvaluatedRows:
    """Predictions of one part with the sums over them.

    Args:
        sums: What adds up.
        class_names: In the order of the columns.
        task: `"binary"` or `"multiclass"`.
        part: Which part the rows are.
        rows: The predictions; None where only sums were kept (`keep_rows=False`).
        outcomes: What came out for each row; None likewise.
        measurements: Numbers beside the metrics, such as latency a row and model size.
        worst: The errors that tables show, where rows were not kept.
        taken: How the values were taken where that is not plain; `notes` has it with what the numbers suggest.
    """

    sums: ClassificationSums
    class_names: tuple[str, ...]
    task: ClassTask
    part: str | None = None
    rows: Predictions | None = None
    outcomes: Outcomes | None = None
    measurements: Mapping[str, float] | None = None
    worst: WorstRows | None = None
    taken: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Rows."""
        return self.sums.n

    @property
    def n_bins(self) -> int:
        """Bins of calibration."""
        return int(self.sums.top.count.size)

    @property
    def data(self) -> Predictions:
        """The rows, or an error that says that they were not kept."""
        if self.rows is None:
            raise UsageError("this needs the rows, and only sums were kept; evaluate with keep_rows=True.")
        return self.rows

    @property
    def _kept(self) -> Outcomes:
        if self.outcomes is None:
            raise UsageError("this needs the rows, and only sums were kept; evaluate with keep_rows=True.")
        return self.outcomes

    @property
    def _errors(self) -> tuple[Predictions, Outcomes]:
        """Rows among which the worst errors are: all, or those that were kept of a stream."""
        if self.rows is None and self.worst is not None:
            return self.worst.data, self.worst.outcomes
        return self.data, self._kept

    def take(self, rows: NDArray[Any]) -> Self:
        """Return the evaluation of some of the rows, by number or mask."""
        data = self.data.take(np.asarray(rows))
        sums, outcomes = read_rows(data, self.n_bins, mergeable=False)
        return replace(self, sums=sums, rows=data, outcomes=outcomes)

    def index_of(self, class_name: str | int) -> int:
        """Return a class's column, by its name or number."""
        if isinstance(class_name, str) and class_name in self.class_names:
            return self.class_names.index(class_name)
        if isinstance(class_name, (int, np.integer)) and 0 <= class_name < len(self.class_names):
            return int(class_name)
        shown = ", ".join(self.class_names[:10]) + (" …" if len(self.class_names) > 10 else "")
        raise UsageError(f"no class {class_name!r}{nearest(str(class_name), self.class_names)}; there are {shown}.")

    def _one_class(self, class_name: str | int | None) -> tuple[NDArray[np.bool_], NDArray[np.floating[Any]]]:
        data = self.data
        if class_name is None and self.task != "binary":
            raise UsageError(f"which class is positive? Pass class_name=, one of {', '.join(self.class_names[:10])}.")
        k = 1 if class_name is None else self.index_of(class_name)
        if self.task == "binary":
            return data.y_true == k, data.y_prob if k == 1 else np.maximum(1 - data.y_prob, 0)
        return data.y_true == k, data.y_prob[:, k]


def columns_of(data: Predictions, rows: Any) -> NDArray[np.floating[Any]]:
    """Return some rows' probabilities, one column per class, also for binary."""
    p = data.y_prob[rows]
    return np.stack([1 - p, p], axis=1) if data.task == "binary" else p
