"""Which settings are hopeless after some folds: by their out-of-fold rows, in pairs with the best one's.

Folds are too few for a test of their own (five give Wilcoxon nothing better than p = .0625), and rows are many. A
setting is given up where its mean loss is larger than the best one's by more than chance, p < .01 after Holm and
one-sided; rows of one group count as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from trackexp.crossval.judging.pooled import Pooled
from trackexp.crossval.ledger import Entry, Storage
from trackexp.crossval.plan import Plan
from trackexp.reporting import number
from trackexp.stats import holm

FIRST_FOLDS = 2  # done before anything is given up
LEVEL = 0.01


def hopeless(plan: Plan, storage: Storage, index: int) -> dict[int, str]:
    """Return the settings to give up before a fold begins, with the reason.

    What was given up before earlier folds is found again in the same way, so that a resumed cross-validation gives up
    the same settings.

    Args:
        plan: What is cross-validated.
        storage: With all folds before this one.
        index: The fold that is to begin.
    """
    entries = plan.finished(storage.done())
    gone: dict[int, str] = {}
    for before in range(FIRST_FOLDS, index + 1):
        active = [
            setting
            for setting in range(len(plan.settings))
            if setting not in gone and all(_has_answer(entries, setting, fold) for fold in range(before))
        ]
        if len(active) > 1:
            gone |= _worse(plan, storage, entries, active, before)
    return gone


def _has_answer(entries: dict[tuple[int, int], Entry], setting: int, fold: int) -> bool:
    return (setting, fold) in entries and entries[setting, fold].has_answer


def _worse(
    plan: Plan, storage: Storage, entries: dict[tuple[int, int], Entry], active: Sequence[int], folds: int
) -> dict[int, str]:
    if plan.program.target is None:
        return {}
    rows = np.concatenate([plan.folds[fold].valid for fold in range(folds)])
    answers = [
        np.concatenate([storage.answer(entries[setting, fold].key) for fold in range(folds)]) for setting in active
    ]
    pooled = Pooled(plan.program.target[rows], answers, plan.program.class_names, plan.program.criterion)
    losses = pooled.losses
    best = int(np.argmin([loss.mean() for loss in losses]))
    groups = None if plan.row_groups is None else plan.row_groups[rows]
    others = [place for place in range(len(active)) if place != best]
    p_values = holm([worse_p_value(losses[place] - losses[best], groups) for place in others])
    return {
        active[place]: (
            f"after {folds} folds its out-of-fold rows lose {number(losses[place].mean())} on average, those of the "
            f"best {number(losses[best].mean())} (p {number(float(p))})"
        )
        for place, p in zip(others, p_values, strict=True)
        if p < LEVEL
    }


def worse_p_value(differences: NDArray[np.float64], groups: NDArray[np.int64] | None = None) -> float:
    """Return the p-value of a mean difference above 0, one-sided, by Student's t over rows or over sums of groups.

    Args:
        differences: Loss of a setting minus the best one's, by row `(n,)`.
        groups: Each row's group `(n,)`.

    >>> worse_p_value(np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0])) < 0.01
    True
    """
    x = differences if groups is None else np.bincount(np.unique(groups, return_inverse=True)[1], weights=differences)
    if x.size < 2:
        return 1.0
    error = float(x.std(ddof=1)) / math.sqrt(x.size)
    if error == 0:
        return 0.0 if x.mean() > 0 else 1.0
    return float(stats.t.sf(float(x.mean()) / error, x.size - 1))
