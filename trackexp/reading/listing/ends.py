"""What a listing shows of a `.wandb` file, mostly from its two ends, without numpy.

Of a long run the middle is read only where it may say something that the ends do not:

- a record that the user's script caused (a change of the config, a definition, a value set in the summary) carries a
  mark that rows of the history do not, and is found by it wherever it stands;
- a metric that the beginning or a definition knows, and the end does not, was last logged in between; then, and for a
  run without an exit record, the whole file is gone through.

What is left unseen is the summary value of a metric that a finished run, longer than 256 KiB, logged neither in its
first nor in its last 8 KiB, and never defined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from trackexp.errors import UnreadableRunError
from trackexp.reading.listing.gathered import Gathered
from trackexp.reading.wandb_file.contents import opened
from trackexp.reading.wandb_file.framing import BLOCK, MAGIC, LogReader, next_whole, whole_records
from trackexp.record import RunRecord

_SMALL = 8 * BLOCK  # a file that is read whole
_NEAR = BLOCK // 4  # bytes at either end that are read
_CHUNK = 1 << 20
_OVERLAP = 512  # bytes; longer than any mark or key that is looked for
_CONTINUED = (3, 4)  # types of a fragment that is not the first of its record


def read_ends(path: Path) -> RunRecord:
    """Read what a listing shows: names, config, summary, state and times; neither history nor files.

    Raises:
        UnreadableRunError: It is no W&B run at all, or cannot be opened.
    """
    with opened(path) as file:
        gathered = _gather(file, file.seek(0, 2))
    return gathered.finish(path)


def read_title(path: Path) -> str:
    """Return the display name of the run in a file after its last change; empty when it has none, or is no run."""
    try:
        return read_ends(path).name
    except UnreadableRunError:
        return ""


def _gather(file: BinaryIO, size: int) -> Gathered:
    return (_from_ends(file, size) if size > _SMALL else None) or _from_all(file)


def _from_all(file: BinaryIO) -> Gathered:
    file.seek(0)
    log = LogReader(file)
    gathered = Gathered()
    for batch in log.batches():
        gathered.take(batch)
    gathered.note(log.damage, log.end)
    return gathered


def _from_ends(file: BinaryIO, size: int) -> Gathered | None:
    """Return what the ends and the marked records between them say; None where that may not be all."""
    file.seek(0)
    block, gathered = file.read(BLOCK), Gathered()
    batch, front = whole_records(block, len(MAGIC), _NEAR)
    if front < _NEAR:  # something damaged, or a record of several blocks
        return None
    gathered.take(batch)
    tail = (size - _NEAR) // BLOCK * BLOCK
    file.seek(tail)
    back = next_whole(file.read(BLOCK), size - _NEAR - tail)
    if gathered.mark is None or not gathered.has_begun or not block.startswith(MAGIC) or back is None:
        return None
    file.seek(tail)
    log, last = LogReader(file, tail, skip=back), Gathered()
    for batch in log.batches():
        last.take(batch)
    middle = (front, tail + back)
    done = middle[0]
    for found in _found(file, gathered.mark, middle):
        if found >= done:
            done = _take_around(file, found, gathered)
    earlier, later = gathered.metrics(), last.metrics()
    gathered.go_on(last)
    gathered.note(log.damage, log.end)
    if not gathered.has_ended or earlier is None or later is None:
        return None
    return None if _any_in(file, earlier - later, middle) else gathered


def _take_around(file: BinaryIO, place: int, gathered: Gathered) -> int:
    """Add the records around a place in the file, that which it is in whole; return to where they reach."""
    start = place // BLOCK * BLOCK
    while start and _continues(file, start):
        start -= BLOCK
    file.seek(start)
    log = LogReader(file, start)
    for batch in log.batches(1):
        gathered.take(batch)
        if log.pending_from > place:
            break
    gathered.note([part for part in log.damage if part.offset > start], log.end)
    return log.pending_from


def _continues(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    header = file.read(7)
    return len(header) == 7 and header[6] in _CONTINUED


def _chunks(file: BinaryIO, region: tuple[int, int]) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of a region with the place where each piece begins; pieces overlap."""
    place, stop = region
    while place < stop:
        file.seek(place)
        chunk = file.read(min(_CHUNK, stop - place))
        if not chunk:
            return
        yield place, chunk
        place += max(len(chunk) - _OVERLAP, 1) if place + len(chunk) < stop else len(chunk)


def _found(file: BinaryIO, mark: bytes, region: tuple[int, int]) -> Iterator[int]:
    """Yield where marked records are that say more than what was printed."""
    marked = re.compile(re.escape(mark) + _NO_TALK)
    for begin, chunk in _chunks(file, region):
        yield from (begin + match.start() for match in marked.finditer(chunk))


_NO_TALK = rb"[^jZR]"  # tags of console, telemetry and alerts


def _any_in(file: BinaryIO, names: set[bytes], region: tuple[int, int]) -> bool:
    return bool(names) and any(name in chunk for _, chunk in _chunks(file, region) for name in names)
