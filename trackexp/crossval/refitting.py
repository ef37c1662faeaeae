"""The chosen setting trained once more on all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trackexp.crossval.folds import Fold, fold_seed, training
from trackexp.crossval.grid import check_function
from trackexp.crossval.randomness import seeded
from trackexp.session import Session
from trackexp.tracking import TrackOptions

if TYPE_CHECKING:
    from trackexp.crossval.result import CrossValidation


def refit(result: CrossValidation, train: Callable[..., Any], params: Mapping[str, Any]) -> Any:
    """Train a setting on all rows that any fold learned from or was scored on; see `CrossValidation.refit`."""
    check_function(train, [dict(params)])
    first = result.folds[0]
    rows = np.unique(np.concatenate([[*fold.learned, *fold.valid] for fold in result.folds])).astype(np.int64)
    inner = first.inner  # of the first fold: cut by the partition's rules, and held out here too
    seed = fold_seed(result.seed, len(result.folds))
    fold = Fold(np.setdiff1d(rows, inner), inner, rows[:0], 0, 1, seed, dict(params))
    config = {**params, "seed": seed, "partition": result.program.partition}
    options = TrackOptions(**{**result.program.tracking, "job_type": "refit", "config": config})
    session = Session(replace(options, name=None))
    try:
        with training(fold), seeded(seed):
            found = train(session.run, fold, **params)
    except BaseException as error:
        session.end(error)
        raise
    session.end()
    return found
