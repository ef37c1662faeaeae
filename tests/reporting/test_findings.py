from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.record import Finding, Severity
from trackexp.reporting import finding_lines

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [50, 80, 120])
def test_a_finding_is_wrapped_under_itself(findings: list[Finding], golden: Callable[[str, str], str], width: int):
    """Message and fix hang below their beginning."""
    long = Finding("TX101", "bce-on-categorical", Severity.ERROR, "loss " * 20, "fix " * 30)
    seen = "\n".join(finding_lines(finding, width=width) for finding in [*findings, long]) + "\n"

    assert golden(f"findings-{width}.txt", seen) == seen


@given(message=st.text(), fix=st.text(), width=st.integers(0, 200), severity=st.sampled_from(Severity))
def test_colour_changes_nothing_but_colour(message: str, fix: str, width: int, severity: Severity):
    """Without its escape sequences the coloured text is the plain one."""
    finding = Finding("TX101", "bce-on-categorical", severity, message, fix)
    plain, coloured = (finding_lines(finding, width=width, colour=colour) for colour in (False, True))

    assert plain == ANSI.sub("", coloured)
    assert plain != coloured


@given(message=st.text(), width=st.integers(40, 200))
def test_foreign_text_cannot_steer_the_terminal(message: str, width: int):
    """Control characters are written out, and no line but ours begins."""
    lines = finding_lines(Finding("TX101", "a-name", Severity.INFO, message, "fix"), width=width)

    assert all(char.isprintable() for char in lines.replace("\n", ""))
    assert all(line.startswith("  ") for line in lines.split("\n"))


@pytest.mark.parametrize(("width", "where"), [(120, 1), (50, -1)])
def test_the_command_that_explains_stands_behind_the_fix(width: int, where: int) -> None:
    """Or below it, where there is no room."""
    lines = finding_lines(Finding("TX101", "a-name", Severity.ERROR, "seen", "do it by hand"), width=width, hint=True)

    assert lines.splitlines()[where].endswith("trackexp explain TX101")
    assert all(len(line) <= width for line in lines.splitlines())
    assert lines.splitlines()[1].lstrip().startswith("→ do it by hand")
