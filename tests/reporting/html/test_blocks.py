from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.record import Finding, Severity
from trackexp.reporting.html import Page, Section, diff_block, figures, findings_list

Parse = Callable[[str], Any]


def shown(content: Any) -> str:
    """Return the page that has this content alone."""
    return Page("t", "k", "x", [Section("s", content)]).to_html()


def test_lines_of_a_diff_are_told_apart_by_their_tags(parsed: Parse):
    """Added and removed are elements of their own, so that colour is not all that tells them."""
    diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n same\n-old\n-older\n+new\n"
    page = shown(diff_block(diff, "code"))

    assert "<del>-old\n-older\n</del><ins>+new\n</ins>" in page
    assert diff in parsed(page).text


def test_a_huge_diff_is_cut_and_says_so(parsed: Parse):
    """Somebody committed a data set."""
    page = shown(diff_block("\n".join("+" + "x" * 10_000 for _ in range(10_000)), "code"))

    assert "… and 9,600 lines more." in parsed(page).text
    assert len(page) < 250_000


def test_findings_have_severity_code_message_fix_and_whose_they_are(parsed: Parse):
    """In words, whatever the colour is."""
    finding = Finding("TX101", "bce-on-categorical", Severity.ERROR, "seen", "do this", fit=1, epoch=3)
    text = parsed(shown(findings_list([finding], ["dense, cnn"]))).text

    assert "error TX101 bce-on-categorical fit 1, epoch 3In dense, cnnseendo this" in text


def test_where_there_is_nothing_it_is_said_or_left_out():
    """No finding is an answer; no chart is none."""
    assert "No finding." in shown(findings_list([]))
    assert figures([]) is None
