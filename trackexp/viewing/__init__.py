"""Runs seen live in a browser: a page on this machine alone that follows a folder while runs are written to it."""

from __future__ import annotations

from trackexp._lazy import attach

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trackexp.viewing.board import Board
    from trackexp.viewing.exporting import export
    from trackexp.viewing.opening import View, view
    from trackexp.viewing.server import Server
else:
    __getattr__, __dir__ = attach(
        __name__,
        {
            "trackexp.viewing.board": ["Board"],
            "trackexp.viewing.exporting": ["export"],
            "trackexp.viewing.opening": ["View", "view"],
            "trackexp.viewing.server": ["Server"],
        },
    )

__all__ = ["Board", "Server", "View", "export", "view"]
