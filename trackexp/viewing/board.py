"""What a view knows of all its runs, and which of them changed since when; a thread keeps it up to date."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any, Self
from zlib import crc32

from trackexp.errors import TrackexpError
from trackexp.reading.listing.runs import list_groups
from trackexp.record import RunRecord, State
from trackexp.settings import Environment
from trackexp.viewing.folders import Folders, Group, Where
from trackexp.viewing.live_run import LiveRun, progress_of

_log = logging.getLogger("trackexp")

_TICK = 0.25  # seconds between two looks at the files that are being written
_EVIDENCE = 2.0  # seconds after which a run that wrote nothing is asked whether its writer still lives
_FOLDERS = 1.0  # seconds between two looks at the folders
_SHARE = 0.005  # of a core, that looks at folders and files may take; they become rarer to keep to it
_FILES = 30.0  # seconds between two looks at the files of runs that ended
_OPEN = 12  # runs that ended and are kept open because somebody looked at them


@dataclass(slots=True)
class Entry:
    """One run on the board.

    Args:
        key: What a link names it by: its id, or more where several runs have one.
        group: Its files.
        record: What a listing shows of it.
        version: The board's version at which it changed last.
        progress: Of a run that is being written: see `progress_of`.
        live: What follows it.
        stamps: Size and time of change of its files when they were read.
    """

    key: str
    group: Group
    record: RunRecord
    version: int
    progress: dict[str, float | int | None] = field(default_factory=dict)
    live: LiveRun | None = None
    stamps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What changed on a board after some version: entries that came or changed, and keys of those that went."""

    version: int
    changed: list[Entry]
    removed: list[str]


class Board:
    """The runs at some places, followed while it is open; may be asked from several threads.

    Args:
        places: As for `trackexp ls`; none: every run that W&B writes here. Paths may be still to come.
        cache: False reads every run anew.

    Raises:
        RunNotFoundError: No run answers to a name.
        UsageError: A place on a server.
    """

    def __init__(self, places: Sequence[Where] = (), *, cache: bool = True) -> None:
        self.folders = Folders(places)
        self.version = 0
        self.unreadable: list[str] = []
        self._cache = Environment.read().cache if cache else None
        self._entries: dict[Group, Entry] = {}
        self._by_key: dict[str, Entry] = {}
        self._removed: dict[str, int] = {}
        self._unread: dict[Group, tuple[tuple[int, int], ...]] = {}
        self._opened: dict[str, LiveRun] = {}
        self._changed = Condition()
        self._closed = Event()
        self._thread: Thread | None = None
        self._due = {"folders": 0.0, "files": 0.0, "evidence": 0.0}

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Read what there is, and go on following it in a thread."""
        self._scan()
        now = time.monotonic()
        self._due |= {"folders": now + _FOLDERS, "files": now + _FILES}
        self._thread = Thread(target=self._follow, name="trackexp-view", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; whoever waits for news is told."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    def entries(self) -> list[Entry]:
        """Return all runs, in the order of the places and of their start."""
        with self._changed:
            return list(self._entries.values())

    def entry(self, key: str) -> Entry | None:
        """Return the run that a link names, or None."""
        with self._changed:
            return self._by_key.get(key)

    def since(self, version: int) -> News:
        """Return what changed after a version; with 0 everything."""
        with self._changed:
            changed = [entry for entry in self._entries.values() if entry.version > version]
            removed = [key for key, at in self._removed.items() if at > version > 0]
            return News(self.version, changed, removed)

    def wait(self, version: int, seconds: float) -> bool:
        """Wait until there is something newer than a version; return whether there is."""
        with self._changed:
            return (
                self._changed.wait_for(lambda: self.version > version or self.is_closed, seconds) and not self.is_closed
            )

    def live(self, key: str) -> LiveRun | None:
        """Return what reads one run whole, kept for the next time; None where there is no such run.

        Raises:
            UnreadableRunError: Its files cannot be read any more.
        """
        entry = self.entry(key)
        if entry is None:
            return None
        if entry.live is not None:
            return entry.live
        with self._changed:
            run = self._opened.pop(key, None) or LiveRun(entry.group)
            self._opened[key] = run
            while len(self._opened) > _OPEN:
                del self._opened[next(iter(self._opened))]
        run.poll()
        return run

    def refresh(self) -> None:
        """Look at everything that is due, now."""
        now = time.monotonic()
        if now >= self._due["folders"]:
            if self.folders.changed() or any(_stamps(group) != then for group, then in self._unread.items()):
                self._scan()
            self._due["folders"] = _next(now, _FOLDERS)
        if now >= self._due["files"]:
            self._look_at_files()
            self._due["files"] = _next(now, _FILES)
        self._poll(now)

    def _follow(self) -> None:
        while not self._closed.wait(_TICK):
            try:
                self.refresh()
            except Exception:
                _log.exception("the view could not look at its runs; it goes on")
                self._closed.wait(_FOLDERS)

    def _scan(self) -> None:
        """Add runs that came, and remove those that went."""
        groups = self.folders.scan()
        gone = self._entries.keys() - set(groups)
        fresh = [group for group in groups if group not in self._entries and self._unread.get(group) != _stamps(group)]
        self._unread = {group: stamps for group, stamps in self._unread.items() if group in set(groups)}
        self._read(fresh, gone)
        order = {group: place for place, group in enumerate(groups)}
        with self._changed:
            self._entries = dict(sorted(self._entries.items(), key=lambda item: order.get(item[0], -1)))

    def _look_at_files(self) -> None:
        """Read runs again that ended, and whose files changed all the same."""
        self._read([e.group for e in self.entries() if e.live is None and _stamps(e.group) != e.stamps], set())

    def _read(self, groups: Sequence[Group], gone: set[Group]) -> None:
        """Read these runs from the cache or their files, and announce them together with those that went."""
        stamps = {group: _stamps(group) for group in groups}
        found = dict(self._listed(groups))
        with self._changed:
            if not found and not gone and not any(group not in self._unread for group in groups):
                return
            version = self.version + 1
            for group in gone:
                self._forget(self._entries.pop(group), version)
            for group in groups:
                if group in found:
                    self._unread.pop(group, None)
                    self._put(group, found[group], stamps[group], version)
                else:
                    self._unread[group] = stamps[group]
            self.unreadable = [group[-1] for group in self._unread]
            self.version = version
            self._changed.notify_all()

    def _listed(self, groups: Sequence[Group]) -> Iterator[tuple[Group, RunRecord]]:
        owner = {Path(path): group for group in groups for path in group}
        for record in list_groups(map(list, groups), self._cache):
            if record.path is not None and record.path in owner:
                yield owner[record.path], record

    def _put(self, group: Group, record: RunRecord, stamps: tuple[tuple[int, int], ...], version: int) -> None:
        old = self._entries.get(group)
        key = old.key if old is not None else self._free_key(record.id, group)
        live = LiveRun(group) if record.state is State.RUNNING else None
        entry = Entry(key, group, record, version, live=live, stamps=stamps)
        self._entries[group] = self._by_key[key] = entry
        self._removed.pop(key, None)

    def _free_key(self, run_id: str, group: Group) -> str:
        if run_id not in self._by_key:
            return run_id
        return f"{run_id}-{crc32(os.path.abspath(group[-1]).encode()):08x}"

    def _forget(self, entry: Entry, version: int) -> None:
        self._by_key.pop(entry.key, None)
        self._opened.pop(entry.key, None)
        self._removed[entry.key] = version

    def _poll(self, now: float) -> None:
        """Read what the runs that are being written appended; of silent ones, whether their writers still live."""
        ask = now >= self._due["evidence"]
        moved: list[Entry] = []
        for entry in [entry for entry in self.entries() if entry.live is not None]:
            with suppress(TrackexpError, OSError):  # gone: the next scan tells
                if (ask or _stamps(entry.group) != entry.stamps) and self._moved(entry):
                    moved.append(entry)
        if ask:
            self._due["evidence"] = now + _EVIDENCE
        if moved:
            with self._changed:
                self.version += 1
                for entry in moved:
                    entry.version = self.version
                self._changed.notify_all()

    def _moved(self, entry: Entry) -> bool:
        """Poll one run; return whether it changed."""
        assert entry.live is not None
        stamps = _stamps(entry.group)
        first = not entry.progress
        if not entry.live.poll() and not first:
            return False
        entry.record, entry.stamps = entry.live.record(), stamps
        entry.progress = progress_of(entry.record)
        if entry.record.state is not State.RUNNING:
            self._opened[entry.key] = entry.live
            entry.live = None
        return True

    def system(self, entry: Entry) -> dict[str, Any]:
        """Return the latest system metrics of a run that is being written."""
        live = entry.live
        return {} if live is None else {name: values[-1] for name, (_, values) in live.system().items() if values}


def _stamps(group: Sequence[str | Path]) -> tuple[tuple[int, int], ...]:
    found = []
    for path in group:
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


def _next(began: float, usual: float) -> float:
    """Return when to look the next time: later where looking took long."""
    now = time.monotonic()
    return now + max(usual, (now - began) / _SHARE)
