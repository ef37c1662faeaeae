"""One self-contained page: it opens from a disk, asks no network, and the same input gives the same bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from trackexp.errors import UsageError
from trackexp.reporting.svg.markup import Content, Element, Raw, element, render
from trackexp.reporting.svg.style import CHART_RULES, COLOURS, SERIES

Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page, under a heading that the page's navigation leads to.

    Args:
        title: The heading.
        content: What stands below it.
        short: What the navigation calls it; default its title.
    """

    title: str
    content: Content
    short: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as data.

    Args:
        title: Of the window, and the first heading.
        kind: What kind of report it is, above the title.
        lead: What a reader must know who reads nothing else.
        sections: In order.
        lead_title: Heading of the lead.
        tone: What the lead is: its edge has that colour.
    """

    title: str
    kind: str
    lead: Content
    sections: Sequence[Section]
    lead_title: str = "Summary"
    tone: Tone = "plain"

    def to_html(self) -> str:
        """Return the page as the text of an HTML file."""
        style, script = Raw(stylesheet()), Raw(_asset("page.js"))
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("link", rel="icon", href="data:,"),
            element("title", f"{self.title} · {self.kind}"),
            element("style", style),
        )
        body = element("body", self._body(), element("script", script))
        return "<!DOCTYPE html>\n" + render(element("html", head, "\n", body, lang="en")) + "\n"

    def save(self, path: str | Path) -> Path:
        """Write the page and return where it is.

        Raises:
            UsageError: It cannot be written there.
        """
        path = Path(path)
        try:
            path.write_text(self.to_html(), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(
                f"{path}: the page cannot be written ({error.strerror}); name a file in a folder that exists."
            ) from error
        return path

    def _body(self) -> Iterator[Element | str]:
        anchors = _anchors([section.title for section in self.sections])
        yield element("a", "Skip to the content", class_="skip", href="#content")
        yield element(
            "header",
            element("div", element("p", self.kind, class_="kind"), element("h1", self.title)),
            element("div", class_="tools"),
        )
        yield "\n"
        links = [
            element("li", element("a", section.short or section.title, href=f"#{anchor}"))
            for section, anchor in zip(self.sections, anchors, strict=True)
        ]
        yield element("nav", element("ul", links), aria_label="Sections")
        yield "\n"
        yield element("main", self._lead(), "\n", self._sections(anchors), id="content")
        yield "\n"
        yield element("footer", element("p", "Made by trackexp. The page needs no network and sends nothing."))

    def _lead(self) -> Element:
        title = element("h2", self.lead_title, id="lead")
        return element("section", title, self.lead, class_=f"lead {self.tone}", aria_labelledby="lead")

    def _sections(self, anchors: Sequence[str]) -> Iterator[Element | str]:
        for section, anchor in zip(self.sections, anchors, strict=True):
            title = element("h2", section.title, id=f"{anchor}-title")
            yield element("section", title, section.content, id=anchor, aria_labelledby=f"{anchor}-title")
            yield "\n"


def stylesheet() -> str:
    """Return the rules of a page and its charts, with the colours in light and in dark."""
    light, dark = (";".join(f"--{name}:{pair[side]}" for name, pair in COLOURS.items()) for side in (0, 1))
    return "\n".join(
        (
            f":root{{color-scheme:light dark;{light}}}",
            f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}",
            f":root[data-theme=dark]{{color-scheme:dark;{dark}}}",
            ":root[data-theme=light]{color-scheme:light}",
            f"@media print{{:root:root:root{{color-scheme:light;{light}}}}}",
            _asset("page.css"),
            CHART_RULES,
            *(f".swatch.s{i}{{background:var(--s{i})}}" for i in range(SERIES)),
            ".swatch.rest{background:var(--muted)}",
            "",
        )
    )


def _policy(style: str, script: str) -> str:
    """Return a content security policy: our own style and script by their hashes, pictures inside the file, no more."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return files("trackexp.reporting.html").joinpath(name).read_text("utf-8")


def _anchors(titles: Sequence[str]) -> list[str]:
    """Return an id for each title, no two alike.

    >>> _anchors(["What differs", "What differs?", "数据"])
    ['what-differs', 'what-differs-2', 'section']
    """
    taken = {"content", "lead"}
    found = []
    for title in titles:
        anchor = stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"
        number = 2
        while anchor in taken:
            anchor, number = f"{stem}-{number}", number + 1
        taken.add(anchor)
        found.append(anchor)
    return found
