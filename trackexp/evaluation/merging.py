"""Parts of disjoint rows, from batches, processes or machines, put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.classification.blocks import read_rows
from trackexp.evaluation.classification.sums import ClassificationSums, Outcomes
from trackexp.evaluation.predictions import Predictions
from trackexp.evaluation.result import Evaluation


def merge_evaluations(parts: Iterable[Evaluation]) -> Evaluation:
    """Return the evaluation of all rows of several parts.

    Where every part kept its rows, so does the whole; otherwise sums are added, and areas come from counted scores.

    Raises:
        UsageError: No parts, or of other classes, tasks or bins.
    """
    found = list(parts)
    if not found:
        raise UsageError("there are no parts to merge; expected at least one evaluation.")
    first = found[0]
    for other in found[1:]:
        if (first.class_names, first.task) != (other.class_names, other.task):
            raise UsageError(f"{first!r} and {other!r} have other classes or tasks; expected the same.")
    part = first.part if all(e.part == first.part for e in found) else None
    if all(e.rows is not None for e in found):
        sums = reduce(add, (e.sums for e in found))
        rows = _joined_rows([e.data for e in found], part)
        return replace(first, sums=sums, part=part, rows=rows, outcomes=_joined_outcomes(found))
    sums = reduce(add, (_countable(e) for e in found))
    return replace(first, sums=sums, part=part, rows=None, outcomes=None)


def _countable(evaluation: Evaluation) -> ClassificationSums:
    """Return sums that hold counted scores, reading rows again where there are some."""
    if evaluation.rows is None or evaluation.sums.ranks is not None:
        return evaluation.sums
    return read_rows(evaluation.rows, evaluation.n_bins, mergeable=True)[0]


def _joined_rows(parts: Sequence[Predictions], part: str | None) -> Predictions:
    first = parts[0]
    return Predictions(
        np.concatenate([p.y_true for p in parts]),
        np.concatenate([p.y_prob for p in parts]),
        first.class_names,
        first.task,
        _joined([p.ids for p in parts]),
        _joined_inputs([p.inputs for p in parts]),
        _joined([p.groups for p in parts]),
        part,
        first.source if all(p.source == first.source for p in parts) else None,
    )


def _joined(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None


def _joined_inputs(inputs: Sequence[Any]) -> Any:
    if any(x is None for x in inputs):
        return None
    if all(isinstance(x, np.ndarray) for x in inputs):
        return np.concatenate(inputs)
    if all(hasattr(x, "iloc") for x in inputs):
        import pandas as pd

        return pd.concat(inputs)
    return [row for part in inputs for row in part]


def _joined_outcomes(parts: Sequence[Evaluation]) -> Outcomes:
    kept = [e.outcomes for e in parts if e.outcomes is not None]
    return Outcomes(
        np.concatenate([o.prediction for o in kept]),
        np.concatenate([o.confidence for o in kept]),
        np.concatenate([o.p_true for o in kept]),
    )
