"""The runs at a place as a listing shows them: those that did not change since the last time come from the cache."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

from trackexp.errors import UnreadableRunError
from trackexp.reading.listing.cache import ListingCache, Stamp
from trackexp.reading.listing.stored import from_text, to_text
from trackexp.reading.places import find_groups, server_place
from trackexp.reading.runs import read_runs, read_sessions
from trackexp.reading.sessions import merged
from trackexp.record import RunRecord, State
from trackexp.settings import Environment

_log = logging.getLogger("trackexp")
_AT_ONCE = 500  # runs whose rows are asked for together, which bounds what is held in memory


def list_runs(
    where: str | os.PathLike[str] | None = None, *, root: str | os.PathLike[str] | None = None, cache: bool = True
) -> Iterator[RunRecord]:
    """Yield the runs at a place, as `read_runs(where, history=False)` does, those that did not change from the cache.

    Args:
        where: As for `read_runs`; default: every run that W&B wrote here.
        root: As for `read_runs`.
        cache: False reads every file, and keeps nothing.

    Raises:
        RunNotFoundError: There is no run at all; raised at once, before the first is asked for.
        UnreadableRunError: `where` is itself a file that is no W&B run.
        CredentialsError: The server refuses the key, or does not know the project.
        ServerError: The server cannot be reached.
    """
    if server_place(where) is not None or (where is not None and Path(where).is_file()):
        return read_runs(where, root=root, history=False)
    groups = find_groups(where, root)
    return list_groups(chain([next(groups)], groups), Environment.read().cache if cache else None)


def list_groups(groups: Iterable[list[str]], cache_folder: Path | None) -> Iterator[RunRecord]:
    """Yield the run in each group of files, without history; what is no run is passed over with a warning.

    Args:
        groups: The sessions of each run, oldest first.
        cache_folder: Where to keep what was read; None: nowhere.
    """
    rest = iter(groups)
    with ListingCache(cache_folder) as cache:
        while some := list(islice(rest, _AT_ONCE)):
            yield from _listed(some, cache)


def _listed(groups: list[list[str]], cache: ListingCache) -> Iterator[RunRecord]:
    stamps = {path: _stamp(path) for group in groups for path in group}
    absolute = {path: path if path.startswith("/") else os.path.abspath(path) for path in stamps}
    kept = cache.rows(list(absolute.values()))
    fresh: list[tuple[str, Stamp, str]] = []
    try:
        for group in groups:
            parts: list[RunRecord] = []
            for path in group:
                known = kept.get(absolute[path])
                record = _remembered(path, stamps[path], known) or _read(path)
                if record is None:
                    continue
                parts.append(record)
                stamp = stamps[path]
                is_new = known is None or known[0] != stamp
                if cache.keeps and stamp is not None and is_new and record.state is not State.RUNNING:
                    fresh.append((absolute[path], stamp, to_text(record)))
            if parts:
                yield merged(parts)
    finally:  # whoever has seen enough shall still find it quickly the next time
        cache.keep(fresh)


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _remembered(path: str, stamp: Stamp | None, known: tuple[Stamp, str] | None) -> RunRecord | None:
    if known is not None and known[0] == stamp:
        with suppress(ValueError, TypeError):
            return from_text(known[1], Path(path))
    return None


def _read(path: str) -> RunRecord | None:
    try:
        return read_sessions([Path(path)], history=False)
    except UnreadableRunError as error:
        _log.warning("passed over: %s", error)
        return None
