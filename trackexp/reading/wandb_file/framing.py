"""The outer layer of a `.wandb` file: seven bytes of header, then LevelDB's log in blocks of 32 KiB.

A record is one whole fragment, or a first, any middles and a last one, none of which straddles a block. Each carries
a CRC-32 of its type and payload, so whatever passes is what W&B wrote; what does not pass is reported as damage, and
reading goes on at the next fragment that passes.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from trackexp.record import Damage

MAGIC = b":W&B\xe1\xbe\x00"  # the last byte is the format's version
BLOCK = 32_768
BATCH = 32  # blocks that are read in one pass: 1 MiB, which the processor's cache holds
_HEADER = struct.Struct("<IHB")  # CRC-32, length of the payload, type
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_SEED = zlib.crc32(bytes([_WHOLE]))  # of the type byte, with which the checksum of a whole record begins
_BEGIN = bytes([_WHOLE, 0x08])  # a whole record: its type, and the tag of its number, which comes first
_TYPE_BYTE = re.compile(rb"[\x01-\x04]")
_ZEROS = bytes(8)  # what a file system leaves where data never arrived; no record of W&B ends like this
_LOOKED_AT = 4  # block starts that may prove that a file with a broken header is a run all the same


@dataclass(frozen=True, slots=True)
class Frame:
    """One record: where it lies in the file, and its bytes."""

    offset: int
    end: int
    payload: bytes


@dataclass(slots=True)
class Batch:
    """Records that follow one another: of each its payload, and where it lies in the file."""

    payloads: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def frame(self, place: int) -> Frame:
        """Return one of the records."""
        return Frame(self.offsets[place], self.ends[place], self.payloads[place])

    def add(self, offset: int, end: int, payload: bytes) -> None:
        """Append a record."""
        self.payloads.append(payload)
        self.offsets.append(offset)
        self.ends.append(end)


@dataclass(frozen=True, slots=True)
class _Fragment:
    offset: int
    end: int
    kind: int
    payload: bytes


def is_run(file: BinaryIO) -> bool:
    """Return whether the file is a run, which one with a damaged header still is; leaves the file at its start."""
    head = file.read(len(MAGIC))
    if head != MAGIC:
        head += file.read(_LOOKED_AT * BLOCK - len(head))
    file.seek(0)
    if head == MAGIC:
        return True
    starts = (len(MAGIC), *range(BLOCK, len(head), BLOCK))
    return any(_fragment_at(head[s - s % BLOCK : s - s % BLOCK + BLOCK], s % BLOCK, 0) for s in starts)


class LogReader:
    """The records of one file, one after the other; what could not be read is in `damage` afterwards.

    Holds one batch of blocks and one record at a time. `end` is where in the file it has come to; it begins at `start`,
    the beginning of a block, where `file` stands; so many bytes of that block as `skip` says are passed over.
    """

    def __init__(self, file: BinaryIO, start: int = 0, *, skip: int = 0) -> None:
        self._file = file
        self._pending: list[_Fragment] = []
        self._first = skip if start or skip else len(MAGIC)
        self.damage: list[Damage] = []
        self.end = start

    @property
    def pending_from(self) -> int:
        """Where the record begins that is not yet at its end; `end`, where none is open."""
        return self._pending[0].offset if self._pending else self.end

    def __iter__(self) -> Iterator[Frame]:
        for batch in self.batches(1):
            yield from map(batch.frame, range(len(batch.payloads)))

    def batches(self, blocks: int = BATCH) -> Iterator[Batch]:
        """Yield the records of so many blocks at a time."""
        position = self._first
        batch, count = Batch(), 0
        while block := self._file.read(BLOCK):
            if self.end == 0 and not block.startswith(MAGIC):
                self._lose(0, min(len(MAGIC), len(block)), "garbage")
            base, self.end = self.end, self.end + len(block)
            self._split(block, position, base, batch)
            position, count = 0, count + 1
            if count == blocks:
                yield batch
                batch, count = Batch(), 0
            if len(block) < BLOCK:
                break
        if self._pending:
            self._lose(self._pending[0].offset, self.end, "truncated")
        yield batch

    def _split(self, block: bytes, position: int, base: int, batch: Batch) -> None:
        """Add to a batch the records that end in one block, which begins at `base` in the file."""
        size, last = len(block), min(len(block), BLOCK - _HEADER.size + 1)
        whole, seed, crc, unpack = _WHOLE, _SEED, zlib.crc32, _HEADER.unpack_from
        payloads, offsets, ends = batch.payloads.append, batch.offsets.append, batch.ends.append
        pending = self._pending
        while position < last:
            if not pending and position + 7 <= size:  # as nearly all records are: whole, and sound
                checksum, length, kind = unpack(block, position)
                stop = position + 7 + length
                payload = block[position + 7 : stop]
                if kind == whole and stop <= size and crc(payload, seed) == checksum:
                    payloads(payload)
                    offsets(base + position)
                    ends(base + stop)
                    position = stop
                    continue
            position = self._accept(block, position, base, batch)

    def _accept(self, block: bytes, position: int, base: int, batch: Batch) -> int:
        """Take one fragment of any kind, or what lies damaged before the next one; return where that ends."""
        part, pending = _fragment_at(block, position, base), self._pending
        if part is None:
            stop = _resume_at(block, position)
            kind = _kind(block, position, stop)
            self._drop_pending(kind)
            self._lose(base + position, base + stop, kind)
            return stop
        if part.kind in (_WHOLE, _FIRST):
            self._drop_pending("truncated")
        if part.kind == _WHOLE:
            batch.add(part.offset, part.end, part.payload)
        elif part.kind != _FIRST and not pending:
            self._lose(part.offset, part.end, "truncated")
        else:
            pending.append(part)
            if part.kind == _LAST:
                batch.add(pending[0].offset, part.end, b"".join(fragment.payload for fragment in pending))
                pending.clear()
        return part.end - base

    def _drop_pending(self, kind: str) -> None:
        if self._pending:
            self._lose(self._pending[0].offset, self._pending[-1].end, kind)
            self._pending.clear()

    def _lose(self, start: int, stop: int, kind: str) -> None:
        self.damage[-1:] = joined([*self.damage[-1:], Damage(start, stop - start, kind)])


def whole_records(block: bytes, base: int, stop: int) -> tuple[Batch, int]:
    """Return the records that begin a file's first block and stand before `stop`, and where the next one begins.

    They end before the first that is not sound, or goes on in another block.

    Args:
        block: The block, with the file's header.
        base: Where the first record begins.
        stop: Where records may begin no more.
    """
    batch, position = Batch(), base
    while position < stop:
        part = _fragment_at(block, position, 0)
        if part is None or part.kind != _WHOLE:
            break
        batch.add(part.offset, part.end, part.payload)
        position = part.end
    return batch, position


def next_whole(block: bytes, position: int) -> int | None:
    """Return where the next sound whole record of a block begins; None where there is none."""
    place = block.find(_BEGIN, position)
    while place >= 0:
        found = _fragment_at(block, place - _HEADER.size + 1, 0)
        if found:
            return found.offset
        place = block.find(_BEGIN, place + 1)
    return None


def joined(parts: Iterable[Damage]) -> list[Damage]:
    """Return losses in the order of the file, adjoining ones as one, which is of the first one's kind."""
    found: list[Damage] = []
    for part in sorted(parts, key=lambda part: part.offset):
        last = found[-1] if found else None
        if last is not None and part.offset <= last.offset + last.length:
            found[-1] = replace(last, length=max(last.length, part.offset + part.length - last.offset))
        else:
            found.append(part)
    return found


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
