"""The smaller parts of a page: paragraphs, lists of facts, findings, differences, folded parts, charts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from trackexp.record import Finding
from trackexp.reporting.formats import plural
from trackexp.reporting.svg.frame import Chart
from trackexp.reporting.svg.markup import Content, Element, element
from trackexp.reporting.svg.shapes import sample
from trackexp.reporting.svg.style import SERIES

_MOST_LINES = 400  # of one diff
_WIDE = 600  # pixels: a larger chart has a row of its own
_LONGEST_LINE = 400  # characters


def paragraph(*content: Content, class_: str | None = None) -> Element:
    """Return a paragraph."""
    return element("p", *content, class_=class_)


def note(*content: Content) -> Element:
    """Return a paragraph beside the matter: what is left out, how something was computed."""
    return paragraph(*content, class_="note")


def badge(text: str, tone: str = "") -> Element:
    """Return a word in a pill: `error`, `warning`, `info`, `good`, or without a tone."""
    return element("span", text, class_=f"badge {tone}".strip())


def swatch(colour: int | None) -> Element:
    """Return a small square in the colour of a curve, for who can see it; None is grey."""
    paint = "rest" if colour is None else f"s{colour % SERIES}"
    return element("span", class_=f"swatch {paint}", aria_hidden="true")


def legend(names: Iterable[tuple[int | None, str]]) -> Element:
    """Return what the colours of all charts below stand for; None is grey."""
    return element("ul", (element("li", sample(colour), name) for colour, name in names), class_="legend")


def definitions(pairs: Iterable[tuple[str, Content]]) -> Element:
    """Return names with what they stand for."""
    return element("dl", ((element("dt", name), element("dd", value)) for name, value in pairs))


def folded(summary: Content, *content: Content, open_: bool = False) -> Element:
    """Return a part that opens on demand."""
    return element("details", element("summary", summary), content, open=open_)


def figures(charts: Sequence[Chart]) -> Element | None:
    """Return charts side by side where there is room; None without any."""
    if not charts:
        return None
    shown = (element("figure", chart.inline(), class_="wide" if chart.width > _WIDE else None) for chart in charts)
    return element("div", shown, class_="figures")


def findings_list(findings: Sequence[Finding], about: Sequence[str] = ()) -> Element:
    """Return findings with what was seen and what to do; says so when there is none.

    Args:
        findings: In order.
        about: Of each, what it is about, such as the runs that have it.
    """
    if not findings:
        return note("No finding.")
    told = about or [""] * len(findings)
    items = (_finding(finding, what) for finding, what in zip(findings, told, strict=True))
    return element("ul", items, class_="findings")


def diff_block(diff: str, name: str) -> Content:
    """Return a unified diff with its lines coloured; of a very long one the beginning, and how much is left out.

    Args:
        diff: As `diff -u` or `git diff` writes it.
        name: What it is, for who hears the page.
    """
    lines = diff.splitlines()
    shown = [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} …" for line in lines[:_MOST_LINES]]
    block = element("pre", element("code", _painted(shown)), class_="diff", tabindex=0, role="region", aria_label=name)
    left = len(lines) - len(shown)
    return (block, note(f"… and {plural(left, 'line')} more.")) if left else block


def _finding(finding: Finding, about: str) -> Element:
    severity = str(finding.severity)
    epoch = f"epoch {finding.epoch}" if finding.epoch else ""  # 0 is before the first update, where most stand
    where = f"fit {finding.fit}{', ' if epoch else ''}{epoch}" if finding.fit else epoch
    return element(
        "li",
        badge(severity, severity),
        " ",
        element("code", finding.code),
        " ",
        element("strong", finding.name),
        f" {finding.confidence}" if finding.confidence else None,
        " ",
        element("span", where, class_="note") if where else None,
        paragraph("In ", element("strong", about), class_="note") if about else None,
        paragraph(finding.message),
        paragraph(finding.fix, class_="fix"),
        class_=severity,
    )


def _painted(lines: Sequence[str]) -> Iterator[Element]:
    """Yield an element for every stretch of lines of one kind."""
    kinds = {"ins": ("ins", None), "del": ("del", None)}
    for kind, stretch in groupby(lines, key=_kind):
        tag, class_ = kinds.get(kind, ("span", kind))
        yield element(tag, "".join(f"{line}\n" for line in stretch), class_=class_)


def _kind(line: str) -> str:
    if line.startswith(("diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "similarity ", "rename ")):
        return "file"
    return {"+": "ins", "-": "del", "@": "hunk"}.get(line[:1], "same")
