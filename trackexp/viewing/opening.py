"""A view as an object: opened from Python, shown in a cell of a notebook, closed with its process."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import quote

from trackexp.errors import UsageError
from trackexp.record import RunRecord
from trackexp.reporting.svg.markup import element, render
from trackexp.viewing.board import Board
from trackexp.viewing.server import Server

Runs = str | os.PathLike[str] | RunRecord | Iterable[str | os.PathLike[str] | RunRecord]
_HEIGHT = 720  # pixels in a notebook


class View:
    """A page that follows runs, served on this machine alone until it is closed, or its process ends.

    In a notebook it shows itself as the last value of a cell; elsewhere `url` opens it.

    Args:
        board: What is shown; it is opened.
        port: Where; None takes the first free one from 8765 on.
        metric: One that the table has among its columns.
        condition: As for `trackexp ls --filter`.

    Raises:
        UsageError: The port is taken.
        FilterError: The filter cannot be read.
    """

    def __init__(self, board: Board, *, port: int | None = None, metric: str = "", condition: str = "") -> None:
        from trackexp.viewing.rows import Table

        Table(board, condition, metric=metric)  # a wrong filter is said here, not in the page
        self._board = board
        self._server = Server(board, port=port)
        words = [f"{name}={quote(word, safe='')}" for name, word in (("metric", metric), ("filter", condition)) if word]
        self._state = f"#/?{'&'.join(words)}" if words else ""
        self._is_open = True
        board.open()
        self._server.__enter__()
        atexit.register(self.close)
        Thread(target=_load_rules, name="trackexp-view-rules", daemon=True).start()

    @property
    def url(self) -> str:
        """The link that opens the page, with its token."""
        return self._server.url + self._state

    @property
    def port(self) -> int:
        """Where it is served."""
        return self._server.port

    @property
    def runs(self) -> int:
        """How many runs it has now."""
        return len(self._board.entries())

    def close(self) -> None:
        """End it; the page says so. Closing again does nothing."""
        if self._is_open:
            self._is_open = False
            atexit.unregister(self.close)
            self._board.close()
            self._server.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<View {self.url if self._is_open else 'closed'}>"

    def _repr_html_(self) -> str:
        if not self._is_open:
            return render(element("p", "This view was closed."))
        frame = element(
            "iframe", src=self.url, title="Runs, live", width="100%", height=_HEIGHT, frameborder=0, loading="lazy"
        )
        link = element("a", "Open in a window", href=self.url, target="_blank", rel="noopener")
        far = f" · a kernel on another machine needs: ssh -L {self.port}:127.0.0.1:{self.port} HOST"
        return render(element("div", frame, element("p", link, far)))


def _load_rules() -> None:
    """Import what the page of a run needs while somebody looks at the table: it takes longer than reading a run."""
    import_module("trackexp.viewing.details")


def view(runs: Runs | None = None, *, port: int | None = None, metric: str = "", condition: str = "") -> View:
    """Show runs live: a table, each run's curves while they grow, and comparisons, in a page on this machine alone.

    In a notebook the cell shows the page itself.

    Args:
        runs: A folder, a run, several of them, or records that `read_runs` gave; default every run that W&B writes
            here. A folder may be still to come.
        port: Default the first free one from 8765 on.
        metric: One that the table has among its columns, such as `"val/loss"`.
        condition: As for `trackexp ls --filter`.

    Returns:
        The open view; it is closed by `close`, by leaving it as a context, or with the process.

    Raises:
        RunNotFoundError: No run answers to a name.
        UsageError: A record that was not read from this disk, a place on a server, or a port that is taken.
        FilterError: The filter cannot be read.
    """
    return View(Board(_places(runs)), port=port, metric=metric, condition=condition)


def _places(runs: Runs | None) -> Sequence[str | Path]:
    if runs is None:
        return []
    several = [runs] if isinstance(runs, str | os.PathLike | RunRecord) else list(runs)
    return [_place(one) for one in several]


def _place(one: object) -> str | Path:
    if isinstance(one, RunRecord):
        if one.path is None:
            raise UsageError(
                f"the run {one.title} was not read from this disk, so it cannot be followed; pass a folder"
            )
        return one.path
    if isinstance(one, str | os.PathLike):
        return one if isinstance(one, str) else Path(one)
    raise UsageError(f"view shows places and records of runs, and got a {type(one).__name__}")


def can_open_browser() -> bool:
    """Return whether a browser with windows can be expected here: not over SSH, nor where only text is shown."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("BROWSER"))
