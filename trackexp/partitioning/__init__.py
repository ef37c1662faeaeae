"""Rows into parts and folds, with the proof that nothing leaks between them."""

from __future__ import annotations

from trackexp.partitioning.checking import check_partition
from trackexp.partitioning.loading import read_partition
from trackexp.partitioning.report import PartitionReport
from trackexp.partitioning.result import Partition, partition_of_column
from trackexp.partitioning.rule import PartitionFinding, PartitionRule, partition_rules
from trackexp.partitioning.splitting import partition, read_parts

__all__ = [
    "Partition",
    "PartitionFinding",
    "PartitionReport",
    "PartitionRule",
    "check_partition",
    "partition",
    "partition_of_column",
    "partition_rules",
    "read_partition",
    "read_parts",
]
