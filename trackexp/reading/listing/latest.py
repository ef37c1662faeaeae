"""The summary after many records, read from its end: of each key only what was said last is parsed, without numpy."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from operator import itemgetter

from trackexp.reading.wandb_file.contents import apply
from trackexp.reading.wandb_file.nested import NestedValues
from trackexp.reading.wandb_file.wire import varint, walk

_LENGTH = rb"([\x80-\xff]?[\x00-\x7f])"
# An item: its length; key or nested keys; the value's tag, length and JSON text, in which no control character stands.
_ITEM = re.compile(
    rb"\n" + _LENGTH + rb"((?:[\n\x12][\x00-\x7f][^\x00-\x1f]*)+)\x82\x01" + _LENGTH + rb"([^\x00-\x1f]+)"
)
_VALUE = b"\x82\x01"
_BETWEEN = 3  # bytes of an item that are in no group: its tag, and that of the value
_SHORT = 64  # bytes of a message
_keys = itemgetter(1)

Path = tuple[str, ...]
Body = tuple[bytes, int, int, int]
"""A record's bytes, where its summary message begins and ends in them, and where the record lies in the file."""


class LatestSummary:
    """Summary messages in the order of the file, of which the values are wanted as they stand after the last one."""

    def __init__(self) -> None:
        self._bodies: list[Body] = []
        self._found: dict[Path, tuple[bytes, int]] | None = None
        self._is_known = False

    def add(self, payload: bytes, start: int, stop: int, offset: int) -> None:
        """Add a message that follows those before it."""
        self._is_known = False
        self._bodies.append((payload, start, stop, offset))

    def extend(self, later: LatestSummary) -> None:
        """Add messages that all stand later in the file."""
        ours, theirs = self._latest(), later._latest()
        self._bodies += later._bodies
        self._found = None if ours is None or theirs is None else {**ours, **theirs}
        self._is_known = True

    def apply_to(self, values: NestedValues) -> None:
        """Set every key to what was said of it last.

        Raises:
            ValueError: A message is malformed.
            IndexError: The same.
        """
        found = self._latest()
        if found is None or not _independent(found):
            for payload, start, stop, offset in self._bodies:
                apply(values, payload, (start, stop), offset)
            return
        for path, (text, offset) in found.items():
            values.update(path, text, offset)

    def keys(self) -> set[Path] | None:
        """Return the keys that were set; None where something is not as W&B mostly writes it."""
        found = self._latest()
        return None if found is None else set(found)

    def apply_what_is_sound(self, values: NestedValues) -> list[int]:
        """Set what the messages say that are not malformed, and return where the others lie."""
        wrong: list[int] = []
        for payload, start, stop, offset in self._bodies:
            try:
                apply(values, payload, (start, stop), offset)
            except (ValueError, IndexError, RecursionError):
                wrong.append(offset)
        return wrong

    def _latest(self) -> dict[Path, tuple[bytes, int]] | None:
        """Return what `_from_the_end` does, and find it out once."""
        if not self._is_known:
            self._found, self._is_known = self._from_the_end(), True
        return self._found

    def _from_the_end(self) -> dict[Path, tuple[bytes, int]] | None:
        """Return text and place of the last value of each key; None where something is not as W&B mostly writes it."""
        known: set[bytes] = set()
        again: set[bytes] = set()
        found: dict[Path, tuple[bytes, int]] = {}
        for payload, start, stop, offset in reversed(self._bodies):
            if stop - start < _SHORT:  # as the running time, which is said with every row
                body = payload[start:stop]
                if body in again:
                    continue
                again.add(body)
            items = _ITEM.findall(payload, start, stop)
            if sum(map(len, chain.from_iterable(items))) + _BETWEEN * len(items) != stop - start:
                return None
            if known.issuperset(map(_keys, items)):
                continue
            for size, keys, room, text in reversed(items):
                if keys not in known:
                    path = _path(keys)
                    if path is None or not _is_whole(size, keys, room, text):
                        return None
                    known.add(keys)
                    found.setdefault(path, (text, offset))
        return found


@lru_cache(maxsize=4096)  # runs that are listed together mostly have the same keys
def _path(keys: bytes) -> Path | None:
    try:
        fields = [(number, keys[first:second].decode()) for number, _, first, second in walk(keys, (0, len(keys)))]
    except (ValueError, IndexError):
        return None
    nested = tuple(text for number, text in fields if number == 2)
    return nested or (fields[-1][1],)


def _is_whole(size: bytes, keys: bytes, room: bytes, text: bytes) -> bool:
    """Return whether the lengths that an item states are those that were found."""
    inner = len(keys) + len(_VALUE) + len(room) + len(text)
    return _number(room) == len(text) and _number(size) == inner


def _number(length: bytes) -> int:
    return length[0] if len(length) == 1 else varint(length, 0)[0]


def _independent(paths: dict[Path, tuple[bytes, int]]) -> bool:
    return not any(path[:depth] in paths for path in paths for depth in range(1, len(path)))
