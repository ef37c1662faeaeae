"""Evaluations of disjoint rows, from batches, processes or machines, put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from trackexp.errors import UsageError
from trackexp.evaluation.metrics.blocks import read_rows
from trackexp.evaluation.metrics.sums import ClassificationSums
from trackexp.evaluation.predictions import joined_predictions

if TYPE_CHECKING:
    from trackexp.evaluation.result import Evaluation
from trackexp.evaluation.worst_rows import WorstRows, joined_outcomes, worst_rows


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
    taken = tuple(dict.fromkeys(note for e in found for note in e.taken))
    if all(e.rows is not None for e in found):
        sums = reduce(add, (e.sums for e in found))
        rows = joined_predictions([e.data for e in found], part)
        outcomes = joined_outcomes([e.outcomes for e in found if e.outcomes is not None])
        return replace(first, sums=sums, part=part, rows=rows, outcomes=outcomes, taken=taken)
    sums = reduce(add, (_countable(e) for e in found))
    worst = [w for e in found if (w := worst_of(e)) is not None]
    kept = reduce(add, worst) if len(worst) == len(found) else None
    return replace(first, sums=sums, part=part, rows=None, outcomes=None, worst=kept, taken=taken)


def worst_of(evaluation: Evaluation) -> WorstRows | None:
    """Return the errors worth keeping of a part, whether it kept its rows or not."""
    if evaluation.rows is None or evaluation.outcomes is None:
        return evaluation.worst
    return worst_rows(evaluation.rows, evaluation.outcomes)


def _countable(evaluation: Evaluation) -> ClassificationSums:
    """Return sums that hold counted scores, reading rows again where there are some."""
    if evaluation.rows is None or evaluation.sums.ranks is not None:
        return evaluation.sums
    return read_rows(evaluation.rows, evaluation.n_bins, mergeable=True)[0]
