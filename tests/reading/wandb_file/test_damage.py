from __future__ import annotations

import os
import random
import struct
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from trackexp.reading.listing.ends import read_ends
from trackexp.reading.wandb_file.assembly import read_file
from trackexp.reading.wandb_file.framing import BLOCK, MAGIC
from trackexp.record import RunRecord

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("*-1.wandb"))
ROUNDS = 220  # of each kind, for each of five releases: 2,200 damaged files


def rows_of(record: RunRecord) -> Counter[tuple[str, int, bytes]]:
    """Return every number of the history with its name and step, bit for bit."""
    return Counter(
        (name, step, np.float64(value).tobytes())
        for name, series in record.history.items()
        for step, value in zip(series.steps.tolist(), series.values.tolist(), strict=True)
    )


def cut(content: bytearray, chance: random.Random) -> bytearray:
    """Return the file without its end, or with zeros in its place."""
    place = chance.randrange(len(MAGIC), len(content))
    return content[:place] + bytes(chance.choice([0, 0, 5, 3_000, len(content) - place]))


def flip(content: bytearray, chance: random.Random) -> bytearray:
    """Return the file with one to four wrong bytes."""
    for _ in range(chance.choice([1, 1, 2, 4])):
        content[chance.randrange(len(MAGIC), len(content))] ^= chance.randrange(1, 256)
    return content


@pytest.mark.parametrize("damage", [cut, flip])
@pytest.mark.parametrize("source", FIXTURES, ids=lambda path: path.stem)
def test_damage_never_changes_a_value(
    source: Path, damage: Callable[[bytearray, random.Random], bytearray], tmp_path: Path
) -> None:
    """Whatever is cut off or flipped: no exception, and no number, config or state that was not written."""
    chance = random.Random(source.name)
    content, whole, path = source.read_bytes(), read_file(source), tmp_path / "run-sessions.wandb"
    truth = rows_of(whole)
    for _ in range(ROUNDS):
        path.write_bytes(damage(bytearray(content), chance))
        os.utime(path, (0, 0))  # long finished: an open end is damage
        part = read_file(path)
        listed = read_ends(path)

        assert not rows_of(part) - truth
        assert {"session 1", *whole.config} >= part.config.keys()
        assert all(part.config[key] in (whole.config[key], 0.001) for key in part.config)
        assert part.exit_code in (whole.exit_code, None)
        assert part.damage or part.exit_code is not None or path.stat().st_size < len(content)
        assert (part.config, part.exit_code) == (listed.config, listed.exit_code)
        if damage is flip:
            assert len(part.history["loss"]) >= len(whole.history["loss"]) - 4


def chunk(kind: int, payload: bytes) -> bytes:
    """Return one fragment with a right checksum."""
    return struct.pack("<IHB", zlib.crc32(bytes([kind]) + payload), len(payload), kind) + payload


@pytest.mark.parametrize(
    "payload",
    [
        b"\x08\x01\x12\xff\xff\xff\xff\x0f",  # a history of 4 GB
        b"\x08\x01\x12\xff\xff\xff\x7f" + b"\x0a\x05\x12\x01a\x82\x01",
        b"\x08\x01\x12\x0b\x0a\xff\xff\xff\x7f\x12\x01a\x82\x01\x01",  # an item of 256 MB
        b"\x08\x01\x12\x0a\x0a\x08\x12\x01a\x82\x01\xff\x7f",  # a value beyond its item
        b"\x08\x01\x12\x06\x82\x01\x82\x01\x82\x01",
        b"\x08" + b"\xff" * 12,
        b"\x08\x01\x1a\xff\xff\xff\xff\x0f",
    ],
)
def test_a_lying_length_costs_no_memory(
    payload: bytes, write_log: Callable[[Sequence[bytes]], bytes], tmp_path: Path
) -> None:
    """A record that claims gigabytes is damage; what stands around it is read, in the memory of a small file."""
    good = b"\x08\x01\x12\x19\x0a\x0b\x12\x05_step\x82\x01\x010\x0a\x0a\x12\x04loss\x82\x01\x015"
    path = tmp_path / "run-lying.wandb"
    path.write_bytes(write_log([good, payload, good]))
    tracemalloc.start()
    record = read_file(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [5.0, 5.0] == record.history["loss"].values.tolist()
    assert ["malformed"] == [damage.kind for damage in record.damage]
    assert peak < 8 << 20


def test_a_fragment_that_claims_more_than_its_block_is_passed_over(tmp_path: Path) -> None:
    """A length beyond the block, and a first fragment that never ends, leave the records after them."""
    good = b"\x08\x01\x12\x19\x0a\x0b\x12\x05_step\x82\x01\x010\x0a\x0a\x12\x04loss\x82\x01\x015"
    log = MAGIC + chunk(1, good) + struct.pack("<IHB", 1, 65_535, 1) + chunk(2, b"begun") + chunk(1, good)
    path = tmp_path / "run-lying.wandb"
    path.write_bytes(log)

    assert len(log) < BLOCK
    assert [5.0, 5.0] == read_file(path).history["loss"].values.tolist()


def test_a_long_run_needs_little_more_than_its_columns(
    write_log: Callable[[Sequence[bytes]], bytes], tmp_path: Path
) -> None:
    """Reading 20 MB of history and summary takes the columns and a few batches, not the file."""
    from wandb.proto import wandb_internal_pb2 as pb

    payloads = []
    for step in range(20_000):
        items = [("_step", str(step)), *((f"metric_{k}", repr((step + 1) / (k + 3))) for k in range(10))]
        for record in (pb.Record(num=2 * step + 1), pb.Record(num=2 * step + 2)):
            target = record.history.item if record.num % 2 else record.summary.update
            for name, text in items:
                target.add(nested_key=[name], value_json=text)
            payloads.append(bytes(record.SerializeToString()))
    path = tmp_path / "run-long.wandb"
    path.write_bytes(write_log(payloads))
    del payloads
    read_file(FIXTURES[0])
    tracemalloc.start()
    record = read_file(path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 10 * [20_000] == [len(series) for series in record.history.values()]
    assert 1 == len({id(series.steps) for series in record.history.values()})
    assert peak - kept < 24 << 20
