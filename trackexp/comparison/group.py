"""What the runs of one group reached together."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from trackexp.comparison.curves import series_of
from trackexp.comparison.eligibility import merit_of, value_of
from trackexp.comparison.entry import Entry, named
from trackexp.comparison.grouping import Grouping, fold_of, replicate_of
from trackexp.record import dotted
from trackexp.stats import Interval, bootstrap_interval, nadeau_bengio_interval, t_interval

IntervalMethod = Literal["t", "bootstrap"]
_FOLD_COUNTS = ("folds", "n_folds", "num_folds", "k_folds", "n_splits", "k_fold", "kfold", "cv")
_DUPLICATE = 3  # values that a curve needs before being equal to another says anything


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that repeat each other, and the metric over them.

    Args:
        label: What they share, as text.
        values: What they share, by name.
        entries: Those that count: neither disqualified, nor set apart, nor a duplicate of another; the best first.
        left_out: Ids of the runs of the group that do not count.
        interval: Of the mean; unbounded where there is one run.
        test_share: Test over training rows where the runs are folds, else 0.
    """

    label: str
    values: Mapping[str, Any]
    entries: tuple[Entry, ...]
    left_out: tuple[str, ...]
    interval: Interval
    test_share: float = 0.0

    @property
    def scores(self) -> tuple[float, ...]:
        """The metric of each run that counts."""
        return tuple(value_of(entry) for entry in self.entries)

    @property
    def n(self) -> int:
        """How many runs count."""
        return len(self.entries)

    @property
    def mean(self) -> float:
        """Mean of the metric; NaN where no run counts."""
        return float(np.mean(self.scores)) if self.entries else math.nan

    @property
    def sd(self) -> float:
        """Standard deviation over the runs; NaN where fewer than two count."""
        return float(np.std(self.scores, ddof=1)) if self.n > 1 else math.nan

    @property
    def merit(self) -> float:
        """The mean, turned so that more is better."""
        return float(np.mean([merit_of(entry) for entry in self.entries])) if self.entries else -math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return the group as JSON-ready data."""
        known = self.n > 0
        return {
            "label": self.label,
            "values": dict(self.values),
            "runs": [named(entry) for entry in self.entries],
            "left_out": list(self.left_out),
            "n": self.n,
            "mean": self.mean if known else None,
            "sd": self.sd if self.n > 1 else None,
            "interval": self.interval.to_dict() if self.n > 1 else None,
            "min": min(self.scores) if known else None,
            "max": max(self.scores) if known else None,
        }


def groups_of(
    grouping: Grouping | None, entries: Sequence[Entry], eligible: Sequence[Entry], method: IntervalMethod = "t"
) -> tuple[Group, ...]:
    """Return the groups, the best mean first; those without a run that counts last."""
    if grouping is None:
        return ()
    counted = {entry.id: entry for entry in eligible}
    share = test_share(eligible)
    found = []
    for label, runs in grouping.members.items():
        members = _without_duplicates([counted[run] for run in runs if run in counted])
        ranked = tuple(sorted(members, key=lambda entry: (-merit_of(entry), entry.label, entry.id)))
        kept = {entry.id for entry in ranked}
        out = tuple(entry.id for entry in entries if entry.id in runs and entry.id not in kept)
        of_folds = share if all(fold_of(entry.record) is not None for entry in ranked) else 0.0
        interval = _interval([value_of(entry) for entry in ranked], of_folds, method)
        found.append(Group(label, grouping.values[label], ranked, out, interval, of_folds))
    return tuple(sorted(found, key=lambda group: (-group.merit, group.label)))


def test_share(entries: Sequence[Entry]) -> float:
    """Return test over training rows, 1 / (k - 1), of runs that are folds; 0 where they are none.

    k is what their config says of it, else the number of folds that are here.
    """
    folds = {fold for entry in entries if (fold := fold_of(entry.record)) is not None}
    if not folds:
        return 0.0
    told = [
        value
        for entry in entries
        for key, value in dotted(entry.record.settings).items()
        if key.rsplit(".", 1)[-1].lower() in _FOLD_COUNTS and isinstance(value, int) and value >= len(folds)
    ]
    return 1 / (max(told[0] if told else len(folds), 2) - 1)


test_share.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's, in spite of its name


def _interval(values: Sequence[float], share: float, method: IntervalMethod) -> Interval:
    if not values:
        return Interval(-math.inf, math.inf, 0.95, "none")
    if share:
        return nadeau_bengio_interval(values, share)
    if method == "bootstrap" and len(values) > 1:
        array = np.array(values)
        return bootstrap_interval(lambda rows: float(array[rows].mean()), len(values), n_resamples=4000)
    return t_interval(values)


def _without_duplicates(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out runs that are another one again, value by value: they are no second draw."""
    kept: dict[object, Entry] = {}
    for entry in sorted(entries, key=_age):
        series = None if entry.best is None else series_of(entry.record, entry.best.metric)
        same = entry.id if series is None or len(series) < _DUPLICATE else series.values.tobytes()
        kept.setdefault(same, entry)
    return list(kept.values())


def _age(entry: Entry) -> tuple[float, str]:
    started = entry.record.started_at
    return (started.timestamp() if started else math.inf, entry.id)


def pairs_of(first: Group, second: Group) -> list[tuple[Entry, Entry]]:
    """Return the runs of two groups that share their seed, fold or repetition; empty where not all of one group do."""
    by_replicate: list[dict[Hashable, Entry]] = []
    for group in (first, second):
        known: dict[Hashable, Entry] = {
            replicate: entry for entry in group.entries if (replicate := replicate_of(entry.record))
        }
        if len(known) < group.n:  # some do not say, or two are the same repetition: nothing tells which pairs
            return []
        by_replicate.append(known)
    shared = [key for key in by_replicate[0] if key in by_replicate[1]]
    if len(shared) < 2 or len(shared) < min(first.n, second.n):
        return []
    return [(by_replicate[0][key], by_replicate[1][key]) for key in shared]
