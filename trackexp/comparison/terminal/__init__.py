"""Comparisons as people read them on a terminal; rich is imported when the first one is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp._lazy import attach

if TYPE_CHECKING:
    from trackexp.comparison.terminal.diff_page import show_diff
    from trackexp.comparison.terminal.page import show_comparison
else:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.comparison.terminal.diff_page": ["show_diff"],
            "trackexp.comparison.terminal.page": ["show_comparison"],
        },
    )

__all__ = ["show_comparison", "show_diff"]
