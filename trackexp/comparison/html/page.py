"""The page of a comparison: the verdict first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.comparison.html.curves import curves_content
from trackexp.comparison.html.details import damage_content, details_content, findings_content, system_content
from trackexp.comparison.html.differences import differences_content
from trackexp.comparison.html.groups import groups_content, pareto_content
from trackexp.comparison.html.runs import excluded_content, runs_content
from trackexp.reporting import plural
from trackexp.reporting.html import Content, Page, Section, badge, paragraph

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison


def comparison_page(comparison: Comparison) -> Page:
    """Return the comparison as a page; parts that would be empty are left out."""
    parts: list[tuple[str, Content]] = [
        ("Runs", runs_content(comparison)),
        ("Groups", groups_content(comparison) if comparison.groups else None),
        ("Out of the contest", excluded_content(comparison)),
        ("Pareto", pareto_content(comparison) if comparison.pareto else None),
        ("Curves", curves_content(comparison)),
        ("What differs", differences_content(comparison)),
        ("Findings", findings_content(comparison)),
        ("Damage", damage_content(comparison)),
        ("Time and system", system_content(comparison)),
        ("Each run", details_content(comparison)),
    ]
    verdict = comparison.verdict
    return Page(
        f"{plural(len(comparison.entries), 'run')} by {comparison.metric}",
        "trackexp comparison",
        [paragraph(verdict.text), *(paragraph(badge("lost", "error"), f" {text}") for text in comparison.lost)],
        [Section(title, content) for title, content in parts if content is not None],
        lead_title="Verdict",
        tone="bad" if verdict.best is None or comparison.lost else "warn" if verdict.tied else "good",
    )
