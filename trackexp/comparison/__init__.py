"""Comparison: records in, what differs and which run to believe out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.comparison.comparing import Comparison, compare
from trackexp.comparison.entry import Entry, Excluded
from trackexp.comparison.verdict import Verdict

if TYPE_CHECKING:
    from trackexp.comparison.page import show_comparison

__all__ = ["Comparison", "Entry", "Excluded", "Verdict", "compare", "show_comparison"]


def __getattr__(name: str) -> object:
    if name == "show_comparison":  # rich is imported on first use
        from trackexp.comparison.page import show_comparison

        return show_comparison
    raise AttributeError(f"module 'trackexp.comparison' has no attribute {name!r}")
