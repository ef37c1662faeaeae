"""The headline numbers of rows or of sums, by the names that `Evaluation.to_dict` gives them."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from trackexp.evaluation.calibration.equal_mass import ece_equal_mass
from trackexp.evaluation.calibration.errors import calibration_errors
from trackexp.evaluation.classification.blocks import read_rows
from trackexp.evaluation.classification.ranking import Ranking, rank_binary, rank_counts, rank_rows
from trackexp.evaluation.classification.report import averages
from trackexp.evaluation.classification.sums import ClassificationSums, Outcomes
from trackexp.evaluation.predictions import Predictions


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
