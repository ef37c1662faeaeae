"""The items of many history and summary messages: key, value and record of each, proven to be what protobuf says.

Candidates are all places of the value's tag. They are items when each begins with an item's tag, the two lengths agree
with where the value ends, the next begins where it ends, and the last one ends the message; the bytes of a key are
walked once for every different key. A message of which one candidate fails is left to the careful walker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.bodies import HISTORY, OTHER, Bodies, Places, varints
from trackexp.reading.wandb_file.keys import distinct
from trackexp.reading.wandb_file.nested import DEEPEST
from trackexp.reading.wandb_file.wire import walk

_ITEM = 0x0A  # tag of an item in both messages, and of `key` in an item
_VALUE = (0x82, 0x01)  # the two bytes of the tag of `value_json`
_STEP, _NUM = 0x12, 0x08  # HistoryRecord.step and HistoryStep.num
_LENGTH = 2  # wire type
_LONGEST_KEY = 256

Path = tuple[str, ...]


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

    length, start, sound = varints(data, tag + 2)
    stop = start + length
    limit = bodies.stop[record]
    sound &= stop <= limit
    stop = np.minimum(stop, limit)
    item = np.empty_like(stop)
    item[1:] = stop[:-1]
    item[begins] = bodies.start[records]
    length, key_at, plain = varints(data, item + 1)
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
    _, after, sound = varints(data, end + 3)
    number = sound & (data[end + 2] == _NUM) & (after == end + rest)
    step = (data[end] == _STEP) & (data[end + 1] == rest - 2) & ((rest == 2) | number)
    ended: NDArray[np.bool_] = (rest == 0) | ((bodies.kind[records] == HISTORY) & step & (rest >= 2))
    return ended


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
