"""Just enough of protobuf's wire format to walk the messages of `fields.py` without importing wandb.

Malformed bytes raise ValueError or IndexError, which the caller turns into damage.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

from trackexp.reading.wandb_file.fields import MESSAGES, Field

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MASK = (1 << 64) - 1
_DOUBLE = struct.Struct("<d")
_WIRES = {"text": _LENGTH, "message": _LENGTH, "map": _LENGTH, "double": _FIXED64}

Span = tuple[int, int]
"""Begin and end of a message in its buffer."""


def varint(data: bytes, position: int) -> tuple[int, int]:
    """Return the unsigned 64-bit number at `position`, and where it ends."""
    value = shift = 0
    while shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK, position
        shift += 7
    raise ValueError("a varint of more than ten bytes")


def walk(data: bytes, span: Span) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, wire type, and value and 0 of a number or begin and end of anything else, field by field."""
    position, end = span
    while position < end:
        tag, position = varint(data, position)
        wire = tag & 7
        if wire == _VARINT:
            value, position = varint(data, position)
            yield tag >> 3, wire, value, 0
            continue
        if wire == _LENGTH:
            length, position = varint(data, position)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}, which W&B never writes")
        if position + length > end:
            raise ValueError(f"a field of {length} bytes where {end - position} are left")
        yield tag >> 3, wire, position, position + length
        position += length
    if position != end:
        raise ValueError("a field that ends beyond its message")


def decode(data: bytes, span: Span, message: str) -> dict[str, Any]:
    """Return the known fields of a message by W&B's own (JSON) names; absent ones are absent, unknown ones skipped."""
    fields = MESSAGES[message]
    found: dict[str, Any] = {}
    for number, wire, first, second in walk(data, span):
        field = fields.get(number)
        if field is None or wire != _WIRES.get(field.kind, _VARINT):
            continue
        value = _value(data, field, first, second)
        if field.kind == "map":
            found.setdefault(field.name, {})[value.get("key", "")] = value.get("value", {})
        elif field.repeated:
            found.setdefault(field.name, []).append(value)
        else:
            found[field.name] = value
    return found


def _value(data: bytes, field: Field, first: int, second: int) -> Any:
    if field.kind == "text":
        return data[first:second].decode()
    if field.kind in ("message", "map"):
        return (first, second) if field.lazy else decode(data, (first, second), field.message)
    if field.kind == "double":
        return _DOUBLE.unpack_from(data, first)[0]
    return _signed(first) if field.kind == "integer" else bool(first) if field.kind == "boolean" else first


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def items(data: bytes, span: Span, number: int) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Yield path and value, as JSON text, of the items in field `number` of a config, summary, history or stats."""
    for tag, wire, start, stop in walk(data, span):
        if tag == number and wire == _LENGTH:
            yield _item(data, (start, stop))


def _item(data: bytes, span: Span) -> tuple[tuple[str, ...], bytes]:
    key = ""
    nested: list[str] = []
    value = b""
    for number, wire, first, second in walk(data, span):
        if wire == _LENGTH and number == 16:
            value = data[first:second]
        elif wire == _LENGTH and number == 2:
            nested.append(data[first:second].decode())
        elif wire == _LENGTH and number == 1:
            key = data[first:second].decode()
        else:
            value = _typed(data, number, first, second) or value
    return tuple(nested) or (key,), value


def _typed(data: bytes, number: int, first: int, second: int) -> bytes | None:
    """Return as JSON what a history item may carry in a field of its own type instead of `value_json`."""
    match MESSAGES["HistoryItem"].get(number):
        case Field("none"):
            return b"null"
        case Field("boolean"):
            return b"true" if first else b"false"
        case Field("integer"):
            return str((first >> 1) ^ -(first & 1)).encode()  # zigzag
        case Field("number"):
            return json.dumps(_DOUBLE.unpack_from(data, first)[0]).encode()
        case Field("text"):
            return json.dumps(data[first:second].decode()).encode()
        case Field("json"):
            return data[first:second]
    return None
