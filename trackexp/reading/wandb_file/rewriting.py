"""A copy of a `.wandb` file without the rows that a server has already: W&B's own sync would append them again."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from trackexp.reading.wandb_file.framing import BLOCK, MAGIC, LogReader
from trackexp.reading.wandb_file.wire import decode, items, walk

_HEADER = struct.Struct("<IHB")
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_HISTORY = 2  # the field of a Record


def copy_without_rows(source: Path, target: Path, last_step: int) -> int:
    """Copy a run's file, but for the rows of its history up to `last_step`; return how many rows were copied.

    Raises:
        OSError: One of the files cannot be read or written.
    """
    copied = 0
    with source.open("rb") as file, target.open("wb") as out:
        out.write(MAGIC)
        position = len(MAGIC)
        for frame in LogReader(file):
            step = _step_of(frame.payload)
            if step is not None and step <= last_step:
                continue
            copied += step is not None
            for fragment in _fragments(frame.payload, position):
                out.write(fragment)
                position += len(fragment)
    return copied


def steps_of(source: Path) -> list[int]:
    """Return W&B's step of each row of a run's history, in the order of the file.

    Raises:
        OSError: The file cannot be read.
    """
    with source.open("rb") as file:
        return [step for frame in LogReader(file) if (step := _step_of(frame.payload)) is not None]


def _step_of(payload: bytes) -> int | None:
    """Return the step of a row of the history; None for any other record."""
    span = (0, len(payload))
    with suppress(ValueError, IndexError):
        if not any(number == _HISTORY for number, *_ in walk(payload, span)):
            return None
        inside = decode(payload, span, "Record")["history"]
        found = decode(payload, inside, "HistoryRecord").get("step")
        if found is not None:
            return int(found.get("num", 0))
        return next((int(text) for path, text in items(payload, inside, 1) if path == ("_step",)), None)
    return None


def _fragments(payload: bytes, position: int) -> Iterator[bytes]:
    """Yield a record as LevelDB's log has it: in parts that end where a block does, none of whose heads is split."""
    begun, rest = False, payload
    while rest or not begun:
        room = BLOCK - position % BLOCK
        if room < _HEADER.size:
            yield bytes(room)
            position, room = position + room, BLOCK
        part, rest = rest[: room - _HEADER.size], rest[room - _HEADER.size :]
        kind = (_MIDDLE if rest else _LAST) if begun else (_FIRST if rest else _WHOLE)
        begun = True
        yield _HEADER.pack(zlib.crc32(part, zlib.crc32(bytes([kind]))), len(part), kind) + part
        position += _HEADER.size + len(part)
