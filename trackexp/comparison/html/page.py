"""The page of a comparison: the verdict first, then what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackexp.comparison.html.curves import curves_content
from trackexp.comparison.html.details import damage_content, details_content, findings_content, system_content
from trackexp.comparison.html.differences import differences_content
from trackexp.comparison.html.groups import groups_content, pareto_content
from trackexp.comparison.html.runs import excluded_content, runs_content
from trackexp.reporting import plural
from trackexp.reporting.html import Content, Page, Section, Tone, badge, element, paragraph

if TYPE_CHECKING:
    from trackexp.comparison.result import Comparison


def comparison_page(comparison: Comparison) -> Page:
    """Return the comparison as a page; parts that would be empty are left out."""
    runs: tuple[str, Content] = ("Runs", runs_content(comparison))
    groups: tuple[str, Content] = ("Groups", groups_content(comparison) if comparison.groups else None)
    parts: list[tuple[str, Content]] = [
        *((groups, runs) if comparison.verdict.best_group else (runs, groups)),
        ("Out of the contest", excluded_content(comparison)),
        ("Pareto", pareto_content(comparison) if comparison.pareto else None),
        ("Curves", curves_content(comparison)),
        ("What differs", differences_content(comparison)),
        ("Findings", findings_content(comparison)),
        ("Damage", damage_content(comparison)),
        ("Time and system", system_content(comparison)),
        ("Each run", details_content(comparison)),
    ]
    return Page(
        f"{plural(len(comparison.entries), 'run')} by {comparison.metric}",
        "trackexp comparison",
        [_verdict(comparison), *(paragraph(badge("lost", "error"), f" {text}") for text in comparison.lost)],
        [Section(title, content) for title, content in parts if content is not None],
        lead_title="Verdict",
        tone=_tone(comparison),
    )


def _verdict(comparison: Comparison) -> Content:
    """Return the verdict with what it names as the best in bold."""
    verdict = comparison.verdict
    name = verdict.best_group or (verdict.best.label if verdict.best else "")
    before, found, after = verdict.text.partition(name) if name else (verdict.text, "", "")
    return paragraph(before, element("strong", found) if found else None, after)


def _tone(comparison: Comparison) -> Tone:
    if comparison.verdict.best is None or comparison.lost:
        return "bad"
    return "warn" if comparison.verdict.tied else "good"
