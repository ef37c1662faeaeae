"""The outer layer of a `.wandb` file: seven bytes of header, then LevelDB's log in blocks of 32 KiB.

A record is one whole fragment, or a first, any middles and a last one, none of which straddles a block. Each carries
a CRC-32 of its type and payload, so whatever passes is what W&B wrote; what does not pass is reported as damage, and
reading goes on at the next fragment that passes.

Each record is checked by itself, which takes a quarter of the reading of a run, half of it in zlib. One checksum over a
block, from which those of its records follow, would spare a tenth: it is not worth its mathematics.
"""

from __future__ import annotations

import errno
import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
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


class Batch:
    """Records that follow one another, in one buffer: the bytes of the file they lie in, then those put together.

    Nothing is copied but what lies in several fragments, so that a record which nobody asks for costs two numbers.

    Args:
        raw: Bytes of the file.
        base: Where they begin in the file.
    """

    __slots__ = ("_base", "_joined", "_raw", "begins", "stops")

    def __init__(self, raw: bytes, base: int) -> None:
        self._raw, self._base = raw, base
        self._joined: dict[int, Frame] = {}  # by their place in the batch
        self.begins: list[int] = []
        self.stops: list[int] = []

    def __len__(self) -> int:
        return len(self.begins)

    def add(self, begin: int, stop: int) -> None:
        """Append a whole record, by where its payload lies in `raw`."""
        self.begins.append(begin)
        self.stops.append(stop)

    def add_joined(self, frame: Frame) -> None:
        """Append a record that lay in several fragments."""
        begin = len(self._raw) + sum(len(other.payload) for other in self._joined.values())
        self._joined[len(self)] = frame
        self.add(begin, begin + len(frame.payload))

    def buffer(self, padding: bytes = b"") -> bytes:
        """Return the bytes that `begins` and `stops` are places in."""
        return b"".join([self._raw, *(frame.payload for frame in self._joined.values()), padding])

    def frame(self, place: int) -> Frame:
        """Return one of the records."""
        begin, stop = self.begins[place], self.stops[place]
        if place in self._joined:
            return self._joined[place]
        return Frame(self._base + begin - _HEADER.size, self._base + stop, self._raw[begin:stop])

    def offset(self, place: int) -> int:
        """Return where a record begins in the file."""
        joined = self._joined.get(place)
        return self._base + self.begins[place] - _HEADER.size if joined is None else joined.offset


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
            yield from map(batch.frame, range(len(batch)))

    def batches(self, blocks: int = BATCH) -> Iterator[Batch]:
        """Yield the records that end in so many blocks at a time."""
        position = self._first
        while raw := self._file.read(blocks * BLOCK):
            if self.end == 0 and not raw.startswith(MAGIC):
                self._lose(0, min(len(MAGIC), len(raw)), "garbage")
            batch = Batch(raw, self.end)
            self.end += len(raw)
            for start in range(0, len(raw), BLOCK):
                self._split(raw, start, start + position, batch)
                position = 0
            if len(raw) < blocks * BLOCK:
                self._drop_open_end()
            yield batch
            if len(raw) < blocks * BLOCK:
                return
            if not raw.strip(b"\0"):
                self._pass_over_hole()
        self._drop_open_end()

    def _pass_over_hole(self) -> None:
        """Go on where the file holds data again: a sparse one may claim more bytes than anybody can read."""
        try:
            place = os.lseek(self._file.fileno(), self.end, os.SEEK_DATA)
        except (OSError, AttributeError) as error:  # at its end, or no file that can tell
            if not isinstance(error, OSError) or error.errno != errno.ENXIO:
                return
            place = os.fstat(self._file.fileno()).st_size
        place = max(self.end, place - place % BLOCK)
        if place > self.end:
            self._drop_pending("zeros")
            self._lose(self.end, place, "zeros")
            self.end = place
        self._file.seek(self.end)

    def _split(self, raw: bytes, start: int, position: int, batch: Batch) -> None:
        """Add to a batch the records that end in one block of it, from `position` on."""
        stop = min(start + BLOCK, len(raw))
        last = min(stop, start + BLOCK - _HEADER.size + 1)
        begins, stops = batch.begins.append, batch.stops.append
        whole, seed, crc, unpack, pending = _WHOLE, _SEED, zlib.crc32, _HEADER.unpack_from, self._pending
        block = b""
        while position < last:
            while not pending and position <= stop - 7:  # as nearly all records are: whole, and sound
                checksum, length, kind = unpack(raw, position)
                begin = position + 7
                end = begin + length
                if kind != whole or end > stop or crc(raw[begin:end], seed) != checksum:
                    break
                begins(begin)
                stops(end)
                position = end
            if position < last:
                block = block or raw[start:stop]
                position = start + self._accept(block, position - start, self.end - len(raw) + start, batch, start)

    def _accept(self, block: bytes, position: int, base: int, batch: Batch, start: int) -> int:
        """Take one fragment of any kind, or what lies damaged before the next one; return where that ends.

        Args:
            block: The block it is in.
            position: Where it begins in the block.
            base: Where the block begins in the file.
            batch: What to add a record to.
            start: Where the block begins in the bytes of the batch.
        """
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
            batch.add(start + position + _HEADER.size, start + part.end - base)
        elif part.kind != _FIRST and not pending:
            self._lose(part.offset, part.end, "truncated")
        else:
            pending.append(part)
            if part.kind == _LAST:
                payload = b"".join(fragment.payload for fragment in pending)
                batch.add_joined(Frame(pending[0].offset, part.end, payload))
                pending.clear()
        return part.end - base

    def _drop_open_end(self) -> None:
        """Note as lost a record that the end of the file cuts off; its fragments stay open for whoever goes on."""
        if self._pending:
            self._lose(self._pending[0].offset, self.end, "truncated")

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
    batch, position = Batch(block, 0), base
    while position < stop:
        part = _fragment_at(block, position, 0)
        if part is None or part.kind != _WHOLE:
            break
        batch.add(position + _HEADER.size, part.end)
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
