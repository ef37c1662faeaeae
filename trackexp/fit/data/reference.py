"""How far small models come that need no training: what tells a hard problem from a training that is broken."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.arrays import class_ids
from trackexp.fit.data.samples import spread, take_sample
from trackexp.record.facts import ReferenceFacts

ROWS = 1_000
MIN_ROWS = 100
MAX_FEATURES = 256  # more are mixed at random into so many: distances stay, within some 10 %
MAX_WIDTH = 4_096  # of a row; of a wider one every k-th value is taken
MAX_CLASSES = 50
NEIGHBOURS = 5
RIDGE = 0.01
SHIFTS = (-2, -1, 1, 2)

Matrix = NDArray[np.float64]


@np.errstate(all="ignore")
def reference_of(x: Any, y: Any, stop: int | None = None, *, offsets: bool = True) -> ReferenceFacts | None:
    """Return the scores of ridge regression and nearest neighbours, each half of the rows for the other.

    None for what these models cannot read: several arrays, rows that are no numbers, targets that are neither classes
    nor one number a row, fewer than 100 rows.

    Args:
        x: One array of inputs.
        y: One array of targets.
        stop: Rows from here on are validation's.
        offsets: Whether there is time to see, where the scores are low, if rows and targets are out of step.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):  # on a busy machine its threads wait for each other: up to 80 times as long
        return _reference_of(x, y, stop, offsets)


def _reference_of(x: Any, y: Any, stop: int | None, offsets: bool) -> ReferenceFacts | None:
    found = _rows(x, y, stop, contiguous=False)
    if found is None:
        return None
    inputs, targets, classes = found
    linear, neighbours, balanced = _scores(inputs, targets, classes=classes)
    chance = float(targets.mean(axis=0).max()) if classes else 0.0
    facts = ReferenceFacts(
        kind="classes" if classes else "values",
        rows=len(inputs),
        chance=_short(chance),
        linear=_short(linear),
        neighbours=_short(neighbours),
    )
    if classes:
        facts["balanced"] = _short(balanced)
    if offsets and max(linear, neighbours) < chance + 0.2 * (1 - chance):
        shifted = _shifted(x, y, stop)
        if shifted:
            facts["shifted"] = shifted
    return facts


def _rows(x: Any, y: Any, stop: int | None, *, contiguous: bool) -> tuple[Matrix, Matrix, bool] | None:
    """Return inputs of shape (rows, features), targets as columns, and whether they are classes."""
    if not getattr(x, "shape", None) or not getattr(y, "shape", None):
        return None
    total = min(int(x.shape[0]), stop if stop is not None else int(x.shape[0]))
    if contiguous:
        total = min(total, ROWS)
    samples = [take_sample(array, 0, total) for array in (x, y)]
    if any(sample.layout != "dense" for sample in samples):
        return None
    inputs, targets = (sample.values for sample in samples)
    if inputs.dtype.kind not in "fiub" or targets.dtype.kind not in "fiub" or len(inputs) < MIN_ROWS:
        return None
    count = min(len(inputs), len(targets))
    if len(inputs) != len(targets):  # wide rows are sampled more thinly than targets: take the same ones of both
        chosen = spread(total, min(count, ROWS))
        inputs, targets = np.asarray(x[chosen]), np.asarray(y[chosen])
    elif count > ROWS:
        chosen = spread(count, ROWS)
        inputs, targets = inputs[chosen], targets[chosen]
    columns = _columns(targets)
    if columns is None:
        return None
    return _features(inputs), *columns


def _features(inputs: NDArray[Any]) -> Matrix:
    flat = inputs.reshape(len(inputs), -1)
    if flat.shape[1] > MAX_WIDTH:
        flat = flat[:, :: -(-flat.shape[1] // MAX_WIDTH)]
    rows = np.nan_to_num(flat.astype(np.float32), posinf=0.0, neginf=0.0)
    rows = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 1e-6)
    if rows.shape[1] > MAX_FEATURES:
        mixing = np.random.default_rng(0).standard_normal((rows.shape[1], MAX_FEATURES), dtype=np.float32)
        rows = rows @ (mixing / np.sqrt(MAX_FEATURES))
    return np.asarray(rows, dtype=np.float64)


def _columns(targets: NDArray[Any]) -> tuple[Matrix, bool] | None:
    ids = class_ids(targets)
    names = None if ids is None else np.unique(ids)
    if ids is not None and names is not None and 2 <= len(names) <= MAX_CLASSES and len(names) < len(ids) / 10:
        return (ids[:, None] == names).astype(np.float64), True
    if targets.reshape(len(targets), -1).shape[1] != 1 or not np.isfinite(targets).all() or targets.std() == 0:
        return None
    column = targets.reshape(-1, 1).astype(np.float64)
    return (column - column.mean()) / column.std(), False


def _scores(inputs: Matrix, targets: Matrix, *, classes: bool) -> tuple[float, float, float]:
    linear, neighbours = _answers(inputs, targets)
    if not classes:
        scores = [_explained(targets, answer) for answer in (linear, neighbours)]
        return scores[0], scores[1], max(scores)
    truth = targets.argmax(axis=1)
    right = [answer.argmax(axis=1) == truth for answer in (linear, neighbours)]
    recalls = [np.mean([hits[truth == name].mean() for name in np.unique(truth)]) for hits in right]
    return float(right[0].mean()), float(right[1].mean()), float(max(recalls))


def _answers(inputs: Matrix, targets: Matrix) -> tuple[Matrix, Matrix]:
    """Return what ridge regression and nearest neighbours say of each half of the rows, from the other half."""
    halves = (np.arange(len(inputs)) * (np.sqrt(5) - 1) / 2) % 1 < 0.5  # no pattern that classes may follow too
    linear, neighbours = np.zeros_like(targets), np.zeros_like(targets)
    for test in (halves, ~halves):
        linear[test] = _ridge(inputs[~test], targets[~test], inputs[test])
        neighbours[test] = _nearest(inputs[~test], targets[~test], inputs[test])
    return linear, neighbours


def _explained(targets: Matrix, answers: Matrix) -> float:
    """Return R² of targets whose mean is 0."""
    return 1 - float(((targets - answers) ** 2).sum()) / float((targets**2).sum())


def _ridge(inputs: Matrix, targets: Matrix, others: Matrix) -> Matrix:
    middle = targets.mean(axis=0)
    gram = inputs.T @ inputs + RIDGE * len(inputs) * np.eye(inputs.shape[1])
    return np.asarray(others @ np.linalg.solve(gram, inputs.T @ (targets - middle)) + middle)


def _nearest(inputs: Matrix, targets: Matrix, others: Matrix) -> Matrix:
    distances = (inputs**2).sum(axis=1) - 2 * others @ inputs.T  # the other's own square is the same in each row
    nearest = np.argpartition(distances, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    return np.asarray(targets[nearest].mean(axis=1))


def _shifted(x: Any, y: Any, stop: int | None) -> dict[str, float] | None:
    """Return the better score at each offset of the targets, on rows that follow one another.

    The inputs are the same at each: all offsets are columns of one problem, solved once.
    """
    found = _rows(x, y, stop, contiguous=True)
    if found is None:
        return None
    inputs, targets, classes = found
    offsets = (0, *SHIFTS)
    inner = slice(max(SHIFTS), len(inputs) + min(SHIFTS))  # where an offset leads round the end nothing is scored
    columns = np.concatenate([np.roll(targets, -offset, axis=0) for offset in offsets], axis=1)
    answers = [np.split(answer[inner], len(offsets), axis=1) for answer in _answers(inputs, columns)]
    scores: dict[str, float] = {}
    for offset, truth, *told in zip(offsets, np.split(columns[inner], len(offsets), axis=1), *answers, strict=True):
        if classes:
            right = [float((answer.argmax(axis=1) == truth.argmax(axis=1)).mean()) for answer in told]
        else:
            right = [_explained(truth, answer) for answer in told]
        scores[str(offset)] = _short(max(right))
    return scores


def _short(value: float) -> float:
    return float(f"{value:.4g}")
