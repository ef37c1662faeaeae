"""What a training function returned → predictions of the scored rows, and their scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trackexp.crossval.task import Criterion
from trackexp.errors import UsageError, nearest
from trackexp.record import canonical_name
from trackexp.record.metric_names import Direction, direction_of

if TYPE_CHECKING:
    from trackexp.evaluation import Evaluation, MultiLabelEvaluation, RegressionEvaluation

SCORED = "test"  # how a run calls the rows that it is scored on, as W&B's metric keys have it
# Numbers of an evaluation whose better direction their name alone does not tell.
_FALLING = ("hamming_loss", "ace_bin_mean", "debiased_l2sq", "mce", "rmsce", "bias")


def criterion_of(metric: str) -> Criterion:
    """Return what settings are judged by, and which way is better.

    Args:
        metric: Such as `"f1_macro"` or `"val_loss"`; `"cost:min"` says which way is better.

    Raises:
        UsageError: It is no name, or its better direction is not known.

    >>> criterion_of("f1_macro")
    Criterion(metric='f1_macro', direction='max', key='test/f1_macro')
    >>> criterion_of("cost:min").direction
    'min'
    """
    if not isinstance(metric, str) or not metric:
        raise UsageError(f"metric={metric!r}; expected a name such as 'f1_macro'.")
    name, colon, way = metric.rpartition(":")
    direction: Direction | None
    if colon and way in ("min", "max"):
        direction = "min" if way == "min" else "max"
    else:
        name = metric
        direction = "min" if name in _FALLING or "_calibration" in name else direction_of(canonical_name(name))
    if direction is None:
        raise UsageError(
            f"metric={metric!r}: its name does not say whether lower or higher is better; "
            f"write {name}:min or {name}:max."
        )
    return Criterion(name, direction, f"{SCORED}/{canonical_name(name).rpartition('/')[2]}")


def encoded(target: Any) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """Return a target as scores need it, and the names of its classes (none where it holds numbers or labels).

    Class names and numbers become indices in sorted order; one-hot rows the index of their 1.

    >>> encoded(np.array(["b", "a", "b"]))
    (array([1, 0, 1]), ('a', 'b'))
    """
    from trackexp.partitioning.table import target_kind  # what a worker scores needs none of it

    if target is None:
        return None, ()
    values = np.asarray(target)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2:
        if not np.isin(values, (0, 1)).all():
            raise UsageError("a target of several columns must hold only 0 and 1: one label a column.")
        if (values.sum(axis=1) != 1).any():
            return values.astype(np.int8), ()
        return values.argmax(axis=1), tuple(str(i) for i in range(values.shape[1]))
    if target_kind(values) == "numbers":
        return values.astype(np.float64), ()
    names, codes = np.unique(values if values.dtype.kind != "O" else values.astype(str), return_inverse=True)
    return codes, tuple(str(name) for name in names.tolist())


def evaluate_answer(
    truth: NDArray[Any], answer: NDArray[Any], class_names: tuple[str, ...], groups: NDArray[Any] | None = None,
    ids: NDArray[Any] | None = None,
) -> Evaluation | MultiLabelEvaluation | RegressionEvaluation:  # fmt: skip
    """Return the evaluation of answers for rows whose encoded truth is known.

    Args:
        truth: As `encoded` gives it, of the same rows.
        answer: As `answer_array` gives it.
        class_names: As `encoded` gives them.
        groups: Each row's group `(n,)`.
        ids: Each row's name `(n,)`.
    """
    from trackexp.evaluation import evaluate, evaluate_regression

    if class_names:
        known: Any = evaluate(
            truth, answer, class_names=class_names, part="valid", groups=groups, ids=ids,
            task="binary" if answer.ndim == 1 else "multiclass",
        )  # fmt: skip
        return known  # type: ignore[no-any-return]
    if truth.ndim == 2:
        return evaluate(truth, answer, task="multilabel", part="valid", groups=groups, ids=ids)
    return evaluate_regression(truth, answer, part="valid", ids=ids)


def numbers_of(evaluation: Any) -> dict[str, float]:
    """Return the headline numbers of an evaluation by name."""
    numbers = getattr(evaluation, "numbers", None)
    found: Mapping[str, Any] = numbers if isinstance(numbers, Mapping) else evaluation.to_dict()
    skipped = ("schema", "n", "n_absent", "threshold", "mape_n_left_out")
    return {
        name: float(value)
        for name, value in found.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in skipped
    }


def answer_array(answer: Any, n: int, class_names: tuple[str, ...], width: int | None, title: str) -> NDArray[Any]:
    """Return what was answered for the scored rows as an array, checked.

    Args:
        answer: Probabilities, numbers, or `Predictions`.
        n: How many rows are scored.
        class_names: Of the target.
        width: Labels of a multi-label target; None for others.
        title: Of the fold, for messages.

    Raises:
        UsageError: It has another number of rows or classes.
    """
    values = np.asarray(getattr(answer, "y_prob", answer))
    if values.dtype.kind not in "fiub":
        raise UsageError(
            f"{title} returned a {type(answer).__name__}; expected probabilities (n_valid, K), Predictions, "
            "or a mapping of scores."
        )
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim not in (1, 2) or len(values) != n:
        raise UsageError(
            f"{title} returned predictions of shape {values.shape}; expected one a scored row, ({n:,}, …): "
            "predict x[fold.valid]."
        )
    columns = 1 if values.ndim == 1 else values.shape[1]
    expected = len(class_names) or width or 1
    if columns != expected and not (columns == 1 and expected == 2 and class_names):
        which = f" ({', '.join(class_names[:10])})" if class_names else ""
        raise UsageError(
            f"{title} returned {columns} column(s); expected {expected}, one a class{which}. "
            "A model must have an output for every class, also for one that its training rows lack."
        )
    return values


def score_of(scores: Mapping[str, float], criterion: Criterion, title: str) -> float:
    """Return the criterion among the scores, by any of its names.

    Raises:
        UsageError: It is not there, or not a finite number.
    """
    by_name = {canonical_name(name): name for name in reversed(list(scores))}
    name = criterion.metric if criterion.metric in scores else by_name.get(canonical_name(criterion.metric))
    if name is None:
        there = ", ".join(scores) or "none"
        raise UsageError(
            f"{title} has no metric {criterion.metric!r}{nearest(criterion.metric, scores)}; it has {there}."
        )
    value = float(scores[name])
    if not math.isfinite(value):
        raise UsageError(f"{title}: {criterion.metric} is {value}; expected a finite number.")
    return value
