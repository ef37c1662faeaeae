"""Parts of disjoint rows, from batches, processes or machines, put together; and streams that are never held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.calibration.bins import check_bins
from trackexp.evaluation.classification.blocks import read_rows, truth_ranks
from trackexp.evaluation.classification.rank_counts import RankCounts, add_column, empty_rank_counts
from trackexp.evaluation.classification.sums import ClassificationSums, Outcomes
from trackexp.evaluation.predictions import BLOCK_ROWS, Predictions, make_predictions
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


def evaluate_batches(
    batches: Iterable[tuple[ArrayLike, ArrayLike]],
    *,
    class_names: Sequence[str] | None = None,
    part: str | None = None,
    calibration_bins: int = 15,
    measurements: Mapping[str, float] | None = None,
) -> Evaluation:
    """Evaluate a stream of (answers, probabilities) without holding it: memory does not grow with the rows.

    Args:
        batches: Of any sizes, each as `evaluate` takes it, all of the same columns.
        class_names: In the order of the columns.
        part: Such as `"test"`.
        calibration_bins: Bins of equal width.
        measurements: Numbers to stand beside the metrics.

    Raises:
        UsageError: No batches, or what `evaluate` raises; rows are named by their number in the stream.

    >>> evaluate_batches([([0], [[0.9, 0.1]]), ([1, 1], [[0.2, 0.8], [0.6, 0.4]])]).n
    3
    """
    n_bins = check_bins(calibration_bins)
    sums: ClassificationSums | None = None
    ranks: RankCounts | None = None
    first = None
    for data in _chunks(batches, class_names):
        if data.task == "multilabel":
            raise UsageError("a batch has several labels a row; expected classes that exclude each other.")
        first = first or data
        if (data.class_names, data.task) != (first.class_names, first.task):
            raise UsageError(f"a batch has {data.n_classes} classes, the first {first.n_classes}; expected the same.")
        ranks = ranks or empty_rank_counts(data.n_classes)
        found = read_rows(data, n_bins, mergeable=False)[0]
        found = replace(found, truth_ranks=truth_ranks(data))
        for k, column in enumerate(data.columns.T):  # in place: adding the counts of every batch would cost far more
            add_column(ranks, k, column, data.y_true)
        sums = found if sums is None else sums + found
    if sums is None or first is None:
        raise UsageError("there are no batches to evaluate.")
    return Evaluation(replace(sums, ranks=ranks), first.class_names, first.task, part, measurements=measurements)


def _chunks(batches: Iterable[tuple[ArrayLike, ArrayLike]], class_names: Sequence[str] | None) -> Iterator[Predictions]:
    """Join small batches until they fill a block; rows are numbered through the stream."""
    waiting: list[Predictions] = []
    seen = 0
    for y_true, y_prob in batches:
        n = len(np.asarray(y_prob))
        waiting.append(make_predictions(y_true, y_prob, class_names=class_names, ids=np.arange(seen, seen + n)))
        seen += n
        if sum(map(len, waiting)) >= BLOCK_ROWS:
            yield _checked_join(waiting)
            waiting = []
    if waiting:
        yield _checked_join(waiting)


def _checked_join(waiting: list[Predictions]) -> Predictions:
    shapes = {p.y_prob.shape[1:] for p in waiting}
    if len(shapes) > 1:
        raise UsageError(f"batches have {' and '.join(str(s) for s in sorted(shapes))} columns; expected the same.")
    return waiting[0] if len(waiting) == 1 else _joined_rows(waiting, None)


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
