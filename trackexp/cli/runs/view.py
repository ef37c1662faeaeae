"""`trackexp view [WHERE…]`: runs seen live in a browser, on this machine alone."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trackexp.viewing import View

_ASK = 0.5  # seconds between two looks at whether the process that asked for the view still lives


def view(
    where: Annotated[
        list[str] | None,
        typer.Argument(metavar="WHERE", help="Folders of runs, or runs; default: all runs that W&B writes here."),
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default the first free one from 8765 on.")] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = True,
    metric: Annotated[str, typer.Option(help="One that the table has among its columns, such as val/loss.")] = "",
    condition: Annotated[
        str, typer.Option("--filter", metavar="CONDITION", help="Only runs for which this holds, as for `ls`.")
    ] = "",
    site: Annotated[
        Path | None, typer.Option("--export", metavar="FOLDER", help="Write the pages as files, and end.")
    ] = None,
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help="Keep what was read for the next time.")] = True,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
) -> None:
    """Show runs live in a browser: a table, curves that grow, comparisons; Ctrl-C ends it.

    The page is served on 127.0.0.1 alone and asks for the token in its link; it changes nothing and sends nothing. On
    another machine: `ssh -L 8765:127.0.0.1:8765 HOST`, then `trackexp view --port 8765 --no-open` there.
    """
    from trackexp.viewing import Board, View, export

    board = Board(where or [], cache=cache)
    if site is not None:
        told = export(board, site, condition=condition, metric=metric)
        typer.echo(f"{told.page}")
        typer.echo(f"trackexp: {told.text}", err=True)
        return
    with View(board, port=port, metric=metric, condition=condition) as seen:
        _tell(seen, board)
        if open_browser:
            _open(seen.url)
        try:
            _until_stopped(parent)
        except KeyboardInterrupt:  # how a view ends
            typer.echo("", err=True)


def _tell(seen: View, board: object) -> None:
    from trackexp.reporting import plural
    from trackexp.viewing import Board

    assert isinstance(board, Board)
    places = ", ".join(map(str, board.folders.places)) or "the runs that were named"
    typer.echo(seen.url)
    sys.stdout.flush()
    typer.echo(f"trackexp: {plural(seen.runs, 'run')} in {places}; Ctrl-C ends the view", err=True)
    if "SSH_CONNECTION" in os.environ:
        typer.echo(f"trackexp: from your machine: ssh -L {seen.port}:127.0.0.1:{seen.port} THIS-HOST", err=True)


def _open(url: str) -> None:
    from trackexp.viewing.opening import can_open_browser

    if can_open_browser():
        import webbrowser

        webbrowser.open(url)


def _until_stopped(parent: int | None) -> None:
    """Wait for Ctrl-C, or until the parent has gone; beside a training, the training goes first."""
    if parent is not None and hasattr(os, "nice"):
        os.nice(10)
    while parent is None or os.getppid() == parent:
        time.sleep(_ASK)
