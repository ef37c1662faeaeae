"""`evaluate` and its variants: from answers and probabilities to an evaluation, in one call or batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from trackexp.errors import UsageError
from trackexp.evaluation.arrays import as_array, column_names
from trackexp.evaluation.evaluated import ClassTask
from trackexp.evaluation.metrics.blocks import read_mended, truth_ranks
from trackexp.evaluation.metrics.calibration import check_bins
from trackexp.evaluation.metrics.rank_counts import RankCounts, add_column, empty_rank_counts
from trackexp.evaluation.metrics.sums import ClassificationSums
from trackexp.evaluation.multilabel import MultiLabelEvaluation, evaluate_labels
from trackexp.evaluation.predictions import BLOCK_ROWS, Predictions, Task, joined_predictions, make_predictions
from trackexp.evaluation.result import Evaluation
from trackexp.evaluation.worst_rows import WorstRows, worst_rows


@overload
def evaluate(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    task: Literal["multilabel"],
    class_names: Sequence[str] | None = ...,
    ids: ArrayLike | None = ...,
    inputs: Any = ...,
    groups: ArrayLike | None = ...,
    attributes: Mapping[str, ArrayLike] | None = ...,
    part: str | None = ...,
    source: str | None = ...,
    calibration_bins: int = ...,
    keep_rows: bool = ...,
    measurements: Mapping[str, float] | None = ...,
) -> MultiLabelEvaluation: ...


@overload
def evaluate(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    task: Literal["binary", "multiclass"] | None = ...,
    class_names: Sequence[str] | None = ...,
    ids: ArrayLike | None = ...,
    inputs: Any = ...,
    groups: ArrayLike | None = ...,
    attributes: Mapping[str, ArrayLike] | None = ...,
    part: str | None = ...,
    source: str | None = ...,
    calibration_bins: int = ...,
    keep_rows: bool = ...,
    measurements: Mapping[str, float] | None = ...,
) -> Evaluation: ...


def evaluate(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    task: Task | None = None,
    class_names: Sequence[str] | None = None,
    ids: ArrayLike | None = None,
    inputs: Any = None,
    groups: ArrayLike | None = None,
    attributes: Mapping[str, ArrayLike] | None = None,
    part: str | None = None,
    source: str | None = None,
    calibration_bins: int = 15,
    keep_rows: bool = True,
    measurements: Mapping[str, float] | None = None,
) -> Evaluation | MultiLabelEvaluation:
    """Evaluate the probabilities of a classifier; the shape decides how.

    One column (1-D) is the positive class of two; more are mutually exclusive classes, calibrated by the top
    label. With `y_true` of 0 and 1 `(n, n_classes)` every column stands alone: a `MultiLabelEvaluation`.

    Args:
        y_true: Class indices or names `(n,)`, or 0/1 `(n, n_classes)` for several labels per row.
        y_prob: Probabilities `(n,)` or `(n, n_classes)`, not logits; they are read, not copied.
        task: `"multilabel"` says it where the values alone could also be one-hot.
        class_names: In the order of the columns.
        ids: A name for each row `(n,)`.
        inputs: What the model saw, one a row.
        groups: Each row's group `(n,)`; intervals then resample groups, and slices are by group.
        attributes: What else is known of each row, by name, such as camera or hour; errors are sliced by it too.
        part: Such as `"valid"` or `"test"`.
        source: Where the rows come from.
        calibration_bins: Bins of equal width.
        keep_rows: False keeps sums alone, a few megabytes whatever the number of rows: for streams and other machines.
        measurements: Numbers to stand beside the metrics, such as `{"latency_ms": 1.2, "model_bytes": 4.0e6}`.

    Raises:
        UsageError: Shapes, labels or names that do not fit; probabilities that are none, by the ids of their rows.

    >>> result = evaluate([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> round(result.accuracy, 4), round(result.log_loss, 4)
    (0.6667, 0.4149)
    """
    data = make_predictions(
        y_true, y_prob, class_names=class_names, ids=ids, inputs=inputs, groups=groups, part=part, source=source,
        task=task, attributes=attributes,
    )  # fmt: skip
    if data.task == "multilabel":
        return evaluate_labels(data, 0.5, check_bins(calibration_bins), measurements)
    return evaluate_predictions(data, calibration_bins=calibration_bins, keep_rows=keep_rows, measurements=measurements)


def evaluate_predictions(
    data: Predictions,
    *,
    calibration_bins: int = 15,
    keep_rows: bool = True,
    measurements: Mapping[str, float] | None = None,
) -> Evaluation:
    """Evaluate `Predictions` of classes, as read from a file or made by a model."""
    if data.task == "multilabel":
        raise UsageError("these predictions have several labels per row; evaluate_multilabel takes their arrays.")
    data, sums, outcomes, _ = read_mended(data, check_bins(calibration_bins), mergeable=not keep_rows)
    rows = data if keep_rows else None
    kept = outcomes if keep_rows else None
    worst = None if keep_rows else worst_rows(data, outcomes)
    task: ClassTask = "binary" if data.task == "binary" else "multiclass"
    return Evaluation(sums, data.class_names, task, data.part, rows, kept, measurements, worst, data.notes)


def evaluate_multilabel(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    ids: ArrayLike | None = None,
    part: str | None = None,
    threshold: float = 0.5,
    calibration_bins: int = 15,
) -> MultiLabelEvaluation:
    """Evaluate several labels per row, each column a question of its own.

    Args:
        y_true: 0 or 1 `(n, n_classes)`.
        y_prob: Probabilities `(n, n_classes)`; rows need not sum to 1.
        class_names: In the order of the columns.
        ids: A name for each row `(n,)`.
        part: Such as `"test"`.
        threshold: A label is predicted above it.
        calibration_bins: Bins of equal width.

    >>> result = evaluate_multilabel([[1, 1], [0, 1]], [[0.9, 0.8], [0.2, 0.4]])
    >>> result.to_dict()["subset_accuracy"]
    0.5
    """
    data = make_predictions(y_true, y_prob, class_names=class_names, ids=ids, part=part, task="multilabel")
    return evaluate_labels(data, threshold, check_bins(calibration_bins))


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
    first = unit = None
    notes: dict[str, None] = {}
    for data in _chunks(batches, class_names):
        if data.task == "multilabel":
            raise UsageError("a batch has several labels per row; expected mutually exclusive classes.")
        first = first or data
        if (data.class_names, data.task) != (first.class_names, first.task):
            raise UsageError(f"a batch has {data.n_classes} classes, the first {first.n_classes}; expected the same.")
        ranks = ranks or empty_rank_counts(data.n_classes)
        data, found, outcomes, unit = read_mended(data, n_bins, mergeable=False, unit=unit)
        notes = dict.fromkeys([*notes, *data.notes])
        kept = worst_rows(data, outcomes)
        worst = kept if worst is None else worst + kept
        found = replace(found, truth_ranks=truth_ranks(data))
        for k, column in enumerate(data.columns.T):  # in place: adding the counts of every batch would cost far more
            add_column(ranks, k, column, data.y_true)
        sums = found if sums is None else sums + found
    if sums is None or first is None or first.task == "multilabel":
        raise UsageError("there are no batches to evaluate.")
    return Evaluation(
        replace(sums, ranks=ranks), first.class_names, first.task, part, measurements=measurements,
        worst=worst and replace(worst, data=replace(worst.data, part=part)), taken=tuple(notes),
    )  # fmt: skip


def _chunks(batches: Iterable[tuple[ArrayLike, ArrayLike]], class_names: Sequence[str] | None) -> Iterator[Predictions]:
    """Join small batches until they fill a block; rows are numbered through the stream."""
    waiting: list[Predictions] = []
    seen = 0
    for y_true, y_prob in batches:
        y_prob = as_array(y_prob, "y_prob") if column_names(y_prob) is None else y_prob
        n = len(y_prob)  # type: ignore[arg-type]
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
