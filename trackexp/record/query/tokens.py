"""The words of a filter: `config.lr < 0.01 and summary.val/loss < 0.3` → name, operator, number and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from trackexp.errors import FilterError


class Kind(Enum):
    """What a word is."""

    NAME = "a name"
    NUMBER = "a number"
    TEXT = "a text"
    OPERATOR = "an operator"
    WORD = "a word of the language"
    BRACKET = "a bracket or comma"
    END = "the end"


class Token(NamedTuple):
    """A word, and where it begins."""

    kind: Kind
    text: str
    place: int


WORDS = frozenset({"and", "or", "not", "in", "contains", "true", "false", "null", "none"})
_NAME = r"[^\W\d][\w.]*(?:[/-][\w.]+)*"  # "-" and "/" belong to a name: nothing is computed here
_TOKEN = re.compile(
    rf"""
    (?P<blank>\s+)
  | (?P<number>[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | `(?P<quoted>[^`]+)`
  | (?P<name>{_NAME})
  | (?P<operator><=|>=|==|!=|<|>|=)
  | (?P<bracket>[()\[\],])
    """,
    re.VERBOSE,
)
_KINDS = {"number": Kind.NUMBER, "operator": Kind.OPERATOR, "bracket": Kind.BRACKET, "quoted": Kind.NAME}
_ESCAPED = re.compile(r"\\(.)")


def tokens(source: str) -> Iterator[Token]:
    """Yield the words of a filter, at last its end.

    Raises:
        FilterError: A character that begins no word.
    """
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None:
            raise trouble(source, place, f"{source[place]!r} begins neither a name, a number, a text nor an operator")
        if match.lastgroup == "text":
            yield Token(Kind.TEXT, _ESCAPED.sub(r"\1", match["text"][1:-1]), place)
        elif match.lastgroup == "name":
            lower = match["name"].lower()
            yield Token(Kind.WORD, lower, place) if lower in WORDS else Token(Kind.NAME, match["name"], place)
        elif match.lastgroup != "blank":
            assert match.lastgroup is not None
            yield Token(_KINDS[match.lastgroup], match[match.lastgroup], place)
        place = match.end()
    yield Token(Kind.END, "", len(source))


def trouble(source: str, place: int, what: str) -> FilterError:
    """Return the error about a place in a filter, with a caret under it."""
    line = "".join(char if char.isprintable() else " " for char in source)
    return FilterError(f"the filter cannot be read: {what}\n  {line}\n  {' ' * place}^")
