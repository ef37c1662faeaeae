"""From a partition or a number of folds to the rows of each fold, the inner ones cut by the same rules."""

from __future__ import annotations

import logging
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from trackexp.crossval.folds import Fold, Rows, fold_seed
from trackexp.errors import UsageError
from trackexp.partitioning import Partition, partition

INNER_SHARE = 0.15  # of a fold's training rows, as `partition`'s usual share of validation rows

logger = logging.getLogger("trackexp")


def partition_of(given: Any, target: ArrayLike | None, groups: ArrayLike | None, seed: int) -> Partition:
    """Return the partition that is cross-validated over.

    Args:
        given: A partition with folds, or a number of folds.
        target: One value a row; needed where a number is given.
        groups: What keeps rows together, where a number is given.
        seed: Of the folds, where a number is given.

    Raises:
        UsageError: It is neither, has no folds, or does not fit the target.
    """
    n = None if target is None else len(np.asarray(target))
    if isinstance(given, Partition):
        if given.fold is None:
            raise UsageError("the partition has no folds; make it with partition(…, folds=5).")
        if n is not None and n != len(given):
            raise UsageError(f"target has {n:,} values, and the partition {len(given):,} rows; expected one a row.")
        if groups is not None:
            raise UsageError("the partition knows its groups already; pass group= to partition(…) instead.")
        return given
    if isinstance(given, bool) or not isinstance(given, int | np.integer):
        raise UsageError(f"part_or_k={given!r:.80}; expected a partition with folds, or a number of folds such as 5.")
    if n is None:
        raise UsageError(f"part_or_k={given} is a number of folds; pass target=, one value a row, to cut them from.")
    return partition(n, folds=int(given), target=np.asarray(target), group=groups, seed=seed)


def folds_of(part: Partition, seed: int) -> list[Fold]:
    """Return the folds of a partition, each with its inner rows.

    Raises:
        UsageError: A fold has no row to train on, or none to be scored on.
    """
    found = []
    pairs = part.folds()
    for index, (learned, valid) in enumerate(pairs):
        if not len(learned) or not len(valid):
            what = "train on" if not len(learned) else "be scored on"
            raise UsageError(f"fold {index} has no row to {what}; expected fewer folds than {len(pairs)}.")
        own = fold_seed(seed, index)
        train, inner = _cut(part, learned, own)
        found.append(Fold(train, inner, valid, index, len(pairs), own))
    return found


def _cut(part: Partition, learned: Rows, seed: int) -> tuple[Rows, Rows]:
    """Cut a fold's rows into those to train on and the inner ones: in time the last, by group whole groups."""
    table = part.table
    roles = {
        name: values[learned]
        for name in ("target", "group", "time", "id")
        if (values := getattr(table, name)) is not None
    }
    if roles.get("time") is not None and roles["time"].dtype.kind == "i":
        roles["time"] = roles["time"].view("datetime64[ns]")
    together = part.rules.get("duplicates") == "together"
    frame: Any = {name: values[learned] for name, values in table.features.items()} if together else len(learned)
    shares = {"train": 1 - INNER_SHARE, "valid": INNER_SHARE}
    by: Literal["hash", "balance"] = (
        "hash" if part.rules["by"] == "hash" and ("id" in roles or "group" in roles) else "balance"
    )
    gap = part.rules.get("gap") if "time" in roles else None
    try:
        cut = partition(
            frame, shares, by=by, gap=gap, duplicates="together" if together else "ignore", seed=seed, **roles
        )
    except UsageError as error:  # one group, or too few rows: a fold without inner rows still trains
        logger.debug("no inner rows for the fold: %s", error)
        return learned, learned[:0]
    return learned[cut["train"]], learned[cut["valid"]]
