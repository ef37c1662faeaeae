"""The order of runs by any value that they have."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from trackexp.record.query.values import getter
from trackexp.record.run_record import RunRecord

Key = tuple[int, Any]


def sort_key(name: str) -> tuple[Callable[[RunRecord], Key], bool]:
    """Return key and direction of an order such as `val/loss` or `-val/accuracy`; runs without a value come last.

    >>> key, descending = sort_key("-summary.acc")
    >>> runs = [RunRecord("a", summary={"acc": 0.1}), RunRecord("b"), RunRecord("c", summary={"acc": 0.9})]
    >>> [run.id for run in sorted(runs, key=key, reverse=descending)]
    ['c', 'a', 'b']

    Raises:
        FilterError: No record has anything of this name.
    """
    descending = name.startswith("-")
    value_of = getter(name.removeprefix("-").removeprefix("+"))

    def key(record: RunRecord) -> Key:
        value = value_of(record)
        if isinstance(value, int | float) and not math.isnan(value):
            rank, value = 0, float(value)
        elif isinstance(value, str) and value:
            rank = 1
        else:
            rank, value = 2, 0
        return -rank if descending else rank, value

    return key, descending
