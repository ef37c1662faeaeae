"""Parts of disjoint rows, from batches, processes or machines, put together; and streams that are never held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import ArrayLike

from trackexp.errors import UsageError
from trackexp.evaluation.calibration.bins import check_bins
from trackexp.evaluation.classification.blocks import read_rows, truth_ranks
from trackexp.evaluation.classification.rank_counts import RankCounts, add_column, empty_rank_counts
from trackexp.evaluation.classification.sums import ClassificationSums
from trackexp.evaluation.kept.worst_rows import WorstRows, joined_outcomes, worst_rows
from trackexp.evaluation.predictions import BLOCK_ROWS, Predictions, joined_predictions, make_predictions
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
        rows = joined_predictions([e.data for e in found], part)
        outcomes = joined_outcomes([e.outcomes for e in found if e.outcomes is not None])
        return replace(first, sums=sums, part=part, rows=rows, outcomes=outcomes)
    sums = reduce(add, (_countable(e) for e in found))
    worst = [w for e in found if (w := worst_of(e)) is not None]
    kept = reduce(add, worst) if len(worst) == len(found) else None
    return replace(first, sums=sums, part=part, rows=None, outcomes=None, worst=kept)


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
    worst: WorstRows | None = None
    first = None
    for data in _chunks(batches, class_names):
        if data.task == "multilabel":
            raise UsageError("a batch has several labels a row; expected classes that exclude each other.")
        first = first or data
        if (data.class_names, data.task) != (first.class_names, first.task):
            raise UsageError(f"a batch has {data.n_classes} classes, the first {first.n_classes}; expected the same.")
        ranks = ranks or empty_rank_counts(data.n_classes)
        found, outcomes = read_rows(data, n_bins, mergeable=False)
        mine = worst_rows(data, outcomes)
        worst = mine if worst is None else worst + mine
        found = replace(found, truth_ranks=truth_ranks(data))
        for k, column in enumerate(data.columns.T):  # in place: adding the counts of every batch would cost far more
            add_column(ranks, k, column, data.y_true)
        sums = found if sums is None else sums + found
    if sums is None or first is None:
        raise UsageError("there are no batches to evaluate.")
    kept = worst and replace(worst, data=replace(worst.data, part=part))
    sums = replace(sums, ranks=ranks)
    return Evaluation(sums, first.class_names, first.task, part, measurements=measurements, worst=kept)


def worst_of(evaluation: Evaluation) -> WorstRows | None:
    """Return the errors worth keeping of a part, whether it kept its rows or not."""
    if evaluation.rows is None or evaluation.outcomes is None:
        return evaluation.worst
    return worst_rows(evaluation.rows, evaluation.outcomes)


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
    return waiting[0] if len(waiting) == 1 else joined_predictions(waiting, None)


def _countable(evaluation: Evaluation) -> ClassificationSums:
    """Return sums that hold counted scores, reading rows again where there are some."""
    if evaluation.rows is None or evaluation.sums.ranks is not None:
        return evaluation.sums
    return read_rows(evaluation.rows, evaluation.n_bins, mergeable=True)[0]
