"""The records of many blocks at once, their checksums proven block by block instead of record by record.

A checksum stands before the bytes it is of, so the four bytes after these are free once the header there has been read.
Whatever is fed to a CRC after a message that is sound, as a function of its checksum, can bring the register to any
value: here to the one that six bytes later is where a CRC begins. One CRC over all records of a block, in each header
what does this for the record before, therefore ends with the last one's checksum. The register's steps are invertible:
a single record that is damaged is noticed as surely as by its own checksum, and several as surely as 32 bits tell.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.bodies import PADDING, Places
from trackexp.reading.wandb_file.framing import BATCH, BLOCK, MAGIC, Batch, Frame, LogReader

_HEADER, _KIND = 7, 6  # bytes of a header, and where in it the type stands, with which what the checksum is of begins
_WHOLE, _FIRST, _LAST = 1, 2, 4
_POLYNOMIAL, _ALL = 0xEDB88320, 0xFFFFFFFF


def _before(register: int, count: int) -> int:
    """Return from which value so many zero bytes bring a CRC's register to the given one."""
    for _ in range(8 * count):
        register = ((register ^ _POLYNOMIAL) << 1 | 1) if register >> 31 else register << 1
    return register


_RESTART = np.uint32(_before(_ALL, _HEADER - 1) ^ _ALL)  # with a checksum: what to feed after the bytes it is of


@dataclass(frozen=True, slots=True)
class Records:
    """Records that follow one another, in one buffer, which ends with padding.

    Args:
        begin: Where each begins in the buffer.
        stop: Where it ends.
        offset: Where it begins in the file.
        end: Where it ends there.
    """

    buffer: bytes
    begin: Places
    stop: Places
    offset: Places
    end: Places

    def frame(self, place: int) -> Frame:
        """Return one of the records."""
        payload = self.buffer[self.begin[place] : self.stop[place]]
        return Frame(int(self.offset[place]), int(self.end[place]), payload)


class BlockReader(LogReader):
    """The same records and damage as `LogReader` has, many at a time."""

    def records(self) -> Iterator[Records]:
        """Yield the records of some blocks at a time."""
        while raw := self._file.read(BATCH * BLOCK):
            if self.end == 0 and not raw.startswith(MAGIC):
                self._lose(0, min(len(MAGIC), len(raw)), "garbage")
            begin = 0 if self.end else len(MAGIC)
            base, self.end = self.end, self.end + len(raw)
            if len(raw) < BATCH * BLOCK:
                yield self._records(raw, begin, base)
                break
            yield self._records(raw, begin, base)
        if self._pending:
            self._lose(self._pending[0].offset, self.end, "truncated")

    def _records(self, raw: bytes, begin: int, base: int) -> Records:
        """Return the records that end in the bytes `raw`, which begin at `base` in the file."""
        chains = _chains(raw, begin)
        head = np.frombuffer(chains.heads, np.int64)
        sound, parts = _checked(raw, head, chains)
        taken, odd, first = np.zeros(len(head), np.bool_), Batch(), 0
        for block, count in enumerate(chains.counts):
            start, stop = block * BLOCK, first + count
            fragments = parts.get(block, [])  # those that are no whole records
            if sound[block] and fragments == self._expected(raw, chains.heads, first, stop):
                taken[first:stop] = True
                taken[fragments] = False
                for at in map(chains.heads.__getitem__, fragments):
                    self._accept(raw[at : at + _HEADER + raw[at + 4] + (raw[at + 5] << 8)], 0, base + at, odd)
            else:
                self._split(raw[start : start + BLOCK], begin if block == 0 else 0, base + start, odd)
            first = stop
        return _together(raw, head[taken], base, odd)

    def _expected(self, raw: bytes, heads: array[int], first: int, stop: int) -> list[int]:
        """Return which are no whole records in a block that ends the open one, if one is, and may begin another."""
        last = [first] if self._pending and raw[heads[first] + _KIND] == _LAST else []
        more = stop - first > len(last) and raw[heads[stop - 1] + _KIND] == _FIRST
        if self._pending and not last:
            return [-1]
        return [*last, stop - 1] if more else last


@dataclass(frozen=True, slots=True)
class _Chains:
    """Where headers stand when each length is believed, how many in each block, and where the last of it ends."""

    heads: array[int]
    counts: list[int]
    ends: list[int]


def _chains(raw: bytes, begin: int) -> _Chains:
    heads, counts, ends = array("q"), [], []
    add, before = heads.append, 0
    for start in range(0, len(raw), BLOCK):
        position, last = start or begin, min(start + BLOCK, len(raw)) - _HEADER
        while position <= last:
            add(position)
            position += _HEADER + raw[position + 4] + (raw[position + 5] << 8)
        counts.append(len(heads) - before)
        ends.append(position)
        before = len(heads)
    return _Chains(heads, counts, ends)


def _checked(raw: bytes, head: Places, chains: _Chains) -> tuple[list[bool], dict[int, list[int]]]:
    """Return of each block whether all of it is sound, and which of its fragments are no whole records."""
    checksum = _words(raw)[head]
    fed = bytearray(raw)
    _words(fed)[head[1:]] = checksum[:-1] ^ _RESTART
    data = np.frombuffer(fed, np.uint8)
    data[head + 4] = data[head + 5] = 0
    sound, first, view = [], 0, memoryview(fed)
    for block, (count, end) in enumerate(zip(chains.counts, chains.ends, strict=True)):
        stop = min(block * BLOCK + BLOCK, len(raw))
        whole = end <= stop and (end == stop or stop % BLOCK == 0) and count > 0
        last = first + count - 1
        sound.append(whole and zlib.crc32(view[chains.heads[first] + _KIND : end]) == checksum[last])
        first += count
    parts: dict[int, list[int]] = {}
    for place in np.flatnonzero(data[head + _KIND] != _WHOLE).tolist():
        parts.setdefault(chains.heads[place] // BLOCK, []).append(place)
    return sound, parts


def _words(buffer: bytes | bytearray) -> NDArray[np.uint32]:
    """Return the 32 bits at every place of the buffer."""
    return np.ndarray((max(len(buffer) - 3, 0),), "<u4", buffer, strides=(1,))


def _together(raw: bytes, head: Places, base: int, odd: Batch) -> Records:
    """Return whole records and those that were put together, or read with care, in the order of the file."""
    data = np.frombuffer(raw, np.uint8)
    begin = head + _HEADER
    stop = begin + data[head + 4] + (data[head + 5].astype(np.int64) << 8)
    offset, end = head + base, stop + base
    buffer = b"".join([raw, *odd.payloads, PADDING])
    if not odd.payloads:
        return Records(buffer, begin, stop, offset, end)
    ends = len(raw) + np.cumsum([len(payload) for payload in odd.payloads])
    begins = np.append(len(raw), ends[:-1])
    pairs = ((offset, odd.offsets), (begin, begins), (stop, ends), (end, odd.ends))
    offset, begin, stop, end = (np.concatenate([ours, np.asarray(more, np.int64)]) for ours, more in pairs)
    order = np.argsort(offset, kind="stable")  # merges what is in order
    return Records(buffer, begin[order], stop[order], offset[order], end[order])
