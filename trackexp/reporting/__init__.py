"""Reporting: records and results as text for people and as JSON for programs.

Rich is imported on first use, because a live session only needs `finding_lines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp._lazy import attach
from trackexp.reporting.findings import STYLES, SYMBOLS, finding_lines
from trackexp.reporting.formats import (
    csv_line,
    duration,
    guarded_frame,
    json_ready,
    number,
    plural,
    printable,
    shorten,
    size,
    to_json,
    value_text,
)
from trackexp.reporting.gaps import Gap
from trackexp.reporting.run_data import best_to_dict, damage_to_list, run_to_dict

if TYPE_CHECKING:
    from trackexp.reporting.run_page import show_findings, show_run
    from trackexp.reporting.terminal import console, heading, paragraph, table
else:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.reporting.run_page": ["show_findings", "show_run"],
            "trackexp.reporting.terminal": ["console", "heading", "paragraph", "table"],
        },
    )

__all__ = [
    "STYLES",
    "SYMBOLS",
    "Gap",
    "best_to_dict",
    "console",
    "csv_line",
    "damage_to_list",
    "duration",
    "finding_lines",
    "guarded_frame",
    "heading",
    "json_ready",
    "number",
    "paragraph",
    "plural",
    "printable",
    "run_to_dict",
    "shorten",
    "show_findings",
    "show_run",
    "size",
    "table",
    "to_json",
    "value_text",
]
