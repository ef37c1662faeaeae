"""The errors that tables show, kept from a stream whose rows are not: their number does not grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.evaluation.knee import entropies
from trackexp.evaluation.metrics.sums import Outcomes
from trackexp.evaluation.predictions import Predictions, joined_predictions

MOST = 200  # of the surest, and of the least sure errors
_OF_ALL_CLASSES = 1000  # false positives, shared out among the classes


@dataclass(frozen=True, eq=False)
class WorstRows:
    """The surest and the least sure errors, and the surest ones taken for each class.

    Args:
        data: Their rows.
        outcomes: What came out for them.
    """

    data: Predictions
    outcomes: Outcomes

    def __add__(self, other: WorstRows) -> WorstRows:
        return _pruned(
            joined_predictions([self.data, other.data], self.data.part),
            joined_outcomes([self.outcomes, other.outcomes]),
        )


def worst_rows(data: Predictions, outcomes: Outcomes) -> WorstRows:
    """Return the errors among some rows that are worth keeping."""
    wrong = np.flatnonzero(outcomes.prediction != data.y_true)
    return _pruned(data.take(wrong), outcomes.take(wrong))


def joined_outcomes(parts: Sequence[Outcomes]) -> Outcomes:
    """Return the outcomes of the rows of all parts."""
    return Outcomes(
        np.concatenate([o.prediction for o in parts]),
        np.concatenate([o.confidence for o in parts]),
        np.concatenate([o.p_true for o in parts]),
    )


def _pruned(data: Predictions, outcomes: Outcomes) -> WorstRows:
    sure = np.argsort(-_confidence(data, outcomes), kind="stable")
    unsure = np.argsort(-entropies(data.columns), kind="stable")
    places = _place_in_class(outcomes.prediction[sure])
    a_class = sure[places < max(2, _OF_ALL_CLASSES // data.n_classes)]
    kept = np.unique(np.concatenate([sure[:MOST], unsure[:MOST], a_class]))
    return WorstRows(data.take(kept), outcomes.take(kept))


def _confidence(data: Predictions, outcomes: Outcomes) -> NDArray[np.floating[Any]]:
    p = outcomes.confidence
    return np.maximum(p, 1 - p) if data.task == "binary" else p


def _place_in_class(prediction: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """Return how many rows of the same prediction stand before each row."""
    order = np.argsort(prediction, kind="stable")
    ordered = prediction[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if ordered.size else np.empty(0, dtype=np.intp)
    first = np.repeat(starts, np.diff(np.r_[starts, ordered.size]))
    places = np.empty(prediction.size, dtype=np.intp)
    places[order] = np.arange(prediction.size) - first
    return places
