"""The final report of a project or a model: one model of it, written as a page and as a model card."""

from __future__ import annotations

from trackexp.registry.report.sections import Code, Report, ReportSection, Table, Words, report_of
from trackexp.registry.report.words import read_words
from trackexp.registry.report.writing import to_html, to_markdown

__all__ = [
    "Code",
    "Report",
    "ReportSection",
    "Table",
    "Words",
    "read_words",
    "report_of",
    "to_html",
    "to_markdown",
]
