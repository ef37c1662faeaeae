"""Classes or columns that seem exchanged: numbers that are worse than chance could make them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

FAR_BELOW = 0.4  # an area under the ROC curve up to here is suspected, if chance does not explain it
SURE = 4.0  # standard deviations below 0.5
LEAST_GAIN = 0.1  # of the accuracy, by exchanging columns
_MOST_CLASSES = 2000  # the assignment takes their number cubed


def swapped_columns(confusion: NDArray[np.int64], names: tuple[str, ...]) -> str | None:
    """Return a remark where most rows of two or more classes are predicted as one another's; None otherwise.

    >>> swapped_columns(np.array([[1, 9, 0], [8, 2, 0], [0, 0, 9]]), ("a", "b", "c"))[:58]
    'most rows of a, b are taken for one another: in this order'
    """
    if len(names) > _MOST_CLASSES or not confusion.sum():
        return None
    _, columns = linear_sum_assignment(-confusion)
    support = confusion.sum(axis=1)
    moved = [k for k in range(len(names)) if columns[k] != k and support[k]]
    if len(moved) < 2 or any(2 * confusion[k, columns[k]] <= support[k] for k in moved):
        return None
    right, could = int(np.trace(confusion)), int(confusion[np.arange(len(names)), columns].sum())
    if (could - right) / confusion.sum() < LEAST_GAIN:
        return None
    shown = ", ".join(names[k] for k in moved[:10]) + (" …" if len(moved) > 10 else "")
    return (
        f"most rows of {shown} are taken for one another: in this order {right / confusion.sum():.1%} are right, with "
        f"these columns exchanged {could / confusion.sum():.1%} would be; are class_names in the order of the columns?"
    )


def swapped_sides(area: float, positives: int, negatives: int) -> str | None:
    """Return a remark where an area under the ROC curve is far below one half; None otherwise.

    The deviation is that of the rank sum when scores tell nothing, √((p + q + 1) / 12 p q) for p and q rows.

    >>> swapped_sides(0.03, 50, 50)[:41], swapped_sides(0.45, 50, 50)
    ('the area under the ROC curve is 0.030, fa', None)
    """
    if not (positives and negatives) or not area <= FAR_BELOW:
        return None
    deviation = math.sqrt((positives + negatives + 1) / (12 * positives * negatives))
    if (0.5 - area) / deviation < SURE:
        return None
    return (
        f"the area under the ROC curve is {area:.3f}, far below 0.5: the scores rank the classes the wrong way round. "
        "Are they the probability of the other class, or are the labels exchanged?"
    )
