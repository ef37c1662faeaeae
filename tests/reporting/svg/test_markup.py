from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.reporting.svg.markup import element, escape, place, render


class Seen(HTMLParser):
    """What a parser of HTML finds."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(st.text(), st.text())
def test_whatever_a_text_holds_stays_text(inside: str, beside: str):
    """A parser finds the one element that was made, with one attribute, and no other tag."""
    seen = Seen()
    seen.feed(render(element("p", inside, title=beside)))
    seen.close()

    assert ["p"] == [tag for tag, _ in seen.tags]
    assert ["title"] == list(seen.tags[0][1])


@given(st.text(st.characters(exclude_categories=("C",))))
def test_a_printable_text_comes_back_as_it_was(text: str):
    """Escaping loses nothing."""
    seen = Seen()
    seen.feed(render(element("p", text)))
    seen.close()

    assert text == "".join(seen.texts)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\r", "\u202e", "\ud800", "\ufffe", "\x85"])
def test_what_cannot_be_printed_is_written_out(character: str):
    """Control characters, direction overrides and lone surrogates neither steer the page nor break its encoding."""
    escaped = escape(f"a{character}b")

    assert character not in escaped
    assert f"a{escape(repr(character)[1:-1])}b" == escaped
    escaped.encode("utf-8")


def test_nested_content_is_flattened_and_none_left_out():
    """Parts of a page come as lists of lists, and as None where there is nothing to say."""
    assert "<p>a<b>c</b>d</p>" == render(element("p", ["a", None, (element("b", "c"), ["d"])]))


def test_coordinates_are_short():
    """A tenth of a pixel is what a screen shows."""
    assert ("-3.1", "0", "12") == (place(-3.14), place(0.01), place(12.0))
