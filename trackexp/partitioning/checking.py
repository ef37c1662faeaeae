"""`check_partition`: the report of anybody's split."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from trackexp.partitioning.report import PartitionReport
from trackexp.partitioning.result import partition_of_column


def check_partition(
    frame: Any,
    part: str | ArrayLike,
    *,
    target: str | ArrayLike | None = None,
    group: str | ArrayLike | None = None,
    time: str | ArrayLike | None = None,
    id: str | ArrayLike | None = None,  # noqa: A002 - the field's word
) -> PartitionReport:
    """Return the report of a split that is there already, whoever made it.

    Args:
        frame: A DataFrame (pandas, polars), a table of pyarrow, or a mapping of arrays.
        part: The part of each row: the name of a column, or an array; an empty name leaves a row out.
        target: Here as below the name of a column, or an array.
        group: What must stay in one part.
        time: Parts that are to follow each other in time are checked for it.
        id: No feature.

    Raises:
        UsageError: There is no such column, or fewer than two parts are in it.

    >>> report = check_partition({"x": [1, 2, 3, 1], "part": ["train", "train", "train", "test"]}, "part")
    >>> [finding.name for finding in report.findings if finding.severity == "error"]
    ['rows-in-two-parts']
    """
    return partition_of_column(frame, part, target=target, group=group, time=time, id=id).report()
