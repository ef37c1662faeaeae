"""Findings as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from trackexp.record import Finding
from trackexp.reporting.formats import printable


def diagnoses_markdown(runs: Sequence[tuple[str, Sequence[Finding]]]) -> str:
    """Return a section for each run, with a table of its findings.

    >>> print(diagnoses_markdown([("sweet-fox-1", [])]))
    ### sweet-fox-1
    <BLANKLINE>
    Nothing was found.
    """
    return "\n\n".join(f"### {_cell(title)}\n\n{_table(findings)}" for title, findings in runs)


def _table(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing was found."
    rows = [f"| {f.severity} | {f.code} `{f.name}` | {_cell(f.message)} | {_cell(f.fix)} |" for f in findings]
    return "\n".join(["| severity | rule | what was seen | what to do |", "|---|---|---|---|", *rows])


def _cell(text: str) -> str:
    """Return foreign text that is no markup, and ends no cell."""
    plain = " ".join(printable(text).split())
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in plain)
