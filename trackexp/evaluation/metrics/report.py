"""Everything that one confusion matrix says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.evaluation.metrics.blocks import read_rows
from trackexp.evaluation.metrics.calibration import calibration_errors, ece_equal_mass
from trackexp.evaluation.metrics.ranking import Ranking, rank_binary, rank_counts, rank_rows
from trackexp.evaluation.metrics.sums import ClassificationSums, Outcomes
from trackexp.evaluation.predictions import Predictions
from trackexp.stats import wilson_interval

Confusion = NDArray[np.int64]


def per_class(confusion: Confusion) -> dict[str, NDArray[Any]]:
    """Return precision, recall, F1 and support of each class; 0 where the divisor is, as is usual.

    >>> import numpy as np
    >>> per_class(np.array([[3, 2], [3, 3]]))["recall"].tolist()
    [0.6, 0.5]
    """
    hits = np.diag(confusion).astype(float)
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return {
        "precision": _divide(hits, predicted),
        "recall": _divide(hits, support),
        "f1": _divide(2 * hits, support + predicted),
        "support": support,
        "predicted": predicted,
    }


def averages(confusion: Confusion) -> dict[str, float]:
    """Return accuracy, balanced accuracy, MCC, κ, and precision, recall and F1 as micro, macro and weighted means.

    The macro mean is over the classes seen in y_true or among the predictions; `n_absent` counts the others.
    """
    n = int(confusion.sum())
    table = per_class(confusion)
    support, predicted = table["support"], table["predicted"]
    seen, present = (support + predicted) > 0, support > 0
    accuracy = float(np.trace(confusion)) / n
    found = {
        "accuracy": accuracy,
        "balanced_accuracy": float(table["recall"][present].mean()),
        "mcc": _matthews(confusion),
        "cohen_kappa": _kappa(confusion),
        "n_absent": int((~seen).sum()),
    }
    for name in ("precision", "recall", "f1"):
        values = table[name]
        found[f"{name}_macro"] = float(values[seen].mean())
        found[f"{name}_micro"] = accuracy
        found[f"{name}_weighted"] = float((values * support).sum() / n)
    return found


def report_table(confusion: Confusion, names: tuple[str, ...], ranking: Ranking | None) -> pd.DataFrame:
    """Return one line a class, with Wilson's intervals of its rates and its areas under curves."""
    table = pd.DataFrame(per_class(confusion), index=list(names))
    hits = np.diag(confusion)
    for name, of in (("precision", "predicted"), ("recall", "support")):
        ends = [tuple(wilson_interval(int(h), int(n))) for h, n in zip(hits, table[of], strict=True)]
        table[f"{name}_low"], table[f"{name}_high"] = zip(*ends, strict=True)
    table["auroc"] = np.nan if ranking is None else ranking.auroc
    table["average_precision"] = np.nan if ranking is None else ranking.average_precision
    return table


def one_vs_rest(confusion: Confusion, k: int) -> Confusion:
    """Return the 2 x 2 matrix of one class: rows true, columns predicted, the class second.

    >>> import numpy as np
    >>> one_vs_rest(np.array([[3, 2], [3, 3]]), 1).tolist()
    [[3, 2], [3, 3]]
    """
    hit = confusion[k, k]
    missed, false = confusion[k].sum() - hit, confusion[:, k].sum() - hit
    return np.array([[confusion.sum() - hit - missed - false, false], [missed, hit]])


def _matthews(confusion: Confusion) -> float:
    support, predicted = (confusion.sum(axis=a).astype(float) for a in (1, 0))
    n = float(confusion.sum())
    covariance = float(np.trace(confusion)) * n - float(support @ predicted)
    spread = (n * n - float(support @ support)) * (n * n - float(predicted @ predicted))
    return covariance / math.sqrt(spread) if spread > 0 else 0.0


def _kappa(confusion: Confusion) -> float:
    support, predicted = (confusion.sum(axis=a).astype(float) for a in (1, 0))
    n = float(confusion.sum())
    by_chance = float(support @ predicted) / n**2
    return (float(np.trace(confusion)) / n - by_chance) / (1 - by_chance) if by_chance < 1 else math.nan


def _divide(top: NDArray[np.float64], bottom: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(bottom > 0, top / np.maximum(bottom, 1), 0.0)


def headline_of(data: Predictions, n_bins: int) -> dict[str, float]:
    """Return every headline number of rows that were not read yet."""
    sums, outcomes = read_rows(data, n_bins, mergeable=False)
    return headline(sums, rank(data, sums), calibrated(data, outcomes), n_bins)


def rank(data: Predictions | None, sums: ClassificationSums) -> Ranking | None:
    """Return the areas: from the rows where they are, else from counted scores, else None."""
    if data is not None:
        return (rank_binary if data.task == "binary" else rank_rows)(data.y_true, data.y_prob)
    return None if sums.ranks is None else rank_counts(sums.confusion.sum(axis=1), sums.ranks)


def calibrated(data: Predictions, outcomes: Outcomes) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what calibration is about: (confidence, was right), or for binary (p, was positive)."""
    hit = data.y_true == (1 if data.task == "binary" else outcomes.prediction)
    return outcomes.confidence, hit


def headline(
    sums: ClassificationSums,
    ranking: Ranking | None,
    confidences: tuple[NDArray[Any], NDArray[Any]] | None,
    n_bins: int,
) -> dict[str, float]:
    """Return the numbers; NaN where undefined, or where rows would be needed and were not kept."""
    found: dict[str, float] = {"n": sums.n, **averages(sums.confusion)}
    found["log_loss"] = sums.log_loss / sums.n
    found["brier_sum"] = sums.brier / sums.n
    found["auroc_ovr_macro"] = ranking.auroc_macro if ranking else math.nan
    found["auroc_ovr_weighted"] = ranking.auroc_weighted if ranking else math.nan
    found["auroc_ovo_macro"] = ranking.auroc_one_vs_one if ranking else math.nan
    found["average_precision_macro"] = ranking.average_precision_macro if ranking else math.nan
    found.update(calibration_errors(sums.top, sums.classwise))
    found["ece_equal_mass"] = ece_equal_mass(*confidences, n_bins)[0] if confidences else math.nan
    return found


def binary_extras(sums: ClassificationSums, ranking: Ranking | None) -> dict[str, float]:
    """Return what a binary evaluation calls by shorter names: the positive class alone."""
    return {
        "brier": sums.brier / sums.n / 2,
        "auroc": float(ranking.auroc[1]) if ranking else math.nan,
        "average_precision": float(ranking.average_precision[1]) if ranking else math.nan,
    }
