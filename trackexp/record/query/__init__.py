"""Filters, columns and orders of many runs: what a name stands for in a record, and a small language of conditions."""

from __future__ import annotations

from trackexp.record.query.filters import parse_filter
from trackexp.record.query.order import sort_key
from trackexp.record.query.thresholds import Threshold, parse_threshold
from trackexp.record.query.values import FIELDS, flattened, getter, nested, summary_value

__all__ = [
    "FIELDS",
    "Threshold",
    "flattened",
    "getter",
    "nested",
    "parse_filter",
    "parse_threshold",
    "sort_key",
    "summary_value",
]
