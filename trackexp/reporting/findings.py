"""Findings as lines of text and as Markdown: without rich, as the live session speaks before a training starts."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from trackexp.record import Confidence, Finding, Severity
from trackexp.reporting.formats import printable
from trackexp.reporting.markdown import markdown_text

SYMBOLS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "i"}
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ANSI = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[33m", Severity.INFO: "\x1b[36m"}
_RESET = "\x1b[0m"
_GAP = " " * 6
_LEAST_WIDTH = 40  # columns; below it a wrapped message is harder to read than one that the terminal breaks itself


def finding_lines(finding: Finding, *, width: int = 120, colour: bool = False, hint: bool = False) -> str:
    """Return a finding as lines of at most `width` columns, without a newline at the end.

    Args:
        finding: To be said.
        width: Columns.
        colour: Whether ANSI colours mark its severity.
        hint: Whether the command that explains the rule stands behind the fix, or below where there is no room.

    >>> from trackexp.record import Finding, Severity
    >>> print(finding_lines(Finding("TX000", "too-blue", Severity.WARNING, "all of 3 pixels are blue", "add red")))
      epoch 0  ! TX000 too-blue  all of 3 pixels are blue
                 → add red
    """
    where = f"fit {finding.fit}, epoch {finding.epoch}" if finding.fit else f"epoch {finding.epoch}"
    begin, symbol = f"  {where}  ", SYMBOLS[finding.severity]
    indent = " " * len(f"{begin}{symbol} ")
    text = f"{finding.code} {finding.name}{_sure(finding)}  {printable(finding.message)}"
    lines = _wrapped(text, f"{begin}{symbol} ", indent, width)
    lines += _wrapped(printable(finding.fix), f"{indent}→ ", f"{indent}  ", width)
    if hint:
        command = f"trackexp explain {finding.code}"
        fits = len(lines[-1]) + len(_GAP) + len(command) <= width
        lines[-1:] = [f"{lines[-1]}{_GAP}{command}"] if fits else [lines[-1], f"{indent}  {command}"]
    if colour:
        head = f"{finding.code} {finding.name}"
        paint = _ANSI[finding.severity]
        lines[0] = lines[0].replace(f"{symbol} ", f"{paint}{symbol}{_RESET} ", 1)
        lines[0] = lines[0].replace(head, f"{paint}{head}{_RESET}", 1)
    return "\n".join(lines)


def _wrapped(text: str, begin: str, indent: str, width: int) -> list[str]:
    room = max(width, _LEAST_WIDTH)
    return wrap(
        text,
        room,
        initial_indent=begin,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def diagnoses_markdown(runs: Sequence[tuple[str, Sequence[Finding]]]) -> str:
    """Return a section for each run, with a table of its findings.

    >>> print(diagnoses_markdown([("sweet-fox-1", [])]))
    ### sweet-fox-1
    <BLANKLINE>
    Nothing was found.
    """
    return "\n\n".join(f"### {markdown_text(title)}\n\n{_markdown_table(findings)}" for title, findings in runs)


def _markdown_table(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing was found."
    rows = [
        f"| {f.severity} | {f.code} `{f.name}`{_sure(f)} | {markdown_text(f.message)} | {markdown_text(f.fix)} |"
        for f in findings
    ]
    return "\n".join(["| severity | rule | what was seen | what to do |", "|---|---|---|---|", *rows])


def _sure(finding: Finding) -> str:
    return " (likely)" if finding.confidence is Confidence.LIKELY else ""
