"""Markdown for pull requests and model cards: foreign text is no markup, and ends no cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trackexp.reporting.formats import printable


def markdown_text(text: str) -> str:
    r"""Return foreign text in one line that is no markup.

    >>> markdown_text("a|b <i>*c*")
    'a\\|b \\<i\\>\\*c\\*'
    """
    plain = " ".join(printable(text).split())
    return "".join(f"\\{character}" if character in "\\`*_[]<>|#" else character for character in plain)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    r"""Return a table of foreign texts under titles of our own.

    >>> print(markdown_table(("name", "value"), [("a|b", "1")]))
    | name | value |
    |---|---|
    | a\|b | 1 |
    """
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(markdown_text(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)
