"""Filters, columns and orders of many runs: what a name stands for in a record, and a small language of conditions."""

from __future__ import annotations

from trackexp.record.query.filters import parse_filter
from trackexp.record.query.order import sort_key
from trackexp.record.query.values import FIELDS, flattened, getter, nested, summary_value

__all__ = ["FIELDS", "flattened", "getter", "nested", "parse_filter", "sort_key", "summary_value"]
