"""Which number is better."""

from __future__ import annotations

import math
from collections.abc import Iterable

from trackexp.comparison.entry import Entry


def ranking(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries with a finite number, the best first; equal ones by label."""
    having = [entry for entry in entries if math.isfinite(value_of(entry))]
    return sorted(having, key=lambda entry: (-merit_of(entry), entry.label, entry.id))


def value_of(entry: Entry) -> float:
    """Return the best value of the metric; NaN where there is none."""
    return math.nan if entry.best is None else entry.best.value


def merit_of(entry: Entry) -> float:
    """Return the value, turned so that more is better."""
    falling = entry.best is not None and entry.best.direction != "max"
    return -value_of(entry) if falling else value_of(entry)
