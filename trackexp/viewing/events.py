"""News of a board as server-sent events; a page that lost its connection comes back by itself."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

from trackexp.viewing.answers import Query
from trackexp.viewing.board import Board
from trackexp.viewing.rows import Table

_BOOT = secrets.token_hex(4)  # versions count from the start of this process
_HEARTBEAT = 15.0  # seconds; proxies and tunnels drop what is silent for long
_PAUSE = 0.2  # seconds between two pieces of news
_RETRY = 1000  # milliseconds until the browser tries again


class Events:
    """What one page is told.

    Args:
        board: Of whose runs.
        query: `run`, a key: told when that run changed. Without it the table: `filter`, `column` (several), `metric`.
        last: The id of the last event that the page had, where it comes back.

    Raises:
        FilterError: The filter cannot be read, or a column is none.
    """

    def __init__(self, board: Board, query: Query, last: str = "") -> None:
        self._board = board
        self._run = query.get("run", [""])[-1]
        self._table = Table(
            board, query.get("filter", [""])[-1], query.get("column", []), query.get("metric", [""])[-1]
        )
        boot, _, version = last.partition("-")
        self._version = int(version) if boot == _BOOT and version.isdigit() and self._run else 0

    def __iter__(self) -> Iterator[bytes]:
        yield f"retry: {_RETRY}\n\n".encode()
        is_first = True
        while not self._board.is_closed:
            if is_first or self._board.wait(self._version, _HEARTBEAT):
                yield from self._news()
                is_first = False
                time.sleep(_PAUSE)
            elif not self._board.is_closed:
                yield b": still here\n\n"
        yield b"event: end\ndata: {}\n\n"

    def _news(self) -> Iterator[bytes]:
        if self._run:
            yield from self._news_of_run()
            return
        data = self._table.since(self._version)
        self._version = data["version"]
        yield _event("rows", self._version, data)

    def _news_of_run(self) -> Iterator[bytes]:
        entry = self._board.entry(self._run)
        before, self._version = self._version, self._board.version
        if entry is None:
            yield _event("gone", self._version, {"key": self._run})
        elif entry.version > before or before == 0:
            yield _event("run", self._version, {"key": entry.key, "version": entry.version})


def _event(kind: str, version: int, data: Any) -> bytes:
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return f"event: {kind}\nid: {_BOOT}-{version}\ndata: {text}\n\n".encode()
