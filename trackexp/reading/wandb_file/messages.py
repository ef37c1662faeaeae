"""History and summary messages of many records at once: key, value and record of each item, found with numpy.

The message of every plain record is located; candidates for its items are all places of the value's tag. They are items
when each begins with an item's tag, the two lengths agree with where the value ends, the next begins where it ends, and
the last one ends the message; the bytes of a key are walked once for every different key. A message of which one
candidate fails is left to the careful walker. Against walking every message in Python this takes a thirtieth of the
time, and nearly all of what a run's file is made of comes this way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.framing import Batch
from trackexp.reading.wandb_file.keys import distinct
from trackexp.reading.wandb_file.nested import DEEPEST
from trackexp.reading.wandb_file.wire import walk

Places = NDArray[np.int64]
Path = tuple[str, ...]

OTHER, HISTORY, SUMMARY = 0, 2, 3  # fields of Record; 0 where the shape is not the plain one
_PADDING = bytes(512)  # whatever a lying length points at stays inside the buffer
_RECORD_NUM = 0x08  # tag of Record.num, which every release writes first
_KIND = np.zeros(256, np.uint8)
_KIND[[HISTORY << 3 | 2, SUMMARY << 3 | 2]] = HISTORY, SUMMARY
_LONGEST_LENGTH = 4  # bytes of a length: up to 256 MiB
_ITEM = 0x0A  # tag of an item in both messages, and of `key` in an item
_VALUE = (0x82, 0x01)  # the two bytes of the tag of `value_json`
_STEP, _NUM = 0x12, 0x08  # HistoryRecord.step and HistoryStep.num
_LENGTH = 2  # wire type
_LONGEST_KEY = 256

# glibc gives freed memory back to the system at once, and every batch would fault its pages in again (a fifth of the
# time), until it has seen a larger block freed: it then keeps twice as much. Nothing is touched, so this costs nothing.
np.empty(4 << 20, np.uint8)


@dataclass(frozen=True, slots=True)
class Bodies:
    """The records of a batch: `kind`, `start` and `stop` of each message in `buffer`; `data` is the same as numbers."""

    buffer: bytes
    data: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    start: Places
    stop: Places


@dataclass(frozen=True, slots=True)
class Items:
    """All proven items in the order they were written.

    Args:
        record: Which record of the batch each is in; rising.
        key: Index into `paths`.
        start: Where its value, JSON text, begins in the buffer.
        stop: Where that ends.
        proven: Of each record of the batch, whether its items are here.
        paths: The different keys.
    """

    record: Places
    key: Places
    start: Places
    stop: Places
    proven: NDArray[np.bool_]
    paths: list[Path]


def locate(batch: Batch) -> Bodies:
    """Find the message of every record that is `num`, then history or summary, and nothing after it."""
    buffer = batch.buffer(_PADDING)
    begin, stop = np.array(batch.begins, np.int64), np.array(batch.stops, np.int64)
    data = np.frombuffer(buffer, np.uint8)
    _, position, sound = _varints(data, begin + 1)
    kind = _KIND[data[position]]
    length, start, minimal = _varints(data, position + 1)
    plain = sound & minimal & (data[begin] == _RECORD_NUM) & (start + length == stop)
    return Bodies(buffer, data, np.where(plain, kind, np.uint8(OTHER)), start, stop)


def find_items(bodies: Bodies) -> Items:
    """Return the items of all history and summary messages that pass every check."""
    data = bodies.data
    tagged = np.flatnonzero(data == _VALUE[0])
    tagged = tagged[data[tagged + 1] == _VALUE[1]]
    records = np.flatnonzero(bodies.kind != OTHER)
    first = np.searchsorted(tagged, bodies.start[records])
    counts = (
        np.searchsorted(tagged, bodies.stop[records] - len(_VALUE)) - first
    )  # the last bytes may be a step's number
    records, first, counts = (column[counts > 0] for column in (records, first, counts))
    proven = np.zeros(len(bodies.kind), np.bool_)
    if not len(records):
        none = np.empty(0, np.int64)
        return Items(none, none, none, none, proven, [])
    ends = np.cumsum(counts)
    begins = ends - counts
    tag = tagged[np.arange(ends[-1]) + np.repeat(first - begins, counts)]
    record = np.repeat(records, counts)

    length, start, sound = _varints(data, tag + 2)
    stop = start + length
    limit = bodies.stop[record]
    sound &= stop <= limit
    stop = np.minimum(stop, limit)
    item = np.empty_like(stop)
    item[1:] = stop[:-1]
    item[begins] = bodies.start[records]
    length, key_at, plain = _varints(data, item + 1)
    sound &= plain & (data[item] == _ITEM) & (key_at + length == stop) & (key_at < tag) & (tag - key_at <= _LONGEST_KEY)

    key, examples = distinct(bodies.buffer, key_at, np.clip(tag - key_at, 0, _LONGEST_KEY))
    found = [_path(bodies.buffer, int(key_at[e]), int(tag[e])) if sound[e] else None for e in examples]
    sound &= np.array([path is not None for path in found])[key]
    proven[records] = _ends_well(bodies, records, stop[ends - 1])
    proven[record[~sound]] = False
    kept = proven[record]
    if not kept.all():
        record, key, start, stop = record[kept], key[kept], start[kept], stop[kept]
    unique = {path: index for index, path in enumerate(dict.fromkeys(path or ("",) for path in found))}
    same = np.array([unique[path or ("",)] for path in found])
    return Items(record, same[key], start, stop, proven, list(unique))


def _ends_well(bodies: Bodies, records: Places, end: Places) -> NDArray[np.bool_]:
    """Return whether the message ends after its last item, or in the case of history after the step's number."""
    data, rest = bodies.data, bodies.stop[records] - end
    _, after, sound = _varints(data, end + 3)
    number = sound & (data[end + 2] == _NUM) & (after == end + rest)
    step = (data[end] == _STEP) & (data[end + 1] == rest - 2) & ((rest == 2) | number)
    ended: NDArray[np.bool_] = (rest == 0) | ((bodies.kind[records] == HISTORY) & step & (rest >= 2))
    return ended


def _varints(data: NDArray[np.uint8], position: Places) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Return the number at each position, where it ends, and whether it is one of at most four bytes."""
    byte = data[position]
    more = byte >= 0x80
    if not more.any():
        return byte.astype(np.int64), position + 1, ~more
    value = (byte & 0x7F).astype(np.int64)
    last, shift = position, 7
    while more.any() and shift < 7 * _LONGEST_LENGTH:
        last = last + more
        byte = data[last]
        value |= np.where(more, (byte & 0x7F).astype(np.int64) << shift, 0)
        more &= byte >= 0x80
        shift += 7
    return value, last + 1, ~more


def _path(buffer: bytes, start: int, stop: int) -> Path | None:
    """Return the path that the bytes before a value spell; None where they hold more than keys."""
    key, nested = "", []
    try:
        for number, wire, first, second in walk(buffer, (start, stop)):
            if wire != _LENGTH or number not in (1, 2):
                return None
            if number == 1:
                key = buffer[first:second].decode()
            else:
                nested.append(buffer[first:second].decode())
    except (ValueError, IndexError):
        return None
    return None if len(nested) > DEEPEST else tuple(nested) or (key,)
