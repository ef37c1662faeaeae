from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trackexp.reading.wandb_file.framing import BLOCK, MAGIC, Frame, LogReader
from trackexp.record import Damage

Write = Callable[[Sequence[bytes]], bytes]
Read = tuple[list[Frame], list[Damage], int]

sizes = st.lists(
    st.one_of(st.integers(0, 400), st.integers(BLOCK - 20, BLOCK + 20), st.integers(0, 3 * BLOCK)), max_size=40
)
# Where in the file, as a part of it, what stands there instead, and how often.
damages = st.lists(
    st.tuples(st.floats(0, 1), st.binary(max_size=12), st.sampled_from([1, 1, 1, 50, BLOCK // 4])), max_size=4
)


def one_by_one(content: bytes) -> Read:
    """Return what is found when every block is read alone."""
    log = LogReader(io.BytesIO(content))
    return list(log), log.damage, log.end


def many_at_once(content: bytes) -> Read:
    """Return what is found when many blocks are read together, each record by its places in their buffer."""
    log, frames = LogReader(io.BytesIO(content)), []
    for batch in log.batches():
        buffer = batch.buffer(bytes(512))
        for place, (begin, stop) in enumerate(zip(batch.begins, batch.stops, strict=True)):
            frame = batch.frame(place)
            assert (frame.payload, frame.offset) == (buffer[begin:stop], batch.offset(place))
            frames.append(frame)
    return frames, log.damage, log.end


def fragment(kind: int, payload: bytes, length: int | None = None) -> bytes:
    """Return a fragment of a record of any type, sound or with a length that lies."""
    checksum = zlib.crc32(bytes([kind]) + payload)
    return struct.pack("<IHB", checksum, len(payload) if length is None else length, kind) + payload


@given(sizes, damages, st.integers(1, 3), st.floats(0, 1))
@example([300] * 500, [], 1, 1.0)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_many_records_at_once_are_what_they_are_one_by_one(
    write_log: Write, lengths: list[int], wrong: list[tuple[float, bytes, int]], repeats: int, kept: float
) -> None:
    """Frames, damage and end are the same, whatever lies in the file."""
    payloads = [bytes((number + place) % 251 for place in range(n)) for number, n in enumerate(lengths * repeats)]
    content = bytearray(write_log(payloads))
    for part, replacement, times in wrong:
        place = round(part * len(content))
        content[place : place + len(replacement) * times] = replacement * times
    cut = bytes(content[: round(kept * len(content))])

    assert one_by_one(cut) == many_at_once(cut)


@given(st.lists(st.tuples(st.integers(0, 5), st.binary(max_size=30)), max_size=30))
def test_types_in_any_order_are_read_alike(fragments: list[tuple[int, bytes]]) -> None:
    """Records that are never ended, end without a beginning, or are of no type at all."""
    content = MAGIC + b"".join(fragment(kind, payload) for kind, payload in fragments)

    assert one_by_one(content) == many_at_once(content)


def test_every_single_flipped_bit_of_a_block_is_noticed(write_log: Write) -> None:
    """Whatever bit of whatever record is wrong, the record is lost and the loss is told."""
    payloads = [bytes(range(40)), b"", b"x" * 30, bytes(20)]
    content = write_log(payloads)
    for bit in range(8 * len(MAGIC), 8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8

        frames, damage, _ = many_at_once(bytes(flipped))
        assert one_by_one(bytes(flipped))[:2] == (frames, damage)
        assert damage
        assert len(frames) in (2, 3)  # an empty record right behind a damaged one is no place to go on from


def test_sound_records_take_the_short_way(write_log: Write) -> None:
    """Only what is damaged, or lies in two blocks, is looked at fragment by fragment."""

    class Watched(LogReader):
        looked_at = 0

        def _accept(self, *arguments: object) -> int:  # type: ignore[override]
            self.looked_at += 1
            return super()._accept(*arguments)  # type: ignore[arg-type]

    content = bytearray(write_log([bytes(300)] * 1000))
    borders = 2 * (len(content) // BLOCK)
    for expected, place in ((0, None), (1, 3 * BLOCK + 500)):
        if place is not None:
            content[place] ^= 1
        log = Watched(io.BytesIO(bytes(content)))
        count = sum(map(len, log.batches()))

        assert (borders + expected, 1000 - expected) == (log.looked_at, count)
