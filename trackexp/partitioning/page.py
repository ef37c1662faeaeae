"""The report of a partition as an HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from trackexp.partitioning.evidence import PairEvidence, PartitionEvidence, Shared
from trackexp.record import Finding, Severity
from trackexp.reporting import number, plural
from trackexp.reporting.html import Cell, Column, Content, Page, Section, figure, findings_list, note, paragraph, table

_TELLING = 10


def partition_page(evidence: PartitionEvidence, findings: Sequence[Finding], parts: pd.DataFrame) -> Page:
    """Return the page: what speaks against the partition first, then its sizes, pairs and features."""
    part = evidence.partition
    worst = [finding for finding in findings if finding.severity is not Severity.INFO]
    lead = (
        f"{plural(len(worst), 'finding')} speak against this partition."
        if worst
        else "Nothing that was looked at speaks against this partition."
    )
    sections: list[tuple[str, Content]] = [
        ("Findings", findings_list(list(findings)) if findings else paragraph("None.")),
        ("Parts", [_frame("Rows and classes of each part", parts.reset_index()), _left_out(evidence)]),
        ("Between parts", _pairs(evidence)),
        ("Single features", _features(evidence)),
    ]
    return Page(
        f"Partition of {plural(len(part), 'row')}",
        "trackexp partition",
        [paragraph(lead), paragraph(f"Digest {part.digest}.")],
        [Section(name, content) for name, content in sections if content],
        tone="bad" if any(finding.severity is Severity.ERROR for finding in worst) else "warn" if worst else "good",
    )


def _left_out(evidence: PartitionEvidence) -> Content:
    said = [f"{plural(count, 'row')} left out: {reason}." for reason, count in evidence.partition.left_out.items()]
    if evidence.deviation is not None and evidence.attainable is not None:
        said.append(f"Deviation from the shares {evidence.deviation:.3g}; attainable {evidence.attainable:.3g}.")
    return [note(text) for text in said]


def _pairs(evidence: PartitionEvidence) -> Content:
    if not evidence.pairs:
        return None
    heads = ["parts", "equal rows", "near-duplicates", "groups in both", "too late", "told apart (AUC)", "corrected p"]
    rows = [_pair(pair) for pair in evidence.pairs]
    columns = [Column(name, place > 0) for place, name in enumerate(heads)]
    return [
        table("Every two parts", columns, rows, hide_caption=True),
        note("A dash: not looked at, because the table has no such column, or too few rows or groups."),
    ]


def _pair(pair: PairEvidence) -> list[Cell | str]:
    def count(shared: Shared | None) -> Cell:
        return figure(None if shared is None else shared.count)

    area = None if pair.adversarial is None else pair.adversarial.area
    return [
        f"{pair.first} and {pair.second}", count(pair.rows), count(pair.near), count(pair.groups),
        figure(pair.later_rows), figure(area), figure(pair.p_value),
    ]  # fmt: skip


def _features(evidence: PartitionEvidence) -> Content:
    if not evidence.telling:
        return None
    frame = pd.DataFrame(evidence.telling[:_TELLING], columns=["feature", "tells the target"])
    return _frame("How well each feature alone tells the target", frame)


def _frame(caption: str, frame: pd.DataFrame) -> Content:
    numeric = [frame[name].dtype.kind in "fiu" for name in frame.columns]
    heads = [Column(str(name).replace("_", " "), kind) for name, kind in zip(frame.columns, numeric, strict=True)]
    rows = [[_cell(value) for value in line] for line in frame.itertuples(index=False, name=None)]
    return table(caption, heads, rows, hide_caption=True)


def _cell(value: Any) -> Cell | str:
    return figure(value, number(value)) if isinstance(value, int | float) else str(value)
