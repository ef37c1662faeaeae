"""The report of a log as an HTML page: what is wrong first, then key metrics over the windows, then the columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trackexp.record import Finding, Severity
from trackexp.reporting import number, plural
from trackexp.reporting.html import (
    Cell,
    Column,
    Content,
    Page,
    Section,
    figure,
    figures,
    findings_list,
    note,
    paragraph,
    table,
)
from trackexp.reporting.svg import Line, histogram, line_chart

if TYPE_CHECKING:
    from trackexp.monitoring.report import WindowReport

_SHOWN = ("accuracy", "estimated_accuracy", "confidence", "largest_drift", "outside_range", "missing", "rows")
_MOST_COLUMNS = 30


def monitor_page(windows: Sequence[WindowReport], findings: Sequence[Finding], notes: Sequence[str]) -> Page:
    """Return the page."""
    alarms = [finding for finding in findings if finding.severity is not Severity.INFO]
    lead = f"{plural(len(alarms), 'finding')} speak against this model." if alarms else "Nothing speaks against it."
    about = [f"window {getattr(finding, 'window', '')}" for finding in findings]
    sections: list[tuple[str, Content]] = [
        ("Findings", findings_list(list(findings), about)),
        ("Over time", _over_time(windows)),
        ("Windows", _windows(windows)),
        ("Probabilities", _probabilities(windows)),
        ("Columns of the last window", _columns(windows)),
    ]
    return Page(
        f"Monitoring of {plural(len(windows), 'window')}",
        "trackexp monitor",
        [paragraph(lead), *(note(one) for one in notes)],
        [Section(name, content) for name, content in sections if content],
        tone="bad" if any(f.severity is Severity.ERROR for f in alarms) else "warn" if alarms else "good",
    )


def _over_time(windows: Sequence[WindowReport]) -> Content:
    if len(windows) < 2:
        return None
    places = list(range(1, len(windows) + 1))
    charts = []
    for name in _SHOWN:
        values = [window.metrics.get(name, float("nan")) for window in windows]
        if any(value == value for value in values):
            charts.append(line_chart([Line(name, places, values)], title=name.replace("_", " "), x_label="window"))
    return figures(charts)


def _windows(windows: Sequence[WindowReport]) -> Content:
    names = [name for name in _SHOWN if any(name in window.metrics for window in windows)]
    heads = [
        Column("window", False),
        *(Column(name.replace("_", " "), True) for name in names),
        Column("findings", True),
    ]
    rows: list[list[Cell | str]] = [
        [window.name, *(figure(window.metrics.get(name)) for name in names), figure(len(window.findings))]
        for window in windows
    ]
    return table("Key metrics of each window", heads, rows, hide_caption=True)


def _probabilities(windows: Sequence[WindowReport]) -> Content:
    """Return histograms of confidence: of the reference, and of the last window."""
    last = windows[-1].evidence if windows else None
    if last is None or last.table.probabilities is None or len(last.table) < 2:
        return None
    charts = [histogram(last.table.probabilities.max(axis=1), title="last window", x_label="largest probability")]
    held = last.reference.table
    if held is not None and held.probabilities is not None and len(held) > 1:
        charts.insert(0, histogram(held.probabilities.max(axis=1), title="reference", x_label="largest probability"))
    return figures(charts)


def _columns(windows: Sequence[WindowReport]) -> Content:
    if not windows or not windows[-1].evidence.changes:
        return None
    changes = sorted(windows[-1].evidence.changes.values(), key=lambda change: -change.effect)[:_MOST_COLUMNS]
    heads = ["column", "drift (σ)", "PSI", "p", "outside range", "missing", "unseen"]
    rows: list[list[Cell | str]] = [
        [change.name, figure(change.effect), figure(change.psi),
         figure(change.p_value, None if change.p_value is None else number(change.p_value)),
         figure(change.beyond), figure(change.missing), figure(change.unseen)]
        for change in changes
    ]  # fmt: skip
    columns = [Column(name, place > 0) for place, name in enumerate(heads)]
    return table("Each column against the reference", columns, rows, hide_caption=True)
