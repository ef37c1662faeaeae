"""Pages: one HTML file each, self-contained, in light and dark, for a mouse, a keyboard and a screen reader.

>>> page = Page("two runs", "Comparison", paragraph("Believe <dense>."), [Section("Runs", note("none"))])
>>> "Believe &lt;dense&gt;." in page.to_html(), page.to_html() == page.to_html()
(True, True)
"""

from __future__ import annotations

from trackexp.reporting.html.blocks import (
    badge,
    definitions,
    diff_block,
    figures,
    findings_list,
    folded,
    legend,
    note,
    paragraph,
    swatch,
)
from trackexp.reporting.html.notebook import in_notebook
from trackexp.reporting.html.page import Page, Section, Tone
from trackexp.reporting.html.pictures import Picture, gallery
from trackexp.reporting.html.tables import Cell, Column, Row, figure, table
from trackexp.reporting.svg.markup import Content, Element, element

__all__ = [
    "Cell",
    "Column",
    "Content",
    "Element",
    "Page",
    "Picture",
    "Row",
    "Section",
    "Tone",
    "badge",
    "definitions",
    "diff_block",
    "element",
    "figure",
    "figures",
    "findings_list",
    "folded",
    "gallery",
    "in_notebook",
    "legend",
    "note",
    "paragraph",
    "swatch",
    "table",
]
