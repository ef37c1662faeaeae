"""The outer layer of a `.wandb` file: seven bytes of header, then LevelDB's log in blocks of 32 KiB.

A record is one whole fragment, or a first, any middles and a last one, none of which straddles a block. Each carries
a CRC-32 of its type and payload, so whatever passes is what W&B wrote; what does not pass is reported as damage, and
reading goes on at the next fragment that passes.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from trackexp.record import Damage

MAGIC = b":W&B\xe1\xbe\x00"  # the last byte is the format's version
BLOCK = 32_768
_HEADER = struct.Struct("<IHB")  # CRC-32, length of the payload, type
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_TYPE_BYTE = re.compile(rb"[\x01-\x04]")
_ZEROS = bytes(8)  # what a file system leaves where data never arrived; no record of W&B ends like this
_LOOKED_AT = 4  # block starts that may prove that a file with a broken header is a run all the same


@dataclass(frozen=True, slots=True)
class Frame:
    """One record: where it lies in the file, and its bytes."""

    offset: int
    end: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Fragment:
    offset: int
    end: int
    kind: int
    payload: bytes


def is_run(file: BinaryIO) -> bool:
    """Return whether the file is a run, which one with a damaged header still is; leaves the file at its start."""
    head = file.read(_LOOKED_AT * BLOCK)
    file.seek(0)
    if head.startswith(MAGIC):
        return True
    starts = (len(MAGIC), *range(BLOCK, len(head), BLOCK))
    return any(_fragment_at(head[s - s % BLOCK : s - s % BLOCK + BLOCK], s % BLOCK, 0) for s in starts)


class LogReader:
    """The records of one file, one after the other; what could not be read is in `damage` afterwards.

    Holds one block and one record at a time. `end` is where in the file it has come to; it begins at `start`, the
    beginning of a block, where `file` stands.
    """

    def __init__(self, file: BinaryIO, start: int = 0) -> None:
        self._file = file
        self.damage: list[Damage] = []
        self.end = start

    def __iter__(self) -> Iterator[Frame]:
        pending: list[_Fragment] = []
        for part in self._parts():
            if pending and (isinstance(part, Damage) or part.kind in (_WHOLE, _FIRST)):
                self.lose(pending[0].offset, pending[-1].end, part.kind if isinstance(part, Damage) else "truncated")
                pending = []
            if isinstance(part, Damage):
                self.lose(part.offset, part.offset + part.length, part.kind)
            elif part.kind == _WHOLE:
                yield Frame(part.offset, part.end, part.payload)
            elif part.kind != _FIRST and not pending:
                self.lose(part.offset, part.end, "truncated")
            else:
                pending.append(part)
                if part.kind == _LAST:
                    yield Frame(pending[0].offset, part.end, b"".join(fragment.payload for fragment in pending))
                    pending = []
        if pending:
            self.lose(pending[0].offset, self.end, "truncated")

    def lose(self, start: int, stop: int, kind: str) -> None:
        """Note that the bytes from `start` to `stop` could not be read; adjoining losses become one."""
        last = self.damage[-1] if self.damage else None
        if last is not None and start <= last.offset + last.length:
            self.damage[-1] = replace(last, length=max(last.length, stop - last.offset))
        else:
            self.damage.append(Damage(start, stop - start, kind))

    def _parts(self) -> Iterator[_Fragment | Damage]:
        position = 0 if self.end else len(MAGIC)
        while block := self._file.read(BLOCK):
            if self.end == 0 and not block.startswith(MAGIC):
                yield Damage(0, min(len(MAGIC), len(block)), "garbage")
            base, self.end = self.end, self.end + len(block)
            yield from _split(block, position, base)
            position = 0
            if len(block) < BLOCK:
                break


def _split(block: bytes, position: int, base: int) -> Iterator[_Fragment | Damage]:
    """Yield the fragments of one block that begins at `base` in the file, and what lies damaged between them."""
    while position < len(block) and BLOCK - position >= _HEADER.size:
        fragment = _fragment_at(block, position, base)
        if fragment is None:
            resume = _resume_at(block, position)
            yield Damage(base + position, resume - position, _kind(block, position, resume))
            position = resume
        else:
            yield fragment
            position = fragment.end - base


def _fragment_at(block: bytes, position: int, base: int) -> _Fragment | None:
    if position + _HEADER.size > len(block):
        return None
    checksum, length, kind = _HEADER.unpack_from(block, position)
    start = position + _HEADER.size
    stop = start + length
    if not _WHOLE <= kind <= _LAST or stop > len(block) or zlib.crc32(block[start - 1 : stop]) != checksum:
        return None
    return _Fragment(base + position, base + stop, kind, block[start:stop])


def _resume_at(block: bytes, position: int) -> int:
    """Return where the next sound fragment of the block begins, or the block's end."""
    if position + _HEADER.size <= len(block):
        length: int = _HEADER.unpack_from(block, position)[1]
        follower = position + _HEADER.size + length  # right when the length was spared
        if _fragment_at(block, follower, 0):
            return follower
    for match in _TYPE_BYTE.finditer(block, position + _HEADER.size):
        candidate = match.start() - (_HEADER.size - 1)
        found = _fragment_at(block, candidate, 0)
        if found and found.payload:
            return candidate
    return len(block)


def _kind(block: bytes, position: int, resume: int) -> str:
    lost = block[position:resume]
    if lost.endswith(_ZEROS) or not lost.strip(b"\0"):
        return "zeros"
    if position + _HEADER.size > len(block):
        return "truncated"
    _, length, kind = _HEADER.unpack_from(block, position)
    stop = position + _HEADER.size + length
    if not _WHOLE <= kind <= _LAST or stop > BLOCK:
        return "garbage"
    return "truncated" if stop > len(block) and resume == len(block) else "checksum"
