"""Comparison: records in, what differs and which run to believe out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp._lazy import attach
from trackexp.comparison.comparing import compare
from trackexp.comparison.contest import Contest
from trackexp.comparison.curves import Band, Curves
from trackexp.comparison.entry import Entry, Excluded, Measured
from trackexp.comparison.group import Group
from trackexp.comparison.pareto import ParetoRow
from trackexp.comparison.result import Comparison
from trackexp.comparison.verdict import Baseline, Verdict

if TYPE_CHECKING:
    from trackexp.comparison.terminal.page import show_comparison
else:  # rich is imported on first use
    __getattr__, __dir__ = attach(__name__, {"trackexp.comparison.terminal.page": ["show_comparison"]})

__all__ = [
    "Band",
    "Baseline",
    "Comparison",
    "Contest",
    "Curves",
    "Entry",
    "Excluded",
    "Group",
    "Measured",
    "ParetoRow",
    "Verdict",
    "compare",
    "show_comparison",
]
