"""Elements of SVG and HTML as data; whatever text stands in them is escaped, in this one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

# No text on a page: C0 and C1 controls, direction overrides that make text read as another, lone surrogates.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


class Raw(str):
    """Text that is markup already: only ever our own stylesheet and script."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Element:
    """One element with its attributes and what stands inside."""

    tag: str
    attributes: Mapping[str, str | None]
    children: tuple[Node, ...] = ()


Node: TypeAlias = "Element | str"
Content: TypeAlias = "Node | Iterable[Content] | None"
Value: TypeAlias = "str | int | float | bool | None"


def element(tag: str, *content: Content, **attributes: Value) -> Element:
    """Return an element; nested content is flattened, None is left out.

    Args:
        tag: Its name.
        content: Elements and texts.
        attributes: An underscore stands for a hyphen, one at the end for nothing; None and False leave it out, True
            leaves it without a value, floats are coordinates.

    >>> render(element("p", "a < b", element("br"), class_="note", data_n=2, hidden=True))
    '<p class="note" data-n="2" hidden>a &lt; b<br></p>'
    """
    named: dict[str, str | None] = {}
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        text = None if value is True else place(value) if isinstance(value, float) else str(value)
        named[name.rstrip("_").replace("_", "-")] = text
    return Element(tag, named, tuple(flattened(content)))


def flattened(content: Content) -> Iterable[Node]:
    """Yield the elements and texts of nested content, in order."""
    if content is None:
        return
    if isinstance(content, str | Element):
        yield content
        return
    for item in content:
        yield from flattened(item)


def render(*nodes: Node) -> str:
    """Return elements and texts as markup."""
    parts: list[str] = []
    for node in nodes:
        _write(node, parts)
    return "".join(parts)


def escape(text: str) -> str:
    r"""Return text as it may stand between tags and in a quoted attribute; what is unprintable is written out.

    >>> escape('<b title="x">\x1b[31m')
    '&lt;b title=&quot;x&quot;&gt;\\x1b[31m'
    """
    return _UNPRINTABLE.sub(lambda found: repr(found[0])[1:-1], str(text)).translate(_ESCAPES)


def place(value: float) -> str:
    """Return a coordinate with a tenth of a pixel.

    >>> place(12.0), place(-0.04), place(3.14159)
    ('12', '0', '3.1')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _write(node: Node, parts: list[str]) -> None:
    if isinstance(node, Raw):
        parts.append(node)
    elif isinstance(node, str):
        parts.append(escape(node))
    else:
        named = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in node.attributes.items()
        )
        parts.append(f"<{node.tag}{named}>")
        for child in node.children:
            _write(child, parts)
        if node.tag not in _VOID:
            parts.append(f"</{node.tag}>")
