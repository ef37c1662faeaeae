"""What listings have read, kept in sqlite in the user's folder of caches, so that only what changed is read again.

A row is good as long as its file has the size and the time of change that it had when it was read. The file's name
bears the number of the layout: releases of different layouts have a file each and never meet. A cache that is damaged
is made anew; one that is locked for long, full or not writable is done without.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

_log = logging.getLogger("trackexp")

_LAYOUT = 2  # raise when a row, or what is read into it, changes its meaning
_PATIENCE = 2.0  # seconds to wait for another process
_MOST_ROWS = 200_000  # the oldest ones go
_LARGEST = 1 << 20  # characters of a row that is kept
_ASKED_AT_ONCE = 500  # sqlite before 3.32 takes 999 parameters
_TABLE = """
create table if not exists run (
    path text not null unique, size integer not null, changed integer not null, record text not null
)
"""

Stamp = tuple[int, int]
"""Size of a file in bytes, and time of its last change in nanoseconds."""
T = TypeVar("T")


class ListingCache:
    """The cache in one folder, opened on first use; with no folder it is empty and keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / f"listing-{_LAYOUT}.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._added = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._added:
            self._tried(self._forget_oldest)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def keeps(self) -> bool:
        """Whether what it is given can be found again."""
        return self._path is not None

    def rows(self, paths: Sequence[str]) -> dict[str, tuple[Stamp, str]]:
        """Return what is kept of these files: the stamp they had then, and the record's text."""
        found: dict[str, tuple[Stamp, str]] = {}
        for first in range(0, len(paths), _ASKED_AT_ONCE):
            asked = paths[first : first + _ASKED_AT_ONCE]
            query = f"select path, size, changed, record from run where path in ({','.join('?' * len(asked))})"
            answer = self._tried(partial(self._asked, query, asked))
            found.update((path, ((size, changed), text)) for path, size, changed, text in answer or ())
        return found

    def keep(self, rows: Sequence[tuple[str, Stamp, str]]) -> None:
        """Keep the text of records, in the place of what was kept of the same files."""
        small = [(path, size, changed, text) for path, (size, changed), text in rows if len(text) <= _LARGEST]
        if small:
            self._added = True
            self._tried(lambda: self._write(small))

    def _asked(self, query: str, parameters: Sequence[str]) -> list[tuple[str, int, int, str]]:
        return self._open().execute(query, parameters).fetchall()

    def _write(self, rows: list[tuple[str, int, int, str]]) -> None:
        connection = self._open()
        with connection:
            connection.executemany("insert or replace into run (path, size, changed, record) values (?, ?, ?, ?)", rows)

    def _forget_oldest(self) -> None:
        connection = self._open()
        with connection:
            connection.execute("delete from run where rowid <= (select max(rowid) from run) - ?", (_MOST_ROWS,))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            assert self._path is not None
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level="IMMEDIATE")
            self._connection.execute("pragma synchronous = off")  # a cache may be lost
            self._connection.execute(_TABLE)
        return self._connection

    def _tried(self, action: Callable[[], T]) -> T | None:
        """Return what an action gives; a damaged cache is made anew once, and any other trouble ends its use."""
        for last in (False, True):
            if self._path is None:
                return None
            try:
                return action()
            except (sqlite3.Error, OSError) as error:
                self._close_broken()
                broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
                if last or not broken:
                    _log.debug("the cache %s is not used: %s", self._path, error)
                    self._path = None
                    return None
                with suppress(OSError):
                    self._path.unlink()
        return None

    def _close_broken(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
