"""Several labels a row: each column is a two-class question, and sums of all of them add up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.checks import check_block
from trackexp.evaluation.metrics.blocks import row_losses
from trackexp.evaluation.metrics.calibration import Bins, binned
from trackexp.evaluation.metrics.intervals import resampled
from trackexp.evaluation.metrics.ranking import mean_of_defined, rank_binary
from trackexp.evaluation.pages.html import evaluation_page
from trackexp.evaluation.pages.to_run import log_other
from trackexp.evaluation.predictions import Predictions
from trackexp.reporting import to_json
from trackexp.reporting.html import in_notebook
from trackexp.stats import Interval, wilson_interval


@dataclass(frozen=True, eq=False)
class MultiLabelSums:
    """Sums over rows, one a label; those of disjoint rows add up.

    Args:
        n: Rows.
        hits: Labels rightly predicted `(n_classes,)`; likewise `false`, wrongly, and `missed`.
        exact: Rows all of whose labels are right.
        log_loss: Sum of -log p of each answer `(n_classes,)`.
        brier: Sum of (p - y)² `(n_classes,)`.
        bins: Calibration of each label `(n_classes, n_bins)`.
    """

    n: int
    hits: NDArray[np.int64]
    false: NDArray[np.int64]
    missed: NDArray[np.int64]
    exact: int
    log_loss: NDArray[np.float64]
    brier: NDArray[np.float64]
    bins: Bins

    def __add__(self, other: MultiLabelSums) -> MultiLabelSums:
        if self.bins.count.shape != other.bins.count.shape:
            raise UsageError(f"parts of {self.bins.count.shape} and {other.bins.count.shape} bins do not add up.")
        return MultiLabelSums(
            self.n + other.n, self.hits + other.hits, self.false + other.false, self.missed + other.missed,
            self.exact + other.exact, self.log_loss + other.log_loss, self.brier + other.brier, self.bins + other.bins,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class MultiLabelEvaluation:
    """Predictions of several labels per row, evaluated; `a + b` is the evaluation of the rows of both.

    Args:
        sums: What adds up.
        rows: The predictions.
        threshold: A label is predicted above it.
        measurements: Numbers beside the metrics, such as latency a row and model size.
    """

    sums: MultiLabelSums
    rows: Predictions
    threshold: float
    measurements: Mapping[str, float] | None = None

    def __repr__(self) -> str:
        return f"MultiLabelEvaluation({self.sums.n} rows, {self.rows.n_classes} labels: F1 {self['f1_micro']:.4f})"

    def _repr_html_(self) -> str:
        return in_notebook(evaluation_page(self).to_html(), repr(self))

    def __getitem__(self, name: str) -> float:
        numbers = self.numbers()
        if name not in numbers:
            raise UsageError(f"no number {name!r}{nearest(name, numbers)}; there are {', '.join(numbers)}.")
        return numbers[name]

    def __add__(self, other: MultiLabelEvaluation) -> MultiLabelEvaluation:
        a, b = self.rows, other.rows
        if a.class_names != b.class_names or self.threshold != other.threshold:
            raise UsageError("parts of other labels or thresholds do not add up; expected the same.")
        ids = None if a.ids is None or b.ids is None else np.concatenate([a.ids, b.ids])
        joined = Predictions(
            np.concatenate([a.y_true, b.y_true]), np.concatenate([a.y_prob, b.y_prob]), a.class_names, a.task, ids,
            part=a.part if a.part == b.part else None,
        )  # fmt: skip
        return MultiLabelEvaluation(self.sums + other.sums, joined, self.threshold, self.measurements)

    @property
    def task(self) -> Literal["multilabel"]:
        """What kind of evaluation this is."""
        return "multilabel"

    @property
    def report(self) -> pd.DataFrame:
        """One line a label: precision, recall with its interval, F1, support, AUROC, AP, log loss, Brier and ECE."""
        s, areas = self.sums, self._areas()
        support, predicted = s.hits + s.missed, s.hits + s.false
        ends = [tuple(wilson_interval(int(h), int(n))) for h, n in zip(s.hits, support, strict=True)]
        return pd.DataFrame(
            {
                "precision": _divide(s.hits, predicted),
                "recall": _divide(s.hits, support),
                "recall_low": [low for low, _ in ends],
                "recall_high": [high for _, high in ends],
                "f1": _divide(2 * s.hits, support + predicted),
                "support": support,
                "auroc": areas[0],
                "average_precision": areas[1],
                "log_loss": s.log_loss / s.n,
                "brier": s.brier / s.n,
                "ece": s.bins.ece(),
            },
            index=list(self.rows.class_names),
        )

    def to_dict(self, *, intervals: bool = False, level: float = 0.95, n_resamples: int = 200) -> dict[str, Any]:
        """Return every headline number, with bootstrap intervals if asked for."""
        table = self.report
        found: dict[str, Any] = {"schema": 1, "task": "multilabel", "part": self.rows.part, "threshold": self.threshold}
        found |= self.numbers()
        found["undefined_auroc"] = table.index[table["auroc"].isna()].tolist()
        found |= self.measurements or {}
        if intervals:
            found["intervals"] = {name: i.to_dict() for name, i in self.intervals(level, n_resamples).items()}
        return found

    def intervals(self, level: float = 0.95, n_resamples: int = 200) -> dict[str, Interval]:
        """Return the bootstrap interval of every headline number, of rows, or of groups where rows have some."""
        bins = self.sums.bins.count.shape[1]
        estimate = {name: value for name, value in self.numbers().items() if name != "n"}
        return resampled(
            self.rows,
            estimate,
            lambda part: evaluate_labels(part, self.threshold, bins).numbers(),
            level=level,
            n_resamples=n_resamples,
        )

    def numbers(self) -> dict[str, float]:
        """Return every headline number by name; macro means are over the labels for which they are defined."""
        s, table = self.sums, self.report
        support = table["support"].to_numpy(dtype=float)
        found: dict[str, float] = {"n": s.n}
        found["subset_accuracy"] = s.exact / s.n
        found["hamming_loss"] = float((s.false + s.missed).sum()) / (s.n * support.size)
        totals = {"precision": s.hits + s.false, "recall": s.hits + s.missed, "f1": 2 * s.hits + s.false + s.missed}
        for name, total in totals.items():
            values = table[name].to_numpy()
            top = 2 * s.hits.sum() if name == "f1" else s.hits.sum()
            found[f"{name}_micro"] = float(top / total.sum()) if total.sum() else 0.0
            found[f"{name}_macro"] = float(values.mean())
            found[f"{name}_weighted"] = float((values * support).sum() / support.sum()) if support.sum() else math.nan
        found["auroc_macro"] = mean_of_defined(table["auroc"].to_numpy())
        found["average_precision_macro"] = mean_of_defined(table["average_precision"].to_numpy())
        found["log_loss"] = float(s.log_loss.mean()) / s.n
        found["brier"] = float(s.brier.mean()) / s.n
        found["ece_classwise"] = float(table["ece"].mean())
        return found

    def to_html(self, path: str | Path, *, title: str = "") -> Path:
        """Write the evaluation as one self-contained page, every number with its interval, and return where it is."""
        return evaluation_page(self, title).save(path)

    def log(self, run: Any, prefix: str | None = None) -> None:
        """Log numbers and tables to a run of `track`; the prefix of the keys is by default the part."""
        log_other(self, run, prefix or self.rows.part or "evaluation")

    def to_json(self, *, intervals: bool = False) -> str:
        """Return `to_dict` as strict JSON; what is undefined is null."""
        return to_json(self.to_dict(intervals=intervals), nan_as_null=True)

    def _areas(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        y, prob = self.rows.y_true, self.rows.y_prob
        ranked = [rank_binary(y[:, k], prob[:, k]) for k in range(y.shape[1])]
        precision = [r.average_precision[1] if r.support[1] else math.nan for r in ranked]
        return np.array([r.auroc[1] for r in ranked]), np.array(precision)


def evaluate_labels(
    data: Predictions, threshold: float, n_bins: int, measurements: Mapping[str, float] | None = None
) -> MultiLabelEvaluation:
    """Evaluate checked multi-label predictions."""
    if not 0 <= threshold < 1:
        raise UsageError(f"threshold is {threshold}; expected a probability from 0 up to below 1.")
    y = data.y_true.astype(bool)
    check_block(data.y_prob.reshape(-1), data.y_prob.reshape(-1), None, data)
    said = data.y_prob > threshold
    columns = [data.y_prob[:, k].astype(np.float64) for k in range(data.n_classes)]
    short = data.y_prob.dtype == np.float32
    bins = [binned(p, y[:, k], n_bins, exact=short) for k, p in enumerate(columns)]
    losses = [row_losses(np.where(y[:, k], p, 1 - p))[0].sum() for k, p in enumerate(columns)]
    sums = MultiLabelSums(
        len(data),
        (said & y).sum(axis=0),
        (said & ~y).sum(axis=0),
        (~said & y).sum(axis=0),
        int((said == y).all(axis=1).sum()),
        np.array(losses),
        np.array([((p - y[:, k]) ** 2).sum() for k, p in enumerate(columns)]),
        Bins(
            np.stack([b.count for b in bins]),
            np.stack([b.hits for b in bins]),
            np.stack([b.confidence for b in bins]),
        ),
    )
    return MultiLabelEvaluation(sums, data, threshold, measurements)


def _divide(top: NDArray[np.int64], bottom: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(bottom > 0, top / np.maximum(bottom, 1), 0.0)
