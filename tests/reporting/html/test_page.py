from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp.errors import UsageError
from trackexp.record import Finding, Severity
from trackexp.reporting.html import (
    Column,
    Page,
    Section,
    definitions,
    diff_block,
    figure,
    figures,
    findings_list,
    folded,
    note,
    paragraph,
    table,
)
from trackexp.reporting.svg import Line, line_chart

Parse = Callable[[str], Any]
EVIL = '"><script>alert(1)</script><img src="https://example.org/x.png" onerror=alert(1)>'


def small() -> Page:
    """A page with one of each part."""
    finding = Finding("TX000", "too-blue", Severity.WARNING, "all of 3 pixels are blue", "add red", epoch=2)
    rows = [["dense", figure(0.25), "finished"], ["cnn", figure(None), "failed"]]
    return Page(
        "2 runs by val/loss",
        "trackexp comparison",
        paragraph("Believe dense."),
        [
            Section("Runs", table("The runs", ["run", Column("val/loss", True, "ascending"), "state"], rows)),
            Section("Curves", figures([line_chart([Line("dense", [0, 1], [1.0, 0.5])], title="val/loss")])),
            Section(
                "What differs",
                [
                    definitions([("lr", "0.1")]),
                    diff_block("@@ -1 +1 @@\n-a\n+b\n c\n", "code"),
                    folded("More", note("x")),
                ],
            ),
            Section("Findings", findings_list([finding], ["dense"])),
        ],
        "Verdict",
        "good",
    )


def test_the_same_page_has_the_same_bytes(golden: Callable[[str, str], str]):
    """To the byte, on any day."""
    seen = small().to_html()

    assert seen == small().to_html()
    assert golden("small.html", seen) == seen


def test_the_page_allows_itself_and_nothing_else(parsed: Parse):
    """Its policy names its own style and script by their hashes; no other script would run, no request would leave."""
    page = small().to_html()
    policy = next(meta["content"] for meta in parsed(page).all("meta") if "http-equiv" in meta)
    texts = [re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1] for tag in ("style", "script")]  # type: ignore[index]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]

    assert (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'" == policy
    )


def test_nothing_outside_the_file_is_named(parsed: Parse):
    """Every reference is to a place in the page, or holds its data itself."""
    tags = parsed(small().to_html()).tags
    references = [value for _, attributes in tags for name, value in attributes.items() if name in ("href", "src")]

    assert references
    assert all(value.startswith(("#", "data:")) for value in references)
    assert not any(name == "style" or name.startswith("on") for _, attributes in tags for name in attributes)


def test_every_link_leads_to_a_part_and_no_two_parts_share_a_name(parsed: Parse):
    """Also where two headings are alike, or have no letter of the alphabet."""
    page = Page("t", "k", "x", [Section(title, "y") for title in ("Runs", "Runs", "数据", "…", "lead", "content")])
    seen = parsed(page.to_html())
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    links = [link["href"].removeprefix("#") for link in seen.all("a")]

    assert len(ids) == len(set(ids))
    assert set(links) <= set(ids)
    assert 7 == len(links)


def test_landmarks_and_headings_are_there(parsed: Parse):
    """A screen reader finds its way: one main part, one first heading, a named navigation, a way past it."""
    seen = parsed(small().to_html())
    levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch(r"h[1-6]", tag)]

    assert [1, 1, 1, 1] == [len(seen.all(tag)) for tag in ("main", "header", "nav", "footer")]
    assert (1, 1) == (levels[0], levels.count(1))
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert "#content" == seen.all("a")[0]["href"]
    assert "en" == seen.all("html")[0]["lang"]
    assert all(section.get("aria-labelledby") for section in seen.all("section"))


def test_foreign_text_stays_text_in_every_part(parsed: Parse):
    """Names, captions, messages, diffs and terms may hold anything."""
    finding = Finding(EVIL, EVIL, Severity.ERROR, EVIL, EVIL)
    parts = [
        table(EVIL, [EVIL, EVIL], [[EVIL, EVIL], [EVIL, EVIL]], filter_by=EVIL),
        figures([line_chart([Line(EVIL, [0, 1], [0, 1])], title=EVIL, x_label=EVIL)]),
        definitions([(EVIL, EVIL)]),
        diff_block(f"+{EVIL}\n-{EVIL}\n{EVIL}", EVIL),
        folded(EVIL, EVIL),
        findings_list([finding], [EVIL]),
    ]
    seen = parsed(Page(EVIL, EVIL, EVIL, [Section(EVIL, parts, EVIL)], EVIL).to_html())

    assert (1, []) == (len(seen.all("script")), seen.all("img"))
    assert not any(name.startswith("on") for _, attributes in seen.tags for name in attributes)


def test_a_page_that_cannot_be_written_says_what_to_do(tmp_path: Path):
    """A folder that is not there is a wrong argument, not a crash."""
    with pytest.raises(
        UsageError, match=r"page.html: the page cannot be written \(No such file or directory\); name a"
    ):
        small().save(tmp_path / "nowhere" / "page.html")
