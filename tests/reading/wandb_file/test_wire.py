from __future__ import annotations

import json
import math

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from wandb.proto import wandb_internal_pb2 as pb

from trackexp.reading.wandb_file.wire import decode, items, walk


def spanned(message: Message) -> tuple[bytes, tuple[int, int]]:
    """Return the bytes of a message and the span that it takes in them."""
    data = message.SerializeToString()
    return data, (0, len(data))


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))
def test_signed_numbers_come_back(exit_code: int, runtime: int) -> None:
    """Negative numbers, which protobuf writes in ten bytes, keep their sign."""
    found = decode(*spanned(pb.RunExitRecord(exit_code=exit_code, runtime=runtime)), "RunExitRecord")

    assert (exit_code, runtime) == (found.get("exitCode", 0), found.get("runtime", 0))


@given(st.lists(st.text()), st.dictionaries(st.text(), st.integers(0, 2**64 - 1)))
def test_lists_and_maps_come_back(arguments: list[str], disks: dict[str, int]) -> None:
    """Repeated texts keep their order, maps their keys."""
    entries = {name: pb.DiskInfo(total=total) for name, total in disks.items()}
    found = decode(*spanned(pb.EnvironmentRecord(args=arguments, disk=entries)), "EnvironmentRecord")

    assert arguments == found.get("args", [])
    assert disks == {name: disk.get("total", 0) for name, disk in found.get("disk", {}).items()}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"none": 0}, None),
        ({"boolean": True}, True),
        ({"boolean": False}, False),
        ({"integer": -7}, -7),
        ({"integer": 2**62}, 2**62),
        ({"number": -0.1}, -0.1),
        ({"number": math.inf}, math.inf),
        ({"text": 'é"'}, 'é"'),
        ({"json": '{"a": [1]}'}, {"a": [1]}),
        ({"value_json": "1.5"}, 1.5),
    ],
)
def test_a_history_item_may_carry_its_value_in_any_field(fields: dict[str, object], expected: object) -> None:
    """The typed fields that the schema knows say the same as JSON text does."""
    message = pb.HistoryRecord(item=[pb.HistoryItem(nested_key=["a", "b"], **fields)])

    [(path, text)] = items(*spanned(message), 1)

    assert (("a", "b"), expected) == (path, json.loads(text))


def test_unknown_fields_are_skipped() -> None:
    """Fields of a later wandb, of any wire type, do no harm."""
    known = pb.AlertRecord(title="t").SerializeToString()
    unknown = b"\xc8\x3e\x05" + b"\xc9\x3e" + bytes(8) + b"\xca\x3e\x02hi" + b"\xcd\x3e" + bytes(4)
    data = unknown + known + unknown

    assert {"title": "t"} == decode(data, (0, len(data)), "AlertRecord")


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_noise_is_refused_or_read_within_its_bounds(noise: bytes) -> None:
    """Bytes that are no message raise what the caller turns into damage, or give spans inside the buffer."""
    try:
        found = list(walk(noise, (0, len(noise))))
    except (ValueError, IndexError):
        return

    assert all(wire == 0 or first <= second <= len(noise) for _, wire, first, second in found)


@pytest.mark.parametrize(
    "data", [b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05abc", b"\x0b", b"\x80" * 11, b"\x09\x00", b"\x0a"]
)
def test_lying_lengths_raise(data: bytes) -> None:
    """A length beyond the message, a group, an endless varint and a cut field are all refused."""
    with pytest.raises((ValueError, IndexError)):
        list(walk(data, (0, len(data))))
