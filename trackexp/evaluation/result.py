"""`Evaluation`: everything that is known of a classifier's predictions, computed when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.clusters import ErrorCluster, error_clusters
from trackexp.evaluation.costs import Business, Costs, HumanBaseline, cost_of_pairs
from trackexp.evaluation.evaluated import EvaluatedRows, columns_of
from trackexp.evaluation.knee import By, Knee, entropies, find_knee
from trackexp.evaluation.merging import merge_evaluations
from trackexp.evaluation.metrics.blocks import row_losses, truth_ranks
from trackexp.evaluation.metrics.calibration import Bins, LargestGap, ece_equal_mass, largest_gap
from trackexp.evaluation.metrics.curves import at_threshold, precision_recall_curve, roc_curve, thresholds
from trackexp.evaluation.metrics.intervals import intervals_of_rows, intervals_of_sums
from trackexp.evaluation.metrics.ranking import Ranking
from trackexp.evaluation.metrics.reliability import (
    NoiseFloor,
    largest_cumulative_difference,
    noise_floor,
    reliability_table,
    smooth_ece,
)
from trackexp.evaluation.metrics.report import binary_extras, calibrated, headline, one_vs_rest, rank, report_table
from trackexp.evaluation.mistakes import (
    Method,
    confident_errors,
    false_positives,
    predictions_table,
    slice_errors,
    sliceable,
    suspect_labels,
    unsure_errors,
)
from trackexp.evaluation.pages.html import Extras, evaluation_page
from trackexp.evaluation.pages.to_run import log_classification
from trackexp.evaluation.profit import Profit, make_profit
from trackexp.evaluation.swapped import swapped_columns, swapped_sides
from trackexp.reporting import to_json
from trackexp.reporting.html import in_notebook
from trackexp.stats import Interval

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Evaluation(EvaluatedRows):
    """Predictions of one part, evaluated; `a + b` is the evaluation of the rows of both."""

    def __repr__(self) -> str:
        part = f" of {self.part}" if self.part else ""
        told = f"; {'; '.join(self.notes)}" if self.notes else ""
        return f"Evaluation({self.n} rows{part}: accuracy {self.accuracy:.4f}, log loss {self.log_loss:.4f}{told})"

    def _repr_html_(self) -> str:
        return in_notebook(evaluation_page(self).to_html(), repr(self))

    def __add__(self, other: Evaluation) -> Evaluation:
        return merge_evaluations([self, other])

    # -- numbers ---------------------------------------------------------------------------------------------------

    @cached_property
    def ranking(self) -> Ranking | None:
        """Areas under curves, by class and by pair."""
        return rank(self.rows, self.sums)

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Every headline number by name."""
        confidences = calibrated(self.rows, self.outcomes) if self.rows and self.outcomes else None
        found = headline(self.sums, self.ranking, confidences, self.n_bins)
        return found | (binary_extras(self.sums, self.ranking) if self.task == "binary" else {})

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: how values were taken, and whether classes seem exchanged."""
        remark = swapped_columns(self.sums.confusion, self.class_names)
        if self.task == "binary" and self.ranking is not None:
            negatives, positives = self.sums.confusion.sum(axis=1)
            remark = swapped_sides(float(self.ranking.auroc[1]), int(positives), int(negatives))
        return self.taken if remark is None else (*self.taken, remark)

    def __getitem__(self, name: str) -> float:
        if name not in self.numbers:
            raise UsageError(f"no number {name!r}{nearest(name, self.numbers)}; there are {', '.join(self.numbers)}.")
        return self.numbers[name]

    @property
    def accuracy(self) -> float:
        """Share of rows whose prediction is right."""
        return float(np.trace(self.sums.confusion)) / self.n

    @property
    def log_loss(self) -> float:
        """Mean -log p of the true class, in float64, clipped to its eps (`sums.n_clipped` rows)."""
        return self.sums.log_loss / self.n

    @property
    def ece(self) -> float:
        """Expected calibration error: of the top label, or for 1-D probabilities of the positive class."""
        return float(self.sums.top.ece())

    @property
    def mce(self) -> LargestGap:
        """The largest gap of a bin, with the bin's rows and interval."""
        return largest_gap(self.sums.top)

    @property
    def report(self) -> pd.DataFrame:
        """One line a class: precision, recall, F1, support, AUROC, AP, and Wilson's intervals."""
        return report_table(self.sums.confusion, self.class_names, self.ranking)

    @property
    def confusion(self) -> pd.DataFrame:
        """Rows by true class (index) and predicted class (columns)."""
        return pd.DataFrame(self.sums.confusion, index=list(self.class_names), columns=list(self.class_names))

    def confusion_of(self, class_name: str | int) -> pd.DataFrame:
        """Return the one-vs-rest confusion of one class."""
        k = self.index_of(class_name)
        sides = [f"not {self.class_names[k]}", self.class_names[k]]
        return pd.DataFrame(one_vs_rest(self.sums.confusion, k), index=sides, columns=sides)

    def top_k(self, k: int) -> float:
        """Return how often the true class is among the k most probable, ties to the lower class."""
        if not 1 <= k <= len(self.class_names):
            raise UsageError(f"k is {k}; expected 1 to {len(self.class_names)}, the number of classes.")
        return float(self.truth_ranks[:k].sum()) / self.n

    @cached_property
    def truth_ranks(self) -> NDArray[np.int64]:
        """Rows by how many classes stand above the true one."""
        if self.sums.truth_ranks is not None:
            return self.sums.truth_ranks
        return truth_ranks(self.data)

    @cached_property
    def row_losses(self) -> NDArray[np.float64]:
        """Log loss of each row."""
        return row_losses(self._kept.p_true.astype(np.float64))[0]

    def intervals(self, level: float = 0.95, n_resamples: int = 200) -> dict[str, Interval]:
        """Return an interval of every headline number: Wilson, or the bootstrap of rows (of groups where given).

        They are computed once for each level and number of resamples.
        """
        if self.rows is None:
            return intervals_of_sums(self.sums, level)
        asked = level, n_resamples
        if asked not in self._known_intervals:
            found = intervals_of_rows(self.rows, self.sums, self.numbers, self.n_bins, level, n_resamples)
            self._known_intervals[asked] = found
        return dict(self._known_intervals[asked])

    @cached_property
    def _known_intervals(self) -> dict[tuple[float, int], dict[str, Interval]]:
        return {}

    def to_dict(self, *, intervals: bool = False, level: float = 0.95, n_resamples: int = 200) -> dict[str, Any]:
        """Return every headline number, and what they rest on; intervals if asked for, since they cost resampling."""
        undefined = [] if self.ranking is None else [self.class_names[k] for k in self.ranking.undefined]
        found: dict[str, Any] = {
            "schema": SCHEMA,
            "task": self.task,
            "part": self.part,
            "n_classes": len(self.class_names),
            "calibration_bins": self.n_bins,
            **self.numbers,
            "n_clipped": self.sums.n_clipped,
            "absent": [n for n, c in zip(self.class_names, self.sums.confusion.sum(axis=1), strict=True) if c == 0],
            "undefined_auroc": undefined,
            "areas": "not kept" if self.ranking is None else "exact" if self.ranking.exact else "by leading bits",
            **(self.measurements or {}),
            **({"notes": list(self.notes)} if self.notes else {}),
        }
        if intervals:
            found["intervals"] = {name: i.to_dict() for name, i in self.intervals(level, n_resamples).items()}
        return found

    def to_json(self, *, intervals: bool = False) -> str:
        """Return `to_dict` as strict JSON; what is undefined is null."""
        return to_json(self.to_dict(intervals=intervals), nan_as_null=True)

    # -- curves and calibration ------------------------------------------------------------------------------------

    def at_threshold(self, threshold: float, class_name: str | int | None = None) -> dict[str, Any]:
        """Return counts and rates when one class (binary: the positive one) is flagged from a threshold on."""
        return at_threshold(*self._one_class(class_name), threshold)

    def roc(self, class_name: str | int | None = None) -> pd.DataFrame:
        """Return a class's ROC curve, at most 512 vertices of the exact one."""
        return roc_curve(thresholds(*self._one_class(class_name)))

    def precision_recall(self, class_name: str | int | None = None) -> pd.DataFrame:
        """Return a class's precision-recall curve, at most 512 vertices of the exact one."""
        return precision_recall_curve(thresholds(*self._one_class(class_name)))

    def reliability(self, class_name: str | int | None = None) -> pd.DataFrame:
        """Return the reliability diagram as a table: of the top label (binary: the positive class), or of one class."""
        if class_name is None:
            return reliability_table(self.sums.top)
        k, bins = self.index_of(class_name), self.sums.classwise
        return reliability_table(Bins(bins.count[k], bins.hits[k], bins.confidence[k]))

    def noise_floor(self, n_draws: int = 200) -> NoiseFloor:
        """Return the ECE that a perfectly calibrated model would show on these rows."""
        return noise_floor(self._kept.confidence, self.ece, self.n_bins, n_draws=n_draws)

    @cached_property
    def ece_equal_mass(self) -> tuple[float, int]:
        """The error over bins of equally many rows, and how many bins that took."""
        return ece_equal_mass(*calibrated(self.data, self._kept), self.n_bins)

    @cached_property
    def smooth_ece(self) -> float:
        """Calibration error without bins, smECE."""
        return smooth_ece(*calibrated(self.data, self._kept))

    @cached_property
    def largest_cumulative_difference(self) -> float:
        """Calibration error without bins, as a test statistic: above about 2.2 a calibrated model is unlikely."""
        return largest_cumulative_difference(*calibrated(self.data, self._kept))

    def knee(self, class_name: str | int | None = None, by: By = "confidence") -> Knee:
        """Return accuracy and coverage of the rows predicted as a class (None: of all), against how sure they are."""
        prediction = self._kept.prediction
        chosen = slice(None) if class_name is None else np.flatnonzero(prediction == self.index_of(class_name))
        if by == "entropy":
            values: NDArray[np.floating[Any]] = entropies(columns_of(self.data, chosen))
        else:
            p = self._kept.confidence[chosen]
            values = np.maximum(p, 1 - p) if self.task == "binary" else p
        return find_knee(values, (prediction == self.data.y_true)[chosen], by)

    # -- errors ----------------------------------------------------------------------------------------------------

    @property
    def predictions(self) -> pd.DataFrame:
        """The predictions table, one line a row."""
        return predictions_table(self.data, self._kept)

    @property
    def predictions_are_wrong(self) -> NDArray[np.bool_]:
        """Whether each row's prediction is wrong `(n,)`."""
        wrong: NDArray[np.bool_] = self._kept.prediction != self.data.y_true
        return wrong

    def table(self, rows: NDArray[np.intp], *, probabilities: bool = False) -> pd.DataFrame:
        """Return lines of the predictions table without inputs, and with each class's probability if asked for."""
        table = predictions_table(self.data, self._kept, rows, inputs=False)
        if probabilities:
            columns = columns_of(self.data, rows)
            wide = pd.DataFrame(columns, columns=[f"p_{name}" for name in self.class_names], index=table.index)
            return pd.concat([table, wide], axis=1)
        return table

    def confident_errors(self, n: int = 50) -> pd.DataFrame:
        """Return the wrong rows whose wrong answer was surest."""
        return confident_errors(*self._errors, n)

    def unsure_errors(self, n: int = 50) -> pd.DataFrame:
        """Return the wrong rows whose probabilities were the most even."""
        return unsure_errors(*self._errors, n)

    def false_positives(self, class_name: str | int | None = None) -> pd.DataFrame:
        """Return the wrong rows by the class they were taken for."""
        return false_positives(*self._errors, None if class_name is None else self.index_of(class_name))

    def error_clusters(self, embedding: ArrayLike | None = None, n_clusters: int | None = None) -> list[ErrorCluster]:
        """Return patterns among the errors, the largest first."""
        return error_clusters(self.data, self._kept, embedding, n_clusters)

    def most_confused(self, n: int = 5) -> list[tuple[str, str, int]]:
        """Return the pairs (target, prediction, rows) that are confused most often."""
        off = self.sums.confusion - np.diag(np.diag(self.sums.confusion))
        cells = [divmod(int(place), len(off)) for place in np.argsort(-off, axis=None, kind="stable")[:n]]
        return [(self.class_names[i], self.class_names[j], int(off[i, j])) for i, j in cells if off[i, j]]

    def suspect_labels(self, method: Method = "auto") -> pd.DataFrame:
        """Return rows whose label is probably wrong, the most suspect first."""
        return suspect_labels(self.data, self._kept, method)

    def slices(self, by: Mapping[str, ArrayLike] | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return error rates by group and by attributes, the worst first, with p-values corrected by Holm."""
        attributes = {**sliceable(self.data), **(by or {})}
        if not attributes:
            raise UsageError("no groups or attributes were given, neither to evaluate nor here; expected some.")
        return slice_errors(self.predictions_are_wrong, attributes, level)

    def to_html(self, path: str | Path, *, title: str = "", profit: Profit | None = None) -> Path:
        """Write the evaluation as one self-contained page, every number with its interval, and return where it is."""
        return evaluation_page(self, title, Extras(profit=profit)).save(path)

    def log(self, run: Any, prefix: str | None = None, profit: Profit | None = None) -> None:
        """Log everything to a run of `track`: numbers to its summary, bounded tables, curves of at most 512 vertices.

        Args:
            run: What `with track(...) as run` gives.
            prefix: Of the keys; None takes the part, or `"evaluation"`.
            profit: From `profit`, to be logged too.
        """
        log_classification(self, run, prefix or self.part or "evaluation", profit)

    # -- money -----------------------------------------------------------------------------------------------------

    def profit(
        self,
        false_positive: float,
        false_negative: float,
        *,
        class_name: str | int | None = None,
        true_positive: float = 0.0,
        true_negative: float = 0.0,
        running: float = 0.0,
        units: float | None = None,
        baseline: float | None = None,
        prevalence: float | None = None,
        present: float = 0.5,
        human: HumanBaseline | None = None,
        level: float = 0.95,
    ) -> Profit:
        """Return what every threshold of one class (binary: the positive one) costs; see `Costs` and `Business`."""
        costs = Costs(false_positive, false_negative, true_positive, true_negative, running)
        business = Business(units, baseline, prevalence)
        positive, scores = self._one_class(class_name)
        name = self.class_names[1 if class_name is None else self.index_of(class_name)]
        return make_profit(positive, scores, name, costs, business, present=present, human=human, level=level)

    def cost(self, by_pair: ArrayLike) -> float:
        """Return the mean cost of a row from costs by true and predicted class."""
        return cost_of_pairs(self.sums.confusion, by_pair)
