"""The terminal: plain when piped, `NO_COLOR` and the width respected, foreign text never taken for markup."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trackexp.reporting.formats import printable

_PIPED_WIDTH = 120  # columns, where there is no terminal and COLUMNS says nothing: nobody reads 80-column logs today
_INDENT = 2


class _Console(Console):
    """Rich's, without its exit code for a reader that leaves early."""

    def on_broken_pipe(self) -> None:
        """Leave it to the command, for which a reader that has seen enough is no failure."""
        raise BrokenPipeError


def console(file: IO[str], *, width: int | None = None) -> Console:
    """Return a console on the stream; colour only where it is a terminal that wants it."""
    if width is None and not file.isatty() and not os.environ.get("COLUMNS"):
        width = _PIPED_WIDTH
    return _Console(file=file, width=width, markup=False, emoji=False, highlight=False)


def heading(out: Console, text: str, note: str = "") -> None:
    """Print the heading of a section, with a quiet note beside it."""
    out.print()
    out.print(Text.assemble((text, "bold"), (f"  {note}" if note else "", "dim")))


def paragraph(out: Console, text: str) -> None:
    """Print foreign text as a paragraph, indented by two; no line ends in blanks."""
    for line in Text(printable(text)).wrap(out, max(out.width - _INDENT, 20)):
        line.rstrip()
        out.print(Text(" " * _INDENT) + line, soft_wrap=True)


def table(
    out: Console, columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, right: Iterable[int] = ()
) -> None:
    """Print a table without lines, indented by two; no line ends in blanks.

    Args:
        out: Where to.
        columns: The headings; all empty: none is shown.
        rows: Cells; a string is shown as it is.
        right: Places of the columns of numbers.
    """
    to_right = set(right)
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=any(columns), header_style="dim")
    for place, column in enumerate(columns):
        grid.add_column(column, justify="right" if place in to_right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    for line in out.render_lines(grid, out.options.update_width(max(out.width - _INDENT, 1)), pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        text = Text(" " * _INDENT)
        for segment in line:
            text.append(segment.text, segment.style)
        text.rstrip()
        out.print(text, soft_wrap=True)
