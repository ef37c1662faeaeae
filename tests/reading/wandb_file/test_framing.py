from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackexp.reading.wandb_file.framing import BLOCK, MAGIC, LogReader, is_run
from trackexp.record import Damage

Write = Callable[[Sequence[bytes]], bytes]

lengths = st.lists(st.one_of(st.integers(1, 300), st.integers(BLOCK - 40, BLOCK + 40)), max_size=12)
without_reset = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def payloads_of(sizes: Sequence[int]) -> list[bytes]:
    """Return payloads that are all different."""
    return [(f"{index}:".encode() + b"\x01payload" * (size // 8 + 1))[:size] for index, size in enumerate(sizes)]


def read(log: bytes) -> tuple[list[bytes], list[Damage]]:
    """Return the payloads and the damage."""
    reader = LogReader(io.BytesIO(log))
    frames = [frame.payload for frame in reader]
    return frames, reader.damage


def is_subsequence(part: Sequence[bytes], whole: Sequence[bytes]) -> bool:
    """Return whether `part` is `whole` with some items left out."""
    remaining = iter(whole)
    return all(item in remaining for item in part)


@given(lengths)
@without_reset
def test_a_sound_log_gives_back_every_payload(write_log: Write, sizes: list[int]) -> None:
    """Whatever the lengths, records come back whole and nothing is called damaged."""
    payloads = payloads_of(sizes)

    assert (payloads, []) == read(write_log(payloads))


@given(lengths, st.floats(0, 1))
@without_reset
def test_a_cut_log_gives_a_prefix(write_log: Write, sizes: list[int], where: float) -> None:
    """A log that ends too early gives every record that is complete before the cut."""
    payloads = payloads_of(sizes)
    ends = [len(write_log(payloads[: count + 1])) for count in range(len(payloads))]
    log = write_log(payloads)
    cut = len(MAGIC) + int((len(log) - len(MAGIC)) * where)

    frames, damage = read(log[:cut])

    assert payloads[: sum(end <= cut for end in ends)] == frames
    assert all(part.kind in ("truncated", "zeros") and part.offset + part.length == cut for part in damage)


@given(lengths.filter(bool), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
@without_reset
def test_a_flipped_byte_costs_one_record(write_log: Write, sizes: list[int], where: float, change: int) -> None:
    """One wrong byte loses at most the record it is in, is reported where it is, and never changes another."""
    payloads = payloads_of(sizes)
    log = bytearray(write_log(payloads))
    place = len(MAGIC) + int((len(log) - len(MAGIC)) * where)
    log[place] ^= change

    frames, damage = read(bytes(log))

    assert is_subsequence(frames, payloads)
    assert len(payloads) - len(frames) <= 1
    assert (len(frames) == len(payloads)) == (not damage)  # a byte of a block's padding is no loss
    assert all(part.offset <= place < part.offset + part.length for part in damage)


@given(lengths.filter(bool), st.floats(0, 1), st.floats(0, 1), st.binary(min_size=1, max_size=2 * BLOCK))
@without_reset
def test_garbage_hides_only_itself(write_log: Write, sizes: list[int], a: float, b: float, noise: bytes) -> None:
    """After a stretch of garbage reading goes on, and only true records come out."""
    payloads = payloads_of(sizes)
    log = bytearray(write_log(payloads))
    start, stop = sorted(int(len(MAGIC) + (len(log) - len(MAGIC)) * share) for share in (a, b))
    log[start:stop] = (noise * (len(log) // len(noise) + 1))[: stop - start]

    frames, _ = read(bytes(log))
    intact = [len(write_log(payloads[: count + 1])) <= start for count in range(len(payloads))]

    assert is_subsequence(frames, payloads)
    assert payloads[: sum(intact)] == frames[: sum(intact)]


def test_reading_resumes_within_the_block(write_log: Write) -> None:
    """When a length is destroyed, the next record of the same block is found all the same."""
    payloads = payloads_of([50, 60, 70])
    log = bytearray(write_log(payloads))
    second = len(write_log(payloads[:1]))
    log[second + 4 : second + 6] = b"\xff\xff"

    frames, damage = read(bytes(log))

    assert [payloads[0], payloads[2]] == frames
    assert [Damage(second, 7 + 60, "garbage")] == damage


def test_two_halves_of_different_records_are_never_joined(write_log: Write) -> None:
    """A record whose end is lost is not completed with the end of the next one."""
    payloads = payloads_of([BLOCK, BLOCK, 20])
    log = bytearray(write_log(payloads))
    log[BLOCK : BLOCK + 200] = bytes(200)  # the end of the first record and the beginning of the second

    frames, damage = read(bytes(log))

    assert [payloads[2]] == frames
    assert 1 == len(damage)


@pytest.mark.parametrize(
    ("tail", "kind"),
    [(bytes(5), "zeros"), (bytes(9_000), "zeros"), (b"\x07" * 30, "garbage"), (b"\x01\x02", "truncated")],
)
def test_a_tail_is_named_for_what_it_is(write_log: Write, tail: bytes, kind: str) -> None:
    """What follows the last record is reported with its place, length and kind."""
    log = write_log(payloads_of([10]))

    assert (payloads_of([10]), [Damage(len(log), len(tail), kind)]) == read(log + tail)


def test_a_zero_filled_end_is_zeros_although_a_record_began(write_log: Write) -> None:
    """Zeros from the middle of a record on are what a file system leaves after power is lost, and are called so."""
    payloads = payloads_of([100, 5000])
    log = bytearray(write_log(payloads))
    log[1_000:] = bytes(len(log) - 1_000)

    assert (payloads[:1], ["zeros"]) == (read(bytes(log))[0], [part.kind for part in read(bytes(log))[1]])


@given(st.binary(max_size=3 * BLOCK))
@settings(deadline=None)
def test_noise_yields_nothing(noise: bytes) -> None:
    """Bytes that were never written by W&B give no record."""
    assert [] == read(MAGIC + noise)[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda log: log, True),
        (lambda log: b"X" + log[1:], True),  # one byte of the header is wrong, the records are sound
        (lambda log: bytes(BLOCK) + log[BLOCK:], True),
        (lambda log: b"", False),
        (lambda log: b"PK\x03\x04" * 5_000, False),
        (lambda log: log[:5], False),
    ],
)
def test_a_run_is_told_from_other_files(write_log: Write, change: Callable[[bytes], bytes], expected: bool) -> None:
    """A damaged header alone does not make a run something else; a file without any record is none."""
    log = write_log(payloads_of([BLOCK - 14 - 7, 100]))

    assert expected == is_run(io.BytesIO(change(log)))
