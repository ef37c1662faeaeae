"""What can be counted and tested of a partition: between every two parts, of every part, of every feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.partitioning.balance import balance, deviation
from trackexp.partitioning.duplicates.rows import exact_duplicates, joined, near_duplicates
from trackexp.partitioning.features import feature_matrix, telling_features
from trackexp.partitioning.table import class_codes, target_kind
from trackexp.partitioning.timed import in_time_order
from trackexp.partitioning.units import group_codes, units_of
from trackexp.stats import Adversarial, adversarial_validation, holm
from trackexp.stats.adversarial import LEAST_ROWS

if TYPE_CHECKING:
    from trackexp.partitioning.result import Partition

Rows = NDArray[np.int64]
_EXAMPLES = 3
_LEAST_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Shared:
    """What two parts have in common of one kind: equal rows, near-duplicates, or groups.

    Args:
        count: Rows (or groups) of the later part that are in the earlier as well.
        share: The same as a share of the later part.
        examples: Pairs of positions, or names of groups.
    """

    count: int
    share: float
    examples: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """What is known of two parts; None where it could not be looked at.

    Args:
        first: The part that is earlier, or is learnt from.
        second: The other.
        rows: Rows that are equal in all features.
        near: Rows that are nearly equal, the equal ones among them.
        groups: Groups with rows in both.
        adversarial: How well a classifier tells them apart.
        p_value: Of that, after Holm's correction for all pairs of parts.
        later_rows: Rows of the first part that are later than the second part's first moment.
    """

    first: str
    second: str
    rows: Shared | None
    near: Shared | None
    groups: Shared | None
    adversarial: Adversarial | None
    p_value: float | None
    later_rows: int | None


@dataclass(frozen=True, eq=False)
class PartitionEvidence:
    """What the rules of the family TX7 judge.

    Args:
        partition: What it is of.
        counts: Rows of each class (or bin, or label) in each part, by name; None without a target.
        pairs: Every two parts.
        repeats: Share of the training part's rows that are equal to another one of it; None without features.
        near_repeats: The same of nearly equal ones.
        deviation: How far classes and sizes are from their shares; None without a target.
        attainable: The least deviation that was found for the same units.
        telling: Features that give the target away, with their area (or rank correlation) alone, the best first.
        feature_names: All features.
    """

    partition: Partition
    counts: pd.DataFrame | None
    pairs: tuple[PairEvidence, ...]
    repeats: float | None
    near_repeats: float | None
    deviation: float | None
    attainable: float | None
    telling: tuple[tuple[str, float], ...] | None
    feature_names: tuple[str, ...]

    @property
    def timed(self) -> bool:
        """Whether the parts follow each other in time by design."""
        return self.partition.table.time is not None


def gather(partition: Partition) -> PartitionEvidence:
    """Look at a partition from every side."""
    table, codes = partition.table, partition.codes
    order = [name for name in in_time_order(list(partition.names)) if (codes == partition.names.index(name)).any()]
    equal = exact_duplicates(table) if table.features else None
    near = near_duplicates(table) if table.features else None
    group = group_codes(table)
    matrix, names = feature_matrix(table)
    found = []
    for first, second in combinations(order, 2):
        a, b = (partition.names.index(name) for name in (first, second))
        found.append(
            PairEvidence(
                first, second, _crossing(equal, codes, a, b), _crossing(near, codes, a, b),
                None if group is None else _groups_in_both(group, table.group, codes, a, b),
                _told_apart(matrix, group, codes, a, b), None, _later_rows(table.time, codes, a, b),
            )
        )  # fmt: skip
    main = partition.names.index(order[0]) if order else -1
    off, least = _deviations(partition)
    return PartitionEvidence(
        partition=partition,
        counts=class_counts(partition),
        pairs=_corrected(found),
        repeats=_repeats(equal, codes, main),
        near_repeats=_repeats(near, codes, main),
        deviation=off,
        attainable=least,
        telling=None if table.target is None else telling_features(table),
        feature_names=tuple(names),
    )


def class_counts(partition: Partition) -> pd.DataFrame | None:
    """Return the rows of each class in each part; bins of numbers and labels likewise."""
    target = partition.table.target
    if target is None:
        return None
    column = pd.Series(partition.column).replace("", None)
    if target_kind(target) == "labels":
        frame = pd.DataFrame(target).groupby(column).sum().astype(int)
    else:
        codes, names = class_codes(target)
        frame = pd.crosstab(column, codes).rename(columns=dict(enumerate(names)))
    frame.index.name = frame.columns.name = None
    return frame.reindex([name for name in partition.names if name in frame.index])


def _crossing(pairs: Rows | None, codes: Rows, a: int, b: int) -> Shared | None:
    """Count the rows of part b that an equal row joins to part a."""
    if pairs is None:
        return None
    cluster = _clusters(pairs, len(codes))
    in_a = np.zeros(int(cluster.max()) + 1 if len(cluster) else 1, dtype=bool)
    in_a[cluster[codes == a]] = True
    hits = np.flatnonzero((codes == b) & in_a[cluster])
    rows_a = np.flatnonzero(codes == a)
    partner = dict(zip(cluster[rows_a][::-1].tolist(), rows_a[::-1].tolist(), strict=True)) if len(hits) else {}
    examples = tuple((partner[int(cluster[row])], int(row)) for row in hits[:_EXAMPLES])
    return Shared(len(hits), len(hits) / max(1, int((codes == b).sum())), examples)


def _clusters(pairs: Rows, n: int) -> Rows:

    return joined(pairs, np.arange(n))


def _repeats(pairs: Rows | None, codes: Rows, part: int) -> float | None:
    if pairs is None:
        return None
    rows = np.flatnonzero(codes == part)
    cluster = _clusters(pairs, len(codes))[rows]
    return float((np.bincount(cluster)[cluster] > 1).mean()) if len(rows) else None


def _groups_in_both(group: Rows, names: NDArray[Any] | None, codes: Rows, a: int, b: int) -> Shared:
    both = np.intersect1d(group[codes == a], group[codes == b])
    in_second = len(np.unique(group[codes == b]))
    assert names is not None
    examples = tuple(str(names[np.flatnonzero(group == code)[0]]) for code in both[:_EXAMPLES])
    return Shared(len(both), len(both) / max(1, in_second), examples)


def _told_apart(matrix: NDArray[np.float64], group: Rows | None, codes: Rows, a: int, b: int) -> Adversarial | None:
    first, second = np.flatnonzero(codes == a), np.flatnonzero(codes == b)
    if not matrix.shape[1] or min(len(first), len(second)) < 2 * LEAST_ROWS:
        return None
    groups = None
    if group is not None:
        groups = (group[first], group[second])
        if min(len(np.unique(of)) for of in groups) < _LEAST_GROUPS:
            return None
    return adversarial_validation(matrix[first], matrix[second], groups=groups)


def _later_rows(times: NDArray[Any] | None, codes: Rows, a: int, b: int) -> int | None:
    if times is None:
        return None
    return int((times[codes == a] >= times[codes == b].min()).sum())


def _corrected(pairs: list[PairEvidence]) -> tuple[PairEvidence, ...]:

    tested = [pair for pair in pairs if pair.adversarial is not None]
    p_values = [pair.adversarial.p_value for pair in tested if pair.adversarial is not None]
    values = holm(p_values).tolist() if tested else []
    corrected = dict(zip(map(id, tested), values, strict=True))
    return tuple(replace(pair, p_value=float(corrected[id(pair)])) if id(pair) in corrected else pair for pair in pairs)


def _deviations(partition: Partition) -> tuple[float | None, float | None]:
    """Return how far the parts are from their shares, and how far they would have to be."""
    table, codes = partition.table, partition.codes
    if table.target is None or not partition.names or (codes < 0).any():
        return None, None
    units = units_of(table, None, 0)
    shares = np.array([partition.rules["parts"][name] for name in partition.names])
    rows = units_of(replace(table, group=None, id=None, names={}), None, 0)
    own = deviation(rows.counts, shares, codes[np.argsort(rows.of_row)])
    return own, balance(units.counts, shares).deviation


def summary(evidence: PartitionEvidence) -> Mapping[str, Any]:
    """Return the evidence between parts as JSON-ready data."""
    return {
        f"{pair.first}/{pair.second}": {
            "rows": None if pair.rows is None else pair.rows.count,
            "near_duplicates": None if pair.near is None else pair.near.count,
            "groups": None if pair.groups is None else pair.groups.count,
            "adversarial_auc": None if pair.adversarial is None else pair.adversarial.area,
            "adversarial_interval": None if pair.adversarial is None else pair.adversarial.interval().to_dict(),
            "later_rows": pair.later_rows,
        }
        for pair in evidence.pairs
    }
