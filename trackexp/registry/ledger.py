"""The ledger of a model: one immutable JSON file an event, `models/<name>/<UTC>-<hash12>.json`.

Two clones that wrote different events merge by taking both sets of files, which is what git, rsync and a copy do; no
line can be torn, no lock is needed. Each event names the hashes of the events it followed, so an edit, a gap or a
doubled file is found by whoever reads. It does not stop somebody who rewrites everything, nor the loss of the latest
event: committing the folder does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from trackexp.errors import ConfigurationError, LedgerError, UsageError, nearest
from trackexp.registry.event import SHOWN_DIGITS, Event
from trackexp.registry.names import check_model_name

_FILE_NAME = re.compile(r"(?P<at>\d{8}T\d{6}Z)-(?P<digits>[0-9a-f]{12})\.json")
_ATTRIBUTES = "*.json -text\n"  # git must not change line ends: the bytes are what is hashed


@dataclass(frozen=True)
class Ledger:
    """All events of one model, parents before children.

    Args:
        events: By hash, in an order in which no event comes before its parents; equal ones by time.
    """

    model: str
    events: Mapping[str, Event]

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Hashes of the events that no other one follows: the parents of the next."""
        followed = {parent for event in self.events.values() for parent in event.parents}
        return tuple(key for key in self.events if key not in followed)

    @cached_property
    def aliases(self) -> Mapping[str, tuple[Event, ...]]:
        """By alias, the moves that stand: one, or several where two machines moved it differently.

        A move stands until another one that knew of it; `remove` leaves an alias without entry.
        """
        bits = {key: 1 << index for index, key in enumerate(self.events)}
        ancestors: dict[str, int] = {}
        standing: dict[str, dict[str, Event]] = {}
        for key, event in self.events.items():
            ancestors[key] = 0
            for parent in event.parents:
                ancestors[key] |= ancestors[parent] | bits[parent]
            if event.moves:
                moves = standing.setdefault(event.alias, {})
                standing[event.alias] = {
                    **{other: move for other, move in moves.items() if not ancestors[key] & bits[other]},
                    key: event,
                }
        kept = {alias: _distinct(moves.values()) for alias, moves in standing.items()}
        return {alias: moves for alias, moves in kept.items() if moves}

    def holder(self, alias: str) -> Event | None:
        """Return the move after which the alias points where it does; None where nobody holds it.

        Raises:
            LedgerError: Two machines moved it differently, and nobody has settled it.
        """
        moves = self.aliases.get(alias, ())
        if len(moves) > 1:
            told = " and ".join(f"{_target(move)} ({move.by.get('host', '?')}, {move.at})" for move in moves)
            raise LedgerError(
                f"{self.model}:{alias} was moved to {told} by people who did not know of each other; "
                f"promote the right one again to settle it."
            )
        return moves[0] if moves and moves[0].action != "remove" else None

    def find(self, digits: str) -> Event:
        """Return the latest event about the version whose SHA-256 begins with these digits.

        Raises:
            UsageError: None, or several versions, begin so.
        """
        found = {event.version.sha256: event for event in self.events.values()}
        matching = [sha for sha in found if sha.startswith(digits.lower())] if digits else []
        if len(matching) != 1:
            known = ", ".join(sha[:SHOWN_DIGITS] for sha in found) or "none"
            what = f"{len(matching)} versions begin" if matching else "no version begins"
            raise UsageError(f"{self.model}@{digits}: {what} with these digits; the ledger has {known}.")
        return found[matching[0]]

    def previous_holder(self, alias: str) -> Event | None:
        """Return the move that put the version at the alias which held it before the present one; None for none."""
        holder = self.holder(alias)
        if holder is None or not holder.previous:
            return None
        return self.find(holder.previous)


def _distinct(moves: Iterable[Event]) -> tuple[Event, ...]:
    """Return one move for each place that an alias was moved to; nothing where all that stands is its removal."""
    by_target = {_target(move): move for move in moves}
    return () if set(by_target) == {""} else tuple(by_target.values())


def _target(move: Event) -> str:
    return "" if move.action == "remove" else move.version.short


class LedgerFolder:
    """The folder that holds the ledgers of all models: reads, verifies and appends.

    Args:
        path: Usually `models/` of the working folder; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """Return the models that have a ledger here, sorted."""
        try:
            folders = sorted(entry.name for entry in os.scandir(self.path) if entry.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for name in folders if any(_FILE_NAME.fullmatch(entry) for entry in os.listdir(self.path / name))]

    def read(self, model: str) -> Ledger:
        """Read and verify the ledger of a model; an unknown one has no events.

        Raises:
            LedgerError: A file was cut, edited, renamed or doubled, or one that others follow is missing.
        """
        folder = self.path / check_model_name(model)
        try:
            files = sorted(entry for entry in os.listdir(folder) if entry.endswith(".json"))
        except (FileNotFoundError, NotADirectoryError):
            return Ledger(model, {})
        events: dict[str, Event] = {}
        for file in files:
            key, event = _read_event(folder / file, model)
            events[key] = event
        return Ledger(model, _in_order(events, folder))

    def read_known(self, model: str) -> Ledger:
        """Read the ledger of a model that must have one.

        Raises:
            UsageError: There is none; with the nearest name.
            LedgerError: As `read`.
        """
        ledger = self.read(model)
        if not ledger.events:
            names = self.names()
            raise UsageError(
                f"{self.path} has no model {model!r}{nearest(model, names)}; "
                f"it has {', '.join(names) or 'none at all'}."
            )
        return ledger

    def append(self, event: Event) -> Event:
        """Write the event after those that are the latest now, and return it as it was written.

        Raises:
            ConfigurationError: The folder cannot be written.
            LedgerError: What is there already cannot be trusted.
        """
        check_model_name(event.model, self.names())
        ledger = self.read(event.model)
        written = replace(event, parents=tuple(sorted(ledger.heads)), at=event.at or _now())
        folder = self.path / event.model
        try:
            folder.mkdir(parents=True, exist_ok=True)
            attributes = self.path / ".gitattributes"
            if not attributes.exists():
                attributes.write_text(_ATTRIBUTES, encoding="utf-8")
            _create(folder / file_name(written), written.to_bytes() + b"\n")
        except OSError as error:
            raise ConfigurationError(
                f"the ledger {folder} cannot be written: {error.strerror or error}; make it writable, or name another "
                "folder as `models` under [tool.trackexp] in pyproject.toml."
            ) from error
        return written


def file_name(event: Event) -> str:
    """Return the name of the event's file: its time, then the first digits of its hash."""
    compact = re.sub(r"[-:]", "", event.at)[:15] + "Z"
    return f"{compact}-{event.hash[:SHOWN_DIGITS]}.json"


def _read_event(path: Path, model: str) -> tuple[str, Event]:
    """Return hash and event of one file.

    Raises:
        LedgerError: The file is not as it was written.
    """
    raw = path.read_bytes().removesuffix(b"\n")
    key = hashlib.sha256(raw).hexdigest()
    named = _FILE_NAME.fullmatch(path.name)
    if named is None:
        raise LedgerError(f"{path} is no event of a ledger by its name; move it elsewhere.")
    try:
        event = Event.from_dict(json.loads(raw))
    except (ValueError, RecursionError, AttributeError) as error:
        raise LedgerError(f"{path} was cut or edited: {error}. {_RESTORE}") from error
    if key[:SHOWN_DIGITS] != named["digits"]:
        raise LedgerError(f"{path} was edited or renamed: its content has the hash {key[:SHOWN_DIGITS]}. {_RESTORE}")
    if path.name != file_name(event):
        raise LedgerError(f"{path} was renamed or doubled: its name should be {file_name(event)}. {_RESTORE}")
    if event.model != model:
        raise LedgerError(f"{path} belongs to the model {event.model!r}, not to {model!r}. {_RESTORE}")
    return key, event


_RESTORE = "Restore it from version control or a copy; nothing is decided on a ledger that was changed."


def _in_order(events: Mapping[str, Event], folder: Path) -> dict[str, Event]:
    """Return the events with parents before children; equal ones by time, then by hash.

    Raises:
        LedgerError: An event that others follow is missing.
    """
    waiting = {key: set(event.parents) for key, event in events.items()}
    for key, parents in waiting.items():
        for missing in parents - events.keys():
            raise LedgerError(
                f"{folder} lacks the event {missing[:SHOWN_DIGITS]}, which {file_name(events[key])} follows. {_RESTORE}"
            )
    children: dict[str, list[str]] = {}
    for key, parents in waiting.items():
        for parent in parents:
            children.setdefault(parent, []).append(key)
    ordered: dict[str, Event] = {}
    ready = [key for key, parents in waiting.items() if not parents]
    while ready:
        ready.sort(key=lambda key: (events[key].at, key), reverse=True)
        key = ready.pop()
        ordered[key] = events[key]
        for child in children.get(key, ()):
            waiting[child].discard(key)
            if not waiting[child]:
                ready.append(child)
    return ordered  # a hash cannot be part of what it is the hash of: there are no circles


def _create(path: Path, content: bytes) -> None:
    """Create a file that must not exist yet, whole or not at all."""
    part = path.with_name(f".{os.getpid()}.part")
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # no hard links here
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
